#include "pipeline/run/output_file.h"

#include <gtest/gtest.h>

#include "tests/run/temp_dir.h"

namespace mailassay::run {
namespace {

TEST(OutputFile, AppearsOnlyWhenCommitted) {
  TempDir dir;
  auto file = OutputFile::Create(dir.File("a.csv"));
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Write("one\r\n").ok());
  EXPECT_FALSE(dir.Has("a.csv"));
  EXPECT_TRUE(dir.Has("a.csv.partial"));
  ASSERT_TRUE((*file)->Commit().ok());
  EXPECT_EQ(dir.Read("a.csv"), "one\r\n");
  EXPECT_FALSE(dir.Has("a.csv.partial"));
}

TEST(OutputFile, DiscardLeavesNothing) {
  TempDir dir;
  auto file = OutputFile::Create(dir.File("a.csv"));
  ASSERT_TRUE(file.ok());
  (*file)->Discard();
  EXPECT_FALSE(dir.Has("a.csv.partial"));
}

TEST(OutputFile, ErrorsNameTheFile) {
  auto file = OutputFile::Create("/nonexistent/a.csv");
  ASSERT_FALSE(file.ok());
  EXPECT_NE(file.status().message().find("/nonexistent/a.csv"),
            absl::string_view::npos);
}

// O7: a full disk is said, and said again at the end.
TEST(OutputFile, O7_FullDeviceIsAFault) {
  TempDir dir;
  std::filesystem::create_symlink("/dev/full", dir.File("b.csv.partial"));
  EXPECT_FALSE(OutputFile::Create(dir.File("b.csv")).ok())
      << "a symbolic link is not followed";
}

}  // namespace
}  // namespace mailassay::run
