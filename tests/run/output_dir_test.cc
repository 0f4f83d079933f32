#include "pipeline/run/output_dir.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/run/temp_dir.h"

namespace mailassay::run {
namespace {

using Existing = Options::Existing;

constexpr char kRunJson[] = "{\n  \"program\": \"mailassay\",\n}";

TEST(OutputDir, MakesWhatIsMissing) {
  TempDir dir;
  EXPECT_TRUE(PrepareOutputDir(dir.File("a/b"), Existing::kRefuse, {}).ok());
  EXPECT_TRUE(std::filesystem::is_directory(dir.File("a/b")));
}

TEST(OutputDir, RefusesForeignFilesEvenByForce) {
  TempDir dir;
  dir.Write("letter.txt", "dear");
  EXPECT_FALSE(PrepareOutputDir(dir.path(), Existing::kRefuse, {}).ok());
  EXPECT_FALSE(PrepareOutputDir(dir.path(), Existing::kReplace, {}).ok());
  EXPECT_TRUE(dir.Has("letter.txt"));
}

TEST(OutputDir, ForceReplacesAnAuditAndNothingElse) {
  TempDir dir;
  dir.Write("run.json", kRunJson);
  for (const char* name :
       {"messages.csv", "exceptions-2.csv", "signatures.csv.partial"}) {
    dir.Write(name, "old");
  }
  for (const char* name :
       {"notes.txt", "messages.csv.bak", "mymessages.csv", "messages-x.csv"}) {
    dir.Write(name, "mine");
  }
  EXPECT_FALSE(PrepareOutputDir(dir.path(), Existing::kRefuse, {}).ok());
  ASSERT_TRUE(PrepareOutputDir(dir.path(), Existing::kReplace, {}).ok());
  for (const char* name : {"run.json", "messages.csv", "exceptions-2.csv",
                           "signatures.csv.partial"}) {
    EXPECT_FALSE(dir.Has(name)) << name;
  }
  for (const char* name :
       {"notes.txt", "messages.csv.bak", "mymessages.csv", "messages-x.csv"}) {
    EXPECT_TRUE(dir.Has(name)) << name;
  }
}

// F13: never into what is read.
TEST(OutputDir, F13_RefusesAnInput) {
  TempDir dir;
  std::filesystem::create_directories(dir.File("mail/cur"));
  std::string mbox = dir.Write("a.mbox", "From ");
  EXPECT_FALSE(PrepareOutputDir(dir.File("mail/out"), Existing::kRefuse,
                                {dir.File("mail")})
                   .ok());
  EXPECT_FALSE(
      PrepareOutputDir(dir.File("mail"), Existing::kRefuse, {dir.File("mail")})
          .ok());
  EXPECT_FALSE(PrepareOutputDir(mbox, Existing::kRefuse, {mbox}).ok());
  EXPECT_FALSE(PrepareOutputDir(mbox, Existing::kRefuse, {}).ok()) << "a file";
  EXPECT_FALSE(std::filesystem::exists(dir.File("mail/out")));
  EXPECT_TRUE(PrepareOutputDir(dir.File("mail-out"), Existing::kRefuse,
                               {dir.File("mail")})
                  .ok());
}

TEST(OutputDir, SpaceIsHeldAgainstTheEstimate) {
  TempDir dir;
  EXPECT_TRUE(CheckFreeSpace(dir.path(), 1).ok());
  absl::Status status = CheckFreeSpace(dir.path(), UINT64_MAX);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace mailassay::run
