#include "pipeline/run/output_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "pipeline/store/audit_store.h"
#include "tests/run/temp_dir.h"

namespace mailassay::run {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
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
       {"messages.csv", "exceptions-2.csv", "signatures.csv.partial",
        "keys.sample.csv", "exceptions-2.sample.csv", "changes.sample.csv",
        "messages.sample.csv.partial"}) {
    dir.Write(name, "old");
  }
  for (const char* name :
       {"notes.txt", "messages.csv.bak", "mymessages.csv", "messages-x.csv",
        "my.sample.csv", "run.sample.csv"}) {
    dir.Write(name, "mine");
  }
  EXPECT_FALSE(PrepareOutputDir(dir.path(), Existing::kRefuse, {}).ok());
  ASSERT_TRUE(PrepareOutputDir(dir.path(), Existing::kReplace, {}).ok());
  for (const char* name :
       {"run.json", "messages.csv", "exceptions-2.csv",
        "signatures.csv.partial", "keys.sample.csv", "exceptions-2.sample.csv",
        "changes.sample.csv", "messages.sample.csv.partial"}) {
    EXPECT_FALSE(dir.Has(name)) << name;
  }
  for (const char* name :
       {"notes.txt", "messages.csv.bak", "mymessages.csv", "messages-x.csv",
        "my.sample.csv", "run.sample.csv"}) {
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

TEST(OutputDir, GoesOnOnlyWithAnAudit) {
  TempDir dir;
  EXPECT_TRUE(PrepareOutputDir(dir.path(), Existing::kResume, {}).ok());
  // What a run leaves that never began.
  for (const char* name :
       {"audit.sqlite.begun.partial", "audit.sqlite.begun.partial-journal",
        "audit.sqlite.partial", "audit.sqlite.partial-wal",
        "audit.sqlite.partial-spill"}) {
    dir.Write(name, "");
    EXPECT_TRUE(PrepareOutputDir(dir.path(), Existing::kResume, {}).ok())
        << name;
  }
  EXPECT_FALSE(PrepareOutputDir(dir.path(), Existing::kRefuse, {}).ok());
  dir.Write("letter.txt", "dear");
  EXPECT_FALSE(PrepareOutputDir(dir.path(), Existing::kResume, {}).ok());
  { auto store = store::AuditStore::Create(dir.path(), {}); }
  EXPECT_TRUE(PrepareOutputDir(dir.path(), Existing::kResume, {}).ok());
}

TEST(OutputDir, TablesAloneAreNoAudit) {
  TempDir dir;
  dir.Write("messages.csv", "mine");
  for (Existing existing :
       {Existing::kRefuse, Existing::kReplace, Existing::kResume}) {
    EXPECT_FALSE(PrepareOutputDir(dir.path(), existing, {}).ok());
  }
  EXPECT_EQ(dir.Read("messages.csv"), "mine");
}

TEST(OutputDir, SaysWhatGoesOn) {
  TempDir dir;
  const auto refusal = [&] {
    return std::string(
        PrepareOutputDir(dir.path(), Existing::kRefuse, {}).message());
  };
  // Of a merge, say: nothing goes on with it.
  dir.Write("messages.csv.partial", "half");
  EXPECT_THAT(refusal(), HasSubstr("--force"));
  EXPECT_THAT(refusal(), Not(HasSubstr("--resume")));
  { auto store = store::AuditStore::Create(dir.path(), {}); }
  EXPECT_THAT(refusal(), HasSubstr("--resume"));
  dir.Write("run.json", kRunJson);
  EXPECT_THAT(refusal(), HasSubstr("holds an audit; --force"));
}

TEST(OutputDir, BeginningsAreReplaced) {
  TempDir dir;
  dir.Write("messages.csv.partial", "half");
  dir.Write("audit.sqlite.begun.partial", "half");
  EXPECT_TRUE(PrepareOutputDir(dir.path(), Existing::kReplace, {}).ok());
  EXPECT_FALSE(dir.Has("messages.csv.partial"));
}

// Whatever is left, it can be cleared again and is gone on with by no one.
TEST(OutputDir, ARemovalThatIsCutShort) {
  TempDir dir;
  dir.Write("letter.txt", "dear");
  dir.Write("run.json", kRunJson);
  dir.Write("messages.csv", "old");
  { auto store = store::AuditStore::Create(dir.path(), {}); }
  ASSERT_TRUE(PrepareOutputDir(dir.path(), Existing::kReplace, {}).ok());
  EXPECT_FALSE(dir.Has("audit.sqlite"));
  EXPECT_FALSE(dir.Has("messages.csv"));
  EXPECT_FALSE(dir.Has("run.json"));
  EXPECT_FALSE(PrepareOutputDir(dir.path(), Existing::kResume, {}).ok());
  EXPECT_FALSE(PrepareOutputDir(dir.path(), Existing::kRefuse, {}).ok());
  dir.Write("messages.csv", "not removed yet");
  EXPECT_TRUE(PrepareOutputDir(dir.path(), Existing::kReplace, {}).ok());
  EXPECT_FALSE(dir.Has("messages.csv"));
  // The next store takes its place.
  { auto store = store::AuditStore::Create(dir.path(), {}); }
  EXPECT_FALSE(dir.Has("audit.sqlite.partial"));
  EXPECT_TRUE(dir.Has("letter.txt"));
}

// Closing any descriptor of a file gives up its locks.
TEST(OutputDir, KeepsTheLocksOfAStoreThatGoesOn) {
  TempDir dir;
  auto store = store::AuditStore::Create(dir.path(), {});
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE(PrepareOutputDir(dir.path(), Existing::kResume, {}).ok());
  const pid_t child = fork();
  if (child == 0) {
    auto other =
        store::AuditStore::Open(dir.path(), store::AuditStore::Access::kGoOn);
    _exit(absl::IsFailedPrecondition(other.status()) ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(OutputDir, SpaceIsHeldAgainstTheEstimate) {
  TempDir dir;
  EXPECT_TRUE(CheckFreeSpace(dir.path(), 1).ok());
  absl::Status status = CheckFreeSpace(dir.path(), UINT64_MAX);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace mailassay::run
