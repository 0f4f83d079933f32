// An mbox in a plain file, read by those who examine it, gives what any stream
// of the same octets gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "lib/base/concat.h"
#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// Of any length up to that of some blocks, with lines that begin "From ".
std::vector<std::string> ManyMessages(std::string_view line_end) {
  std::mt19937 random(6376);
  std::vector<std::string> messages;
  for (int i = 0; i < 300; ++i) {
    std::string text = Concat("From: a@b.example", line_end, "Message-ID: <", i,
                              ">", line_end, line_end);
    const size_t most = random() % 12 == 0 ? 60'000 : 3'000;
    for (size_t left = random() % most; left > 0;) {
      const size_t line = std::min<size_t>(left, 1 + random() % 200);
      text += random() % 20 == 0 ? Concat(line_end, "From me, ") : "";
      text.append(line, 'x').append(line_end);
      left -= line;
    }
    messages.push_back(text);
  }
  return messages;
}

TEST(FileRun, GivesWhatAStreamGives) {
  TempDirectory dir;
  for (const char* line_end : {"\n", "\r\n"}) {
    const std::string mbox = MakeMbox(ManyMessages(line_end), line_end);
    const std::string plain = dir.Write("plain", mbox);
    const std::string compressed = dir.Write("compressed", Zstd(mbox));
    for (const size_t block :
         {16u << 10, 17'001u, 40'000u, 200'000u, 8u << 20}) {
      ReadOptions options;
      options.block_bytes = block;
      const ReadResult result = ReadAll({plain}, options);
      const ReadResult stream = ReadAll({compressed}, options);
      // What is examined while it is read depends on where a block begins.
      EXPECT_THAT(MessageIds(result), ElementsAreArray(MessageIds(stream)));
      ASSERT_EQ(result.mail.size(), 300u) << block;
      for (size_t i = 0; i < result.mail.size(); ++i) {
        EXPECT_EQ(result.mail[i].offset, stream.mail[i].offset);
        EXPECT_EQ(result.mail[i].length, stream.mail[i].length);
        if (result.mail[i].text.empty()) continue;
        EXPECT_TRUE(result.mail[i].text ==
                    mbox.substr(result.mail[i].offset, result.mail[i].length));
      }
      EXPECT_THAT(Codes(result), IsEmpty()) << block;
      EXPECT_EQ(result.input_bytes, mbox.size()) << block;
      EXPECT_EQ(result.examined > 0, block < 60'000) << block;
    }
  }
}

// The octets are not in the block: it says where they lie.
TEST(FileRun, NoTextIsReadButAroundTheCuts) {
  TempDirectory dir;
  const std::string path = dir.Write("m", MakeMbox(ManyMessages("\n"), "\n"));
  ReadOptions options;
  options.block_bytes = 100'000;
  auto reader = Reader::Open({path}, options);
  ASSERT_TRUE(reader.ok());
  uint64_t next = 0;
  uint64_t size = 0;
  while (auto block = (*reader)->Next()) {
    size_t runs = 0;
    for (const Piece& piece : block->pieces) {
      ASSERT_TRUE(std::holds_alternative<FileRun>(piece) ||
                  std::holds_alternative<StreamEnd>(piece) ||
                  std::holds_alternative<FileEnd>(piece));
      const auto* run = std::get_if<FileRun>(&piece);
      if (run == nullptr) continue;
      EXPECT_EQ(++runs, 1u);
      EXPECT_EQ(block->storage, nullptr);
      EXPECT_EQ(run->offset, next);
      EXPECT_LE(run->size, options.block_bytes);
      next += run->size;
    }
    size += block->input_bytes;
  }
  EXPECT_EQ(next, (*reader)->total_bytes());
  EXPECT_EQ(size, next);
}

// What stands before the mail is not part of the first run.
TEST(FileRun, BeginsBehindAPreamble) {
  TempDirectory dir;
  const auto messages = ManyMessages("\n");
  const std::string preamble = "\xEF\xBB\xBF\r\n\n";
  const std::string mbox = MakeMbox(messages, "\n");
  const ReadResult result = ReadAll({dir.Write("m", preamble + mbox)});
  ASSERT_EQ(result.mail.size(), messages.size());
  EXPECT_EQ(result.mail[0].text, messages[0]);
  EXPECT_EQ(result.mail[0].offset, preamble.size() + mbox.find('\n') + 1);
  EXPECT_EQ(result.input_bytes, result.total_bytes);
}

}  // namespace
}  // namespace mailassay::source
