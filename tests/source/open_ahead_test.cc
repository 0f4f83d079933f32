// Small files opened ahead: what is read stays as it is read one file after
// the other, and what is held ahead is bounded.
#include "pipeline/source/open_ahead.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>
#include <thread>

#include "lib/base/concat.h"
#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

using audit::ErrorCode;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr OpenAheadLimits kAlways{.threads = 8, .always = true};
constexpr OpenAheadLimits kNever{.threads = 0, .always = false};

// Four digits, so that the bytewise order is that of the numbers.
std::string Numbered(std::string_view prefix, size_t n) {
  std::string digits = Concat(n);
  digits.insert(0, 4 - digits.size(), '0');
  return Concat(prefix, digits);
}

size_t CountEntries(const char* directory) {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    count += entry.path().empty() ? 0 : 1;
  }
  return count;
}

size_t CountDescriptors() { return CountEntries("/proc/self/fd"); }
size_t CountThreads() { return CountEntries("/proc/self/task"); }

bool IsOpen(const std::string& path) {
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (std::filesystem::read_symlink(entry, ignored) == path) return true;
  }
  return false;
}

// Gives the other threads half a minute, which they never need.
bool Eventually(const std::function<bool()>& holds) {
  for (int i = 0; i < 30'000 && !holds(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return holds();
}

void Append(const std::string& path, std::string_view text) {
  std::ofstream(path, std::ios::app) << text;
}

ReadOptions With(OpenAheadLimits limits, bool follow_links = false) {
  ReadOptions options;
  options.open_ahead = limits;
  options.follow_links = follow_links;
  options.block_bytes = 100'000;
  return options;
}

// All that a reader gives, block by block, in words.
std::vector<std::string> Describe(const ReadResult& result) {
  std::vector<std::string> lines;
  for (const ReadMail& m : result.mail) {
    lines.push_back(Concat(m.file, " ", static_cast<int>(m.format), " ",
                           m.offset, " ", m.length, " ", m.message_id, "\n",
                           m.text));
  }
  for (const audit::ErrorRow& row : result.errors) {
    lines.push_back(Concat(row.file, " ", static_cast<int>(row.code), " ",
                           row.offset, " ", row.length, " ", row.kind, "\n",
                           row.text));
  }
  for (const std::string& note : result.notes) lines.push_back(note);
  lines.push_back(Concat(result.total_bytes, " ", result.input_bytes, " ",
                         result.blocks, " ", result.examined));
  return lines;
}

void ExpectTheSame(const std::vector<std::string>& paths, bool follow_links) {
  const auto expected = Describe(ReadAll(paths, With(kNever, follow_links)));
  for (const int threads : {1, 2, 8}) {
    const ReadResult result = ReadAll(
        paths, With({.threads = threads, .always = true}, follow_links));
    EXPECT_THAT(Describe(result), ElementsAreArray(expected)) << threads;
  }
  EXPECT_THAT(Describe(ReadAll(paths)),
              SizeIs(expected.size()));  // as memory has it
}

TEST(OpenAhead, KeepsTheOrderOfAMaildir) {
  TempDirectory dir;
  std::mt19937 random(5322);
  std::vector<std::string> ids;
  for (size_t i = 0; i < 1000; ++i) {
    const size_t size = random() % 50 == 0 ? 90'000 : random() % 5'000;
    dir.Write(Numbered(i < 700 ? "d/cur/" : "d/new/", i), Message(i, size));
    ids.push_back(Concat("<", i, ">"));
  }
  const ReadResult result = ReadAll({dir.Path("d")}, With(kAlways));
  EXPECT_THAT(MessageIds(result), ElementsAreArray(ids));
  EXPECT_THAT(Codes(result), IsEmpty());
  EXPECT_EQ(result.input_bytes, result.total_bytes);
  ExpectTheSame({dir.Path("d")}, false);
}

void MakeMixedDirectory(const TempDirectory& dir, const std::string& name) {
  const auto messages = SampleMessages("\n");
  const std::string mbox = MakeMbox(messages, "\n");
  auto counted = messages;
  std::string large;
  while (large.size() < 1u << 20) large += mbox;
  const std::vector<std::string> contents = {
      Message(1),
      "",
      "%PDF-1.7 ...",
      Gzip(Message(2)),
      Zstd(mbox),
      ZstdFrameFile(large, 100'000),
      Zstd("").substr(0, 5),
      Gzip(mbox).substr(0, 300),
      Tar({{"m", mbox}, {"cur/1", Message(3)}}),
      Zip({{"m", mbox}, {"e.gz", Gzip(Message(4))}}),
      MakeContentLengthMbox(&counted, "\n"),
      large,
      "\xEF\xBB\xBF" + Message(5),
      Message(6, 150'000),
      Message(7, 1u << 20),
      Gzip(Gzip(mbox)),
      mbox + std::string(70'000, 'y'),
      Message(8, (64u << 10) - 60),
  };
  for (size_t i = 0; i < contents.size(); ++i) {
    dir.Write(Numbered(name + "/", 2 * i), contents[i]);
    dir.Write(Numbered(name + "/", 2 * i + 1), Message(i));
  }
}

TEST(OpenAhead, ChangesNothingInAMixedDirectory) {
  TempDirectory dir;
  MakeMixedDirectory(dir, "d");
  MakeMixedDirectory(dir, "d/0050-inside/cur");
  dir.MakeDirectory("d/0050-inside/new");
  dir.MakeDirectory("d/0051-empty");
  std::filesystem::create_symlink("0001", dir.Path("d/0002-link"));
  std::filesystem::create_symlink("none", dir.Path("d/0003-link"));
  std::filesystem::create_directory_symlink("..", dir.Path("d/0004-link"));
  std::filesystem::create_hard_link(dir.Path("d/0007"), dir.Path("d/hard"));
  ASSERT_EQ(mkfifo(dir.Path("d/0005-fifo").c_str(), 0600), 0);
  chmod(dir.Path("d/0009").c_str(), 0);  // root reads it nevertheless
  const std::vector<std::string> paths = {
      dir.Path("d/0011"), dir.Path("d/0022"), dir.Path("d"),
      dir.Path("d/0013"), dir.Path("d/0011"), dir.Path("d/0022")};
  ExpectTheSame(paths, false);
  ExpectTheSame(paths, true);
}

TEST(OpenAhead, FilesThatAreGoneAreRowsInTheirPlaces) {
  for (const OpenAheadLimits limits : {kNever, kAlways}) {
    TempDirectory dir;
    for (size_t i = 0; i < 100; ++i) dir.Write(Numbered("d/", i), Message(i));
    const std::vector<std::string> paths = {dir.Path("d")};
    OpenAhead files(paths, false, limits);
    for (size_t i = 0; i < 100; ++i) {
      auto file = files.Next();
      ASSERT_TRUE(file);
      EXPECT_EQ(file->found.path, dir.Path(Numbered("d/", i)));
      if (i == 60 || i == 61 || i == 99) {
        EXPECT_TRUE(file->found.error);
        EXPECT_FALSE(file->opened.ok());
      } else {
        ASSERT_TRUE(file->opened.ok()) << file->opened.status();
        EXPECT_EQ(file->opened->stream->head(), Message(i));
      }
      // The names are listed with the first file.
      for (const size_t gone : {60, 61, 99}) {
        if (i == 0) std::filesystem::remove(dir.Path(Numbered("d/", gone)));
      }
      // Open already, or back when its turn comes.
      if (i == 1) std::filesystem::remove(dir.Path("d/0020"));
      if (i == 18) dir.Write("d/0020", Message(20));
    }
    EXPECT_FALSE(files.Next());
    EXPECT_FALSE(files.Next());
  }
}

// A name that a pipe or a link has taken is not waited for, nor followed.
TEST(OpenAhead, FilesThatBecameSomethingElse) {
  TempDirectory dir;
  const std::string secret = dir.Write("secret", "secret");
  for (size_t i = 0; i < 80; ++i) dir.Write(Numbered("d/", i), Message(i));
  const std::vector<std::string> paths = {dir.Path("d")};
  OpenAhead files(paths, false, kAlways);
  for (size_t i = 0; i < 80; ++i) {
    auto file = files.Next();
    ASSERT_TRUE(file);
    EXPECT_EQ(file->found.path, dir.Path(Numbered("d/", i)));
    if (file->opened.ok()) {
      EXPECT_EQ(file->opened->stream->head(), Message(i));
    } else {
      EXPECT_EQ(i % 3, 0u) << i;
    }
    if (i != 1) continue;
    for (size_t k = 3; k < 80; k += 3) {
      const std::string path = dir.Path(Numbered("d/", k));
      std::filesystem::remove(path);
      if (k % 2 == 0) {
        ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
      } else {
        std::filesystem::create_symlink(secret, path);
      }
    }
  }
}

TEST(OpenAhead, HoldsFewFilesAndClosesThem) {
  TempDirectory dir;
  for (size_t i = 0; i < 300; ++i) {
    dir.Write(Concat(Numbered("d/", i), "/cur/1"), Message(i));
  }
  const std::vector<std::string> paths = {dir.Path("d")};
  const size_t descriptors = CountDescriptors();
  const size_t threads = CountThreads();
  for (const size_t end : {0, 1, 100, 301}) {
    OpenAhead files(paths, false, kAlways);
    for (size_t i = 0; i < end; ++i) {
      EXPECT_EQ(files.Next().has_value(), i < 300);
      // Each with its directory, and three that the walk is in.
      EXPECT_LE(CountDescriptors(), descriptors + 2 * files.most_files() + 3);
      EXPECT_LE(files.threads(), 8u);
      EXPECT_EQ(CountThreads(), threads + files.threads());
    }
    EXPECT_EQ(files.threads() > 0, end > 0);
  }
  EXPECT_EQ(CountDescriptors(), descriptors);
  EXPECT_TRUE(Eventually([&] { return CountThreads() == threads; }));
}

TEST(OpenAhead, TakesAShareOfTheDescriptors) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const std::vector<std::string> paths = {"/"};
  for (const auto& [limit, files] :
       {std::pair{1024u, 32u}, {256u, 8u}, {64u, 2u}, {20u, 1u}}) {
    rlimit fewer = before;
    fewer.rlim_cur = limit;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &fewer), 0);
    const OpenAhead ahead(paths, false, kAlways);
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_EQ(ahead.most_files(), files);
  }
}

TEST(OpenAhead, ReadersThatStopEarlyLeaveNothing) {
  TempDirectory dir;
  for (size_t i = 0; i < 500; ++i) {
    dir.Write(Numbered("d/", i), Message(i, 3000));
  }
  const size_t descriptors = CountDescriptors();
  const size_t threads = CountThreads();
  for (const int blocks : {0, 1, 5}) {
    auto reader = Reader::Open({dir.Path("d")}, With(kAlways));
    ASSERT_TRUE(reader.ok());
    for (int i = 0; i < blocks; ++i) ASSERT_NE((*reader)->Next(), nullptr);
    reader->reset();
    EXPECT_EQ(CountDescriptors(), descriptors);
    EXPECT_TRUE(Eventually([&] { return CountThreads() == threads; }));
  }
}

TEST(OpenAhead, StartsNoThreadForOneFileNorForLargeOnes) {
  TempDirectory dir;
  const std::string small = dir.Write("small", Message(1));
  std::vector<std::string> paths = {small};
  OpenAhead one(paths, false, kAlways);
  EXPECT_TRUE(one.Next());
  EXPECT_FALSE(one.Next());
  EXPECT_EQ(one.threads(), 0u);

  paths.clear();
  for (size_t i = 0; i < 4; ++i) {
    paths.push_back(dir.Write(Numbered("", i), Message(i, 1u << 20)));
  }
  OpenAhead large(paths, false, kAlways);
  while (auto file = large.Next()) {
    EXPECT_TRUE(file->opened.ok());
    EXPECT_FALSE(IsOpen(paths.back()) && file->found.path != paths.back());
  }
  EXPECT_EQ(large.threads(), 0u);
}

TEST(OpenAhead, BeginsWithTheFirstFileThatMemoryDoesNotHold) {
  TempDirectory dir;
  std::vector<std::string> paths;
  for (size_t i = 0; i < 64; ++i) {
    paths.push_back(dir.Write(Numbered("d/", i), Message(i)));
  }
  constexpr size_t kNone = 99;
  for (const size_t first_cold : {size_t{0}, size_t{16}, size_t{32}, kNone}) {
    size_t asked = 0;
    OpenAhead files(paths, false, {}, [&](const FileInput&) {
      return ++asked <= first_cold / 16;
    });
    for (size_t i = 0; i < 64; ++i) {
      EXPECT_EQ(files.threads() > 0, i > first_cold + 1) << first_cold;
      auto file = files.Next();
      ASSERT_TRUE(file && file->opened.ok());
      EXPECT_EQ(file->opened->stream->head(), Message(i));
    }
    EXPECT_FALSE(files.Next());
    EXPECT_EQ(files.threads(), first_cold == kNone ? 0u : 8u);
    EXPECT_EQ(asked, first_cold == kNone ? 4u : first_cold / 16 + 1);
  }
}

// As mincore(2) knows it, which reads nothing.
bool IsResident(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY);
  void* const page = mmap(nullptr, 1, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  unsigned char resident = 0;
  EXPECT_EQ(mincore(page, 1, &resident), 0);
  munmap(page, 1);
  return (resident & 1) != 0;
}

// Whether the file system answers at all.
bool ReadsWithoutWaiting(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY);
  char octet;
  const iovec out{.iov_base = &octet, .iov_len = 1};
  const bool read = preadv2(fd, &out, 1, 0, RWF_NOWAIT) == 1;
  close(fd);
  return read;
}

TEST(FileInput, KnowsWhatThePageCacheHolds) {
  TempDirectory dir;
  const std::string path = dir.Write("m", Message(1));
  auto file = FileInput::OpenNamed(path);
  ASSERT_TRUE(file.ok());
  std::string text(Message(1).size(), '\0');
  ASSERT_TRUE((*file)->Read(text.data(), text.size()).ok());
  EXPECT_EQ((*file)->InPageCache(), ReadsWithoutWaiting(path));
  EXPECT_EQ((*file)->position(), text.size());

  const int fd = open(path.c_str(), O_RDONLY);
  fsync(fd);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  close(fd);
  // A file system in memory forgets nothing, one may not answer, and asking may
  // fetch the page in no time; but what is not there is never said to be.
  if ((*file)->InPageCache()) {
    EXPECT_TRUE(IsResident(path));
  }
}

// Case F9: what a file was when it was opened, though that was ahead.
TEST(OpenAhead, AFileThatChangesOnceItIsOpenHasChanged) {
  TempDirectory dir;
  const std::vector<std::string> paths = {
      dir.Write("1", Message(1)), dir.Write("2", Message(2)),
      dir.Write("3", Message(3)), dir.Write("4", Message(4))};
  OpenAhead files(paths, false, {.threads = 1, .always = true});
  auto first = files.Next();
  ASSERT_TRUE(first && first->opened.ok());
  // The one thread has done with the second and third.
  ASSERT_TRUE(Eventually([&] { return IsOpen(paths[3]); }));
  auto second = files.Next();
  Append(paths[0], "more");
  Append(paths[1], "more");
  Append(paths[2], "more");
  auto third = files.Next();
  for (const auto& [file, n] :
       {std::pair{&first, 1u}, {&second, 2u}, {&third, 3u}}) {
    ASSERT_TRUE(*file && (*file)->opened.ok());
    const HeadedFile& opened = *(*file)->opened;
    EXPECT_EQ(opened.file->size(), Message(n).size());
    EXPECT_EQ(opened.stream->head(), Message(n));
    EXPECT_EQ(opened.file->CheckUnchanged().code(), absl::StatusCode::kAborted);
  }
}

// A mailbox behind a large file is as it is when the large one has been read.
TEST(OpenAhead, NothingBehindALargeFileIsOpenedBeforeIt) {
  TempDirectory dir;
  const std::vector<std::string> paths = {
      dir.Write("1", Message(1)), dir.Write("2", Message(2, 1u << 20)),
      dir.Write("3", Message(3)), dir.Write("4", Message(4))};
  OpenAhead files(paths, false, kAlways);
  for (size_t i = 0; i < 2; ++i) {
    auto file = files.Next();
    ASSERT_TRUE(file && file->opened.ok());
    EXPECT_EQ(file->found.path, paths[i]);
    EXPECT_FALSE(IsOpen(paths[2]));
  }
  Append(paths[2], "more");
  auto file = files.Next();
  ASSERT_TRUE(file && file->opened.ok());
  EXPECT_EQ(file->opened->stream->head(), Message(3) + "more");
  EXPECT_TRUE(file->opened->file->CheckUnchanged().ok());
}

TEST(OpenAhead, PipesAreOpenedInTheirTurn) {
  TempDirectory dir;
  std::vector<std::string> paths = {
      dir.Write("1", Message(1)), dir.Write("2", Message(2)), dir.Path("fifo"),
      dir.Write("3", Message(3))};
  ASSERT_EQ(mkfifo(paths[2].c_str(), 0600), 0);
  OpenAhead files(paths, false, kAlways);
  ASSERT_TRUE(files.Next());
  ASSERT_TRUE(Eventually([&] { return IsOpen(paths[1]); }));
  EXPECT_EQ(open(paths[2].c_str(), O_WRONLY | O_NONBLOCK), -1);
  EXPECT_EQ(errno, ENXIO);  // nobody has it open
  EXPECT_FALSE(IsOpen(paths[3]));
  ASSERT_TRUE(files.Next());
  std::thread writer([&] { dir.Write("fifo", Message(9)); });
  auto pipe = files.Next();
  writer.join();
  ASSERT_TRUE(pipe && pipe->opened.ok());
  EXPECT_EQ(pipe->opened->stream->head(), Message(9));
  auto last = files.Next();
  ASSERT_TRUE(last && last->opened.ok());
  EXPECT_EQ(last->opened->stream->head(), Message(3));
  EXPECT_FALSE(files.Next());
}

}  // namespace
}  // namespace mailassay::source
