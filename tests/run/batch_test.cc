#include "pipeline/run/batch.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "lib/base/concat.h"
#include "pipeline/source/source.h"
#include "tests/run/temp_dir.h"

namespace mailassay::run {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

constexpr size_t kMessage = 2'000;  // octets, with its separator

std::string Mbox(size_t messages) {
  std::string mbox;
  for (size_t i = 0; i < messages; ++i) {
    const size_t end = mbox.size() + kMessage;
    mbox += Concat("From a@b.example Thu Jan  1 00:00:00 1970\nMessage-ID: <",
                   i, ">\n\n");
    mbox.append(end - mbox.size() - 2, 'x').append("\n\n");
  }
  return mbox;
}

// For 200 messages: 77 to a run of less than 160,000 - 4,096 octets.
source::ReadOptions ThreeBatches() {
  source::ReadOptions options;
  options.block_bytes = 160'000;
  return options;
}

// All batches of `paths`; none when they cannot be read.
std::vector<Batch> ExamineAll(const std::vector<std::string>& paths,
                              const source::ReadOptions& options,
                              const std::function<void()>& after_reading) {
  auto reader = source::Reader::Open(paths, options);
  EXPECT_TRUE(reader.ok());
  if (!reader.ok()) return {};
  std::vector<Batch> batches;
  while (auto block = (*reader)->Next()) {
    batches.emplace_back().block = std::move(block);
  }
  after_reading();
  audit::GroupExaminer examiner({}, {});
  for (Batch& batch : batches) Examine(batch, examiner, 1 << 20);
  for (Batch& batch : batches) CheckFileEnds(batch);
  return batches;
}

// Case F9, where the octets are read by the worker: what is there is examined,
// the message cut is not, and each lost part of the file has its row.
TEST(Examine, AFileCutShortBehindItsReader) {
  TempDir dir;
  const std::string path = dir.Write("m", Mbox(200));
  constexpr size_t kLeft = 77 * kMessage + 700;
  const auto batches = ExamineAll({path}, ThreeBatches(), [&] {
    ASSERT_EQ(truncate(path.c_str(), kLeft), 0);
  });
  ASSERT_EQ(batches.size(), 3u);
  ASSERT_EQ(batches[0].messages.size(), 77u);
  EXPECT_EQ(batches[0].messages[76].message_id, "<76>");
  EXPECT_TRUE(batches[0].errors.empty());
  EXPECT_TRUE(batches[1].messages.empty());
  ASSERT_EQ(batches[1].errors.size(), 1u);
  EXPECT_EQ(batches[1].errors[0].code, audit::ErrorCode::kChanged);
  EXPECT_EQ(batches[1].errors[0].offset, kLeft);
  EXPECT_EQ(batches[1].errors[0].length, 700u);
  EXPECT_THAT(batches[1].errors[0].text,
              HasSubstr(Concat(path, ": offset ", kLeft,
                               ": was cut short while it was read")));
  EXPECT_THAT(batches[1].errors[0].text,
              EndsWith(Concat("; the message before it, from ", 77 * kMessage,
                              " on, is cut and was left out")));
  ASSERT_EQ(batches[2].errors.size(), 2u);
  EXPECT_EQ(batches[2].errors[0].code, audit::ErrorCode::kChanged);
  EXPECT_EQ(batches[2].errors[0].offset, 154 * kMessage);
  EXPECT_EQ(batches[2].errors[0].length, 0u);
  // The end of the file tells of the change as a whole.
  EXPECT_THAT(batches[2].errors[1].text,
              EndsWith(Concat("changed while it was read: ", 200 * kMessage,
                              " octets when opened, ", kLeft, " now")));
}

// The descriptor of this process that has `path` open.
int DescriptorOf(const std::string& path) {
  for (int fd = 3; fd < 1000; ++fd) {
    std::array<char, 4096> name{};
    const ssize_t size = readlink(Concat("/proc/self/fd/", fd).c_str(),
                                  name.data(), name.size());
    if (size > 0 &&
        path == std::string(name.data(), static_cast<size_t>(size))) {
      return fd;
    }
  }
  return -1;
}

// Promise P5: what could not be read is told, run by run.
TEST(Examine, AFileThatCannotBeReadBehindItsReader) {
  TempDir dir;
  const std::string path = dir.Write("m", Mbox(200));
  const auto batches = ExamineAll({path}, ThreeBatches(), [&] {
    const int file = DescriptorOf(path);
    const int directory = open(dir.path().c_str(), O_RDONLY);
    ASSERT_GE(file, 0);
    ASSERT_EQ(dup2(directory, file), file);  // pread: EISDIR
    close(directory);
  });
  ASSERT_EQ(batches.size(), 3u);
  uint64_t next = 0;
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(batches[i].messages.empty());
    ASSERT_EQ(batches[i].errors.size(), i == 2 ? 2u : 1u);
    EXPECT_EQ(batches[i].errors[0].code, audit::ErrorCode::kUnreadable);
    EXPECT_EQ(batches[i].errors[0].offset, next);
    next += batches[i].errors[0].length;
    EXPECT_THAT(
        batches[i].errors[0].text,
        EndsWith(Concat("; what follows is left out up to octet ", next)));
  }
  EXPECT_EQ(next, 200 * kMessage);
}

TEST(Examine, AFileThatGrewAndOneThatDidNot) {
  TempDir dir;
  const std::string grown = dir.Write("a", Mbox(100));
  const std::string junk = dir.Write("b", std::string(1000, '\0'));
  const std::string same = dir.Write("c", Mbox(100));
  const auto batches =
      ExamineAll({grown, junk, same}, {}, [&] { dir.Write("a", Mbox(101)); });
  size_t messages = 0;
  std::vector<std::string> rows;
  for (const Batch& batch : batches) {
    messages += batch.messages.size();
    for (const audit::ErrorRow& row : batch.errors) rows.push_back(row.text);
  }
  EXPECT_EQ(messages, 200u);
  ASSERT_EQ(rows.size(), 2u);  // in the order of the files
  EXPECT_THAT(rows[0],
              HasSubstr("a: offset 200000: changed while it was read"));
  EXPECT_THAT(rows[1], HasSubstr("b: "));
}

}  // namespace
}  // namespace mailassay::run
