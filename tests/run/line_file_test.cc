#include "pipeline/run/line_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "tests/run/temp_dir.h"

namespace mailassay::run {
namespace {

class LineFileTest : public testing::Test {
 protected:
  const TempDir dir_;
  std::string Text() const { return dir_.Read("lines"); }
  const std::string path_ = dir_.File("lines");
};

TEST_F(LineFileTest, GrowsLineByLine) {
  auto file = LineFile::Open(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ((*file)->text(), "");
  ASSERT_TRUE((*file)->Append("one\n").ok());
  EXPECT_EQ(Text(), "one\n");
  ASSERT_TRUE((*file)->Append("two\n").ok());
  EXPECT_EQ(Text(), "one\ntwo\n");
  file->reset();
  file = LineFile::Open(path_);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->text(), "one\ntwo\n");
  EXPECT_EQ((*file)->cut(), "");
  ASSERT_TRUE((*file)->Append("three\n").ok());
  EXPECT_EQ(Text(), "one\ntwo\nthree\n");
}

TEST_F(LineFileTest, WhatWasCutShortGoesWithTheNextLine) {
  dir_.Write("lines", "one\na longer one that was cu");
  auto file = LineFile::Open(path_);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((*file)->text(), "one\n");
  EXPECT_EQ((*file)->cut(), "a longer one that was cu");
  EXPECT_EQ(Text(), "one\na longer one that was cu");
  ASSERT_TRUE((*file)->Append("two\n").ok());
  EXPECT_EQ(Text(), "one\ntwo\n");
}

TEST_F(LineFileTest, OneProcessAtATime) {
  auto file = LineFile::Open(path_);
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(LineFile::Open(path_).status()));
  file->reset();
  EXPECT_TRUE(LineFile::Open(path_).ok());
}

TEST_F(LineFileTest, DiscardsOnlyWhatIsEmpty) {
  for (const std::string text : {"", "cut", "one\n"}) {
    dir_.Write("lines", text);
    auto file = LineFile::Open(path_);
    ASSERT_TRUE(file.ok());
    (*file)->Discard();
    EXPECT_EQ(std::ifstream(path_).good(), !text.empty());
  }
}

TEST_F(LineFileTest, WhatIsNoFile) {
  EXPECT_FALSE(LineFile::Open(dir_.path()).ok());
  EXPECT_FALSE(LineFile::Open(dir_.path() + "/none/lines").ok());
  EXPECT_FALSE(LineFile::Open("/dev/null").ok());
}

// A full disk: the line is not there, and the next one stands where it was.
TEST_F(LineFileTest, AWriteThatFails) {
  auto file = LineFile::Open(path_);
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE((*file)->Append("one\n").ok());
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 8;
  setrlimit(RLIMIT_FSIZE, &small);
  const absl::Status failed = (*file)->Append("two and more\n");
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_FALSE(failed.ok());
  EXPECT_NE(failed.message().find("lines"), failed.message().npos);
  ASSERT_TRUE((*file)->Append("three\n").ok());
  EXPECT_EQ(Text(), "one\nthree\n");
}

}  // namespace
}  // namespace mailassay::run
