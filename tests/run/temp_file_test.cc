#include "pipeline/run/temp_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/run/temp_dir.h"

namespace mailassay::run {
namespace {

TEST(TempFile, GivesBackWhatWasAppended) {
  TempDir dir;
  TempFile file(dir.path());
  EXPECT_EQ(file.Read(0, 10), "");
  file.Append("hello ");
  file.Append("world");
  EXPECT_EQ(file.size(), 11u);
  EXPECT_EQ(file.Read(6, 5), "world");
  EXPECT_EQ(file.Read(6, 100), "world");
  EXPECT_EQ(file.Read(11, 1), "");
  EXPECT_TRUE(file.status().ok());
}

TEST(TempFile, HasNoName) {
  TempDir dir;
  TempFile file(dir.path());
  file.Append("x");
  EXPECT_TRUE(std::filesystem::is_empty(dir.path()));
}

TEST(TempFile, KeepsItsFirstFailure) {
  TempFile file("/nonexistent/directory");
  file.Append("x");
  file.Append("y");
  EXPECT_FALSE(file.status().ok());
  EXPECT_EQ(file.size(), 0u);
  EXPECT_NE(file.status().message().find("/nonexistent/directory"),
            absl::string_view::npos);
}

}  // namespace
}  // namespace mailassay::run
