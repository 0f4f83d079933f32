#include "lib/audit/spill.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "lib/audit/tally.h"
#include "lib/audit/varint.h"
#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

std::map<std::string, uint64_t> Content(SpillMap<FindingTally>& map) {
  std::map<std::string, uint64_t> content;
  std::string before;
  bool first = true;
  map.ForEach([&](std::string_view key, const FindingTally& value) {
    EXPECT_TRUE(first || before < key);  // in byte order, once
    first = false;
    before = key;
    content[std::string(key)] = value.count;
  });
  return content;
}

FindingTally One(uint64_t offset = 0) {
  FindingTally tally;
  tally.count = 1;
  tally.example = {0, offset, "f@" + std::to_string(offset)};
  return tally;
}

TEST(SpillMap, SameContentForAnyCap) {
  std::mt19937 random(7);
  std::vector<std::string> keys;
  for (int i = 0; i < 3000; ++i) {
    keys.push_back("key" + std::to_string(random() % 700));
  }
  keys.push_back("");
  keys.push_back(std::string("a\0b", 3));
  keys.push_back(std::string("a\0", 2));
  keys.push_back("\xFF");
  std::map<std::string, uint64_t> expected;
  for (const std::string& key : keys) ++expected[key];
  for (size_t cap : {size_t{0}, size_t{500}, size_t{10000}, size_t{1} << 30}) {
    SCOPED_TRACE(cap);
    MemoryStorage storage;
    SpillMap<FindingTally> map(cap, &storage);
    for (const std::string& key : keys) map.Merge(key, One());
    EXPECT_EQ(Content(map), expected);
    EXPECT_EQ(Content(map), expected);  // again
    EXPECT_EQ(storage.size() == 0, cap > 10000);
  }
}

TEST(SpillMap, Empty) {
  MemoryStorage storage;
  SpillMap<FindingTally> map(0, &storage);
  EXPECT_TRUE(Content(map).empty());
}

TEST(SpillMap, EntriesLargerThanAPiece) {
  MemoryStorage storage;
  SpillMap<FindingTally> map(0, &storage);
  std::map<std::string, uint64_t> expected;
  for (int i = 0; i < 40; ++i) {
    const std::string key(static_cast<size_t>(100000 + i % 20), 'k');
    map.Merge(key, One());
    ++expected[key];
  }
  EXPECT_EQ(Content(map), expected);
}

// A full disk: what is left is read without harm; the owner of the storage
// reports the failure.
TEST(SpillMap, StorageThatFails) {
  for (size_t room = 0; room < 3000; room += 7) {
    MemoryStorage storage(room);
    SpillMap<FindingTally> map(200, &storage);
    for (int i = 0; i < 100; ++i) map.Merge("k" + std::to_string(i), One());
    EXPECT_LE(Content(map).size(), 100u);
  }
}

TEST(SpillMap, AMillionSendersInLittleMemory) {
  MemoryStorage storage;
  constexpr size_t kCap = 64 << 20;
  SpillMap<SenderTally> map(kCap, &storage);
  SenderTally tally;
  tally.count = 1;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1000000; i += 1 + round) {
      map.Merge("sender" + std::to_string(i) + ".example", tally);
    }
  }
  uint64_t keys = 0, messages = 0;
  map.ForEach([&](std::string_view, const SenderTally& value) {
    ++keys;
    messages += value.count;
  });
  EXPECT_EQ(keys, 1000000u);
  EXPECT_EQ(messages, 1500000u);
  EXPECT_GT(storage.size(), 0u);
  EXPECT_LE(storage.longest_read(), size_t{1} << 20);
}

TEST(Varint, ReadsBackWhatWasWritten) {
  for (uint64_t value : {uint64_t{0}, uint64_t{1}, uint64_t{127}, uint64_t{128},
                         uint64_t{1} << 62, uint64_t{1} << 63, UINT64_MAX}) {
    std::string bytes;
    PutVarint(value, &bytes);
    std::string_view in(bytes);
    uint64_t back = 0;
    EXPECT_TRUE(GetVarint(&in, &back));
    EXPECT_EQ(back, value);
    EXPECT_TRUE(in.empty());
    in = std::string_view(bytes).substr(0, bytes.size() - 1);
    EXPECT_FALSE(GetVarint(&in, &back));
  }
  for (std::optional<int64_t> value :
       {std::optional<int64_t>(), std::optional<int64_t>(0),
        std::optional<int64_t>(-1), std::optional<int64_t>(INT64_MIN),
        std::optional<int64_t>(INT64_MAX)}) {
    std::string bytes;
    PutOptional(value, &bytes);
    std::string_view in(bytes);
    std::optional<int64_t> back = 5;
    EXPECT_TRUE(GetOptional(&in, &back));
    EXPECT_EQ(back, value);
  }
}

TEST(Varint, RefusesWhatNobodyWrote) {
  uint64_t number = 0;
  std::string text;
  std::optional<int64_t> optional;
  std::string_view in = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02";
  EXPECT_FALSE(GetVarint(&in, &number));  // 65 bits
  in = "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01";
  EXPECT_FALSE(GetVarint(&in, &number));
  in = "\x05"
       "abcd";
  EXPECT_FALSE(GetString(&in, &text));
  in = "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";
  EXPECT_FALSE(GetString(&in, &text));
  in = "\x02";
  EXPECT_FALSE(GetOptional(&in, &optional));
  in = "";
  EXPECT_FALSE(GetOptional(&in, &optional));
}

}  // namespace
}  // namespace mailassay::audit
