// The shards of an archive together are the whole of it, each message once.
#include "pipeline/source/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "lib/base/concat.h"
#include "pipeline/source/separator_search.h"
#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

// Messages and rows in words; in the order of the inputs.
std::vector<std::string> Describe(const ReadResult& result) {
  std::vector<std::string> lines;
  for (const ReadMail& m : result.mail) {
    lines.push_back(Concat(m.file, "@", m.offset, " ", m.length, " ",
                           m.message_id, "\n", m.text));
  }
  for (const audit::ErrorRow& row : result.errors) {
    lines.push_back(Concat(row.offset, " ", row.length, " ", row.text));
  }
  return lines;
}

void Append(const ReadResult& part, ReadResult* sum) {
  std::ranges::copy(part.mail, std::back_inserter(sum->mail));
  std::ranges::copy(part.errors, std::back_inserter(sum->errors));
  sum->total_bytes += part.total_bytes;
  sum->input_bytes += part.input_bytes;
}

ReadResult ReadShards(const std::vector<std::string>& paths,
                      ReadOptions options, uint32_t count) {
  ReadResult sum;
  for (uint32_t i = 1; i <= count; ++i) {
    options.shard = {i, count};
    Append(ReadAll(paths, options), &sum);
  }
  return sum;
}

void ExpectTheWhole(const std::vector<std::string>& paths,
                    const ReadOptions& options,
                    std::initializer_list<uint32_t> counts) {
  const ReadResult whole = ReadAll(paths, options);
  for (const uint32_t count : counts) {
    const ReadResult sum = ReadShards(paths, options, count);
    ASSERT_THAT(Describe(sum), ElementsAreArray(Describe(whole)))
        << paths[0] << " in " << count;
    EXPECT_EQ(sum.total_bytes, whole.total_bytes);
    EXPECT_EQ(sum.input_bytes, whole.input_bytes);
  }
}

TEST(Shard, SharesOfALine) {
  for (const uint64_t total : {uint64_t{0}, uint64_t{1}, uint64_t{10},
                               uint64_t{1} << 40, UINT64_MAX}) {
    for (const uint32_t count : {1u, 2u, 3u, 7u, 64u, UINT32_MAX}) {
      EXPECT_EQ(ShareOf({1, count}, total).begin, 0u);
      EXPECT_EQ(ShareOf({count, count}, total).end, total);
      for (uint32_t i = 1; i < std::min(count, 65u); ++i) {
        EXPECT_EQ(ShareOf({i, count}, total).end,
                  ShareOf({i + 1, count}, total).begin);
      }
    }
  }
  EXPECT_EQ(ShareOf({2, 3}, 10), (Range{3, 6}));
  const Shard first{1, 2}, last{2, 2};
  EXPECT_TRUE(Holds(first, {0, 5}, 4));
  EXPECT_FALSE(Holds(first, {0, 5}, 5));
  EXPECT_TRUE(Holds(last, {5, 10}, 5));
  EXPECT_TRUE(Holds(last, {5, 10}, 10));
  EXPECT_FALSE(Holds(last, {5, 10}, 4));
}

TEST(Shard, TogetherAreTheWhole) {
  TempDirectory dir;
  const auto paths = MakeEveryKind(dir);
  ReadOptions options;
  options.block_bytes = 50'000;
  ExpectTheWhole(paths, options, {1, 2, 3, 7, 64});
  for (const std::string& path : paths) {
    ExpectTheWhole({path}, options, {2, 3, 7});
  }
}

TEST(Shard, MoreShardsThanFilesAndEmptyOnes) {
  TempDirectory dir;
  std::mt19937 random(6);
  for (int round = 0; round < 30; ++round) {
    const std::string name = Concat("d", round);
    dir.MakeDirectory(name);
    for (size_t i = random() % 9; i > 0; --i) {
      const std::string file = Concat(name, "/", random() % 1000);
      dir.Write(file, random() % 3 ? Message(i, random() % 300) : "");
    }
    ExpectTheWhole({dir.Path(name)}, {}, {1, 2, 3, 7, 64});
  }
}

// A cut at every octet around separators of all shapes finds the same messages.
TEST(Shard, EveryCut) {
  TempDirectory dir;
  const std::string bait = "\nFrom a Mon Jan  1 00:00:00 2024\n";
  const std::vector<std::string> messages = {
      Message(1, 5) + "\n",
      // No field behind it; no empty line before it; cut off by its length.
      Message(2) + "\n" + bait + "no field\n",
      Message(3) + bait.substr(1) + "X: y\n",
      Message(4) + "\n\nFrom " + std::string(5'000, 'b') +
          " Mon Jan  1 00:00:00 2024\nX: y\n",
      Message(5) + "\n\n\n\n", Message(6, 70'000) + "\n",
      Message(7, 70'000) + "\n"};
  for (const std::string& before :
       {std::string(), std::string("\n"), std::string("\xEF\xBB\xBF"),
        std::string("\xEF\xBB\xBF\r\n\n\n")}) {
    const std::string mbox = before + MakeMbox(messages, "\n");
    ASSERT_GT(mbox.size(), 128u << 10);
    const std::string path = dir.Write("m", mbox);
    std::vector<uint64_t> begins;
    for (const ReadMail& m : ReadAll({path}).mail) {
      begins.push_back(mbox.rfind("From ", m.offset));
    }
    ASSERT_EQ(begins.size(), messages.size());
    auto file = FileInput::OpenNamed(path);
    ASSERT_TRUE(file.ok());
    const auto check = [&](uint64_t at) {
      const auto next = std::ranges::lower_bound(begins, at);
      const uint64_t expected = at == 0                ? 0
                                : next == begins.end() ? mbox.size()
                                                       : *next;
      ASSERT_EQ(CutAt(**file, {}, before.size(), at), expected) << at;
    };
    for (uint64_t at = 0; at < 6'000; ++at) check(at);
    for (uint64_t at = begins[5] - 50; at < begins[5] + 100; ++at) check(at);
    for (uint64_t at = begins[6] - 50; at < begins[6] + 100; ++at) check(at);
    for (uint64_t at = mbox.size() - 9; at <= mbox.size(); ++at) check(at);
    check(UINT64_MAX);
    ExpectTheWhole({path}, {}, {2, 3, 7, 64, 1000});
  }
}

TEST(Shard, OneMessageOfManyShards) {
  TempDirectory dir;
  ReadOptions options;
  options.block_bytes = 100'000;
  const std::string path =
      dir.Write("m", MakeMbox({Message(1, 3'000'000) + "\n"}, "\n"));
  ExpectTheWhole({path}, options, {1, 2, 3, 7, 64});
  const std::string more = dir.Write(
      "n",
      MakeMbox({Message(2), Message(3, 3'000'000) + "\n", Message(4)}, "\n"));
  ExpectTheWhole({more, path}, options, {1, 2, 3, 7, 64});
}

TEST(Shard, OnlyOwnFilesAreOpened) {
  TempDirectory dir;
  for (int i = 0; i < 10; ++i) {
    dir.Write(Concat("d/", i), Message(static_cast<size_t>(i), 1000));
  }
  ReadOptions options;
  options.shard = {2, 5};
  std::vector<std::string> asked;
  options.skip = [&](const FoundFile& file) {
    asked.push_back(file.path);
    return false;
  };
  const ReadResult result = ReadAll({dir.Path("d")}, options);
  EXPECT_THAT(MessageIds(result), ElementsAre("<2>", "<3>"));
  EXPECT_THAT(asked, ElementsAre(dir.Path("d/2"), dir.Path("d/3")));
  EXPECT_EQ(result.input_bytes, result.total_bytes);
}

TEST(Shard, PositionsAreThoseOfTheWhole) {
  TempDirectory dir;
  const std::string mbox = MakeMbox(ManyShapes(), "\n");
  const std::vector<std::string> paths = {dir.Write("a", mbox + mbox),
                                          dir.Write("b", Gzip(mbox)),
                                          dir.Write("c", mbox + mbox + mbox)};
  for (uint32_t i = 1; i <= 5; ++i) {
    ReadOptions options;
    options.block_bytes = 16 << 10;
    options.shard = {i, 5};
    const ReadResult whole = ReadAll(paths, options);
    auto reader = Reader::Open(paths, options);
    ASSERT_TRUE(reader.ok());
    ReadResult before;
    while (auto block = (*reader)->Next()) {
      AddBlock(*block, &before);
      options.start = block->next;
      ReadResult sum = before;
      Append(ReadAll(paths, options), &sum);
      ASSERT_THAT(Describe(sum), ElementsAreArray(Describe(whole))) << i;
    }
  }
}

TEST(Shard, UsageErrors) {
  TempDirectory dir;
  const std::string path = dir.Write("m", Message(1));
  const auto open = [&](Shard shard, const std::string& also) {
    ReadOptions options;
    options.shard = shard;
    return Reader::Open({path, also}, options).status().code();
  };
  EXPECT_EQ(open({0, 2}, path), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(open({3, 2}, path), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(open({1, 0}, path), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(open({1, 2}, "-"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(open({1, 1}, "-"), absl::StatusCode::kOk);
  EXPECT_EQ(open({2, 2}, path), absl::StatusCode::kOk);
}

}  // namespace
}  // namespace mailassay::source
