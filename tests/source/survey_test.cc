#include "pipeline/source/survey.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "lib/base/concat.h"
#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

using ::testing::ElementsAre;
using ::testing::MatchesRegex;

void SetTime(const std::string& path, int64_t ns) {
  const timespec time{.tv_sec = ns / 1'000'000'000,
                      .tv_nsec = ns % 1'000'000'000};
  const timespec times[] = {time, time};
  ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
}

std::string FingerprintOf(const std::string& path) {
  return SurveyInputs({path}, false).inputs.at(0).fingerprint;
}

constexpr int64_t kTime = 1'700'000'000'000'000'123;

TEST(Survey, OfFilesDirectoriesAndPipes) {
  TempDirectory dir;
  const std::string file = dir.Write("f", std::string(1000, 'x'));
  SetTime(file, kTime);
  SetTime(dir.Write("d/1", "abc"), kTime + 5);
  SetTime(dir.Write("d/sub/2", "abcde"), kTime - 5);
  const std::string fifo = dir.Path("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  const Survey survey =
      SurveyInputs({file, dir.Path("d"), fifo, "-", file}, false);
  ASSERT_EQ(survey.inputs.size(), 5u);
  EXPECT_EQ(survey.total_bytes, 1008u);
  EXPECT_FALSE(survey.total_known);
  EXPECT_THAT(survey.notes, ElementsAre(file + " was given twice; read once"));
  const SurveyedInput& f = survey.inputs[0];
  EXPECT_EQ(f.path, file);
  EXPECT_FALSE(f.is_directory);
  EXPECT_EQ(f.files, 1u);
  EXPECT_EQ(f.octets, 1000u);
  EXPECT_EQ(f.modified_ns, kTime);
  EXPECT_THAT(f.fingerprint, MatchesRegex("[0-9a-f]+"));
  EXPECT_EQ(f.fingerprint.size(), 64u);
  const SurveyedInput& d = survey.inputs[1];
  EXPECT_TRUE(d.is_directory);
  EXPECT_EQ(d.files, 2u);
  EXPECT_EQ(d.octets, 8u);
  EXPECT_EQ(d.modified_ns, kTime + 5);
  EXPECT_EQ(d.fingerprint.size(), 64u);
  EXPECT_EQ(survey.inputs[2].fingerprint, "");
  EXPECT_EQ(survey.inputs[3].fingerprint, "");
  EXPECT_EQ(survey.inputs[4].files, 0u);
  auto reader = Reader::Open({file, dir.Path("d")}, {});
  ASSERT_TRUE(reader.ok());
  EXPECT_THAT((*reader)->surveyed(),
              ElementsAre(survey.inputs[0], survey.inputs[1]));
}

TEST(Survey, TheFingerprintOfAFileShowsItsChanges) {
  TempDirectory dir;
  const std::string text(300'000, 'x');
  const auto made = [&](std::string content, int64_t time = kTime) {
    const std::string path = dir.Write("f", content);
    SetTime(path, time);
    return FingerprintOf(path);
  };
  const std::string first = made(text);
  EXPECT_EQ(made(text), first);
  EXPECT_NE(made(text, kTime + 1), first);
  EXPECT_NE(made(text + "x"), first);
  for (size_t at : {0u, 65'535u, 300'000u - 65'536u, 299'999u}) {
    std::string changed = text;
    changed[at] = 'y';
    EXPECT_NE(made(changed), first) << at;
  }
  for (size_t at : {65'536u, 300'000u - 65'537u}) {
    std::string changed = text;
    changed[at] = 'y';
    EXPECT_EQ(made(changed), first) << at;
  }
  // Small ones are read whole; the place does not matter.
  for (size_t size : {0u, 1u, 65'536u, 65'537u, 100'000u}) {
    const std::string whole = made(text.substr(0, size));
    const std::string other = dir.Write("elsewhere", text.substr(0, size));
    SetTime(other, kTime);
    EXPECT_EQ(FingerprintOf(other), whole);
    if (size == 0) continue;
    std::string changed = text.substr(0, size);
    changed[size / 2] = 'y';
    EXPECT_NE(made(changed), whole) << size;
  }
}

TEST(Survey, TheFingerprintOfADirectoryShowsItsChanges) {
  TempDirectory dir;
  const auto make = [&](const std::string& name) {
    SetTime(dir.Write(name + "/a", "abc"), kTime);
    SetTime(dir.Write(name + "/b/c", "abcde"), kTime);
    std::filesystem::create_symlink("a", dir.Path(name + "/link"));
  };
  make("d");
  make("e");
  const std::string first = FingerprintOf(dir.Path("d"));
  EXPECT_EQ(FingerprintOf(dir.Path("e")), first);
  EXPECT_EQ(FingerprintOf(dir.Path("d/")), first);
  SetTime(dir.Path("d/a"), kTime + 1);
  EXPECT_NE(FingerprintOf(dir.Path("d")), first);
  SetTime(dir.Path("d/a"), kTime);
  EXPECT_EQ(FingerprintOf(dir.Path("d")), first);
  SetTime(dir.Write("d/a", "abcd"), kTime);
  EXPECT_NE(FingerprintOf(dir.Path("d")), first);
  SetTime(dir.Write("d/a", "abc"), kTime);
  std::filesystem::remove(dir.Path("d/link"));
  EXPECT_NE(FingerprintOf(dir.Path("d")), first);
  std::filesystem::rename(dir.Path("e/b/c"), dir.Path("e/b/d"));
  EXPECT_NE(FingerprintOf(dir.Path("e")), first);
}

TEST(Skip, IsAskedOfEachRegularFileAndSaysNothing) {
  TempDirectory dir;
  const std::string mbox = dir.Write("m", MakeMbox({Message(1)}, "\n"));
  SetTime(mbox, kTime);
  dir.MakeDirectory("d/new");
  dir.Write("d/cur/1", Message(2));
  dir.Write("d/cur/2", Message(3));
  dir.Write("d/cur/3.pdf", "%PDF-1.7 ...");
  std::filesystem::create_symlink("1", dir.Path("d/cur/4"));
  std::vector<FoundFile> asked;
  ReadOptions options;
  options.skip = [&](const FoundFile& file) {
    asked.push_back(file);
    return file.path.ends_with("/1") || file.path.ends_with("pdf");
  };
  const ReadResult result = ReadAll({mbox, dir.Path("d")}, options);
  EXPECT_THAT(MessageIds(result), ElementsAre("<1>", "<3>"));
  EXPECT_THAT(Codes(result), ElementsAre(audit::ErrorCode::kNotRegular));
  EXPECT_EQ(result.input_bytes, result.total_bytes);
  ASSERT_EQ(asked.size(), 4u);
  EXPECT_EQ(asked[0].path, mbox);
  EXPECT_EQ(asked[0].size, std::filesystem::file_size(mbox));
  EXPECT_EQ(asked[0].modified_ns, kTime);
  EXPECT_FALSE(asked[0].in_maildir);
  EXPECT_TRUE(asked[1].in_maildir);
  // The indexes of the others stay.
  auto reader = Reader::Open({mbox, dir.Path("d")}, options);
  ASSERT_TRUE(reader.ok());
  auto block = (*reader)->Next();
  ASSERT_NE(block, nullptr);
  std::vector<uint64_t> ordinals;
  for (const Piece& piece : block->pieces) {
    if (const auto* end = std::get_if<StreamEnd>(&piece)) {
      ordinals.push_back(end->input->ordinal);
    }
  }
  EXPECT_THAT(ordinals, ElementsAre(0u, 2ull << 32));
}

}  // namespace
}  // namespace mailassay::source
