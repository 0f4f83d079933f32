#include "lib/base/arena.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay {
namespace {

TEST(Arena, TextsStayAsTheyWere) {
  Arena arena;
  std::mt19937 random(1);
  std::vector<std::string> texts;
  std::vector<std::string_view> copies;
  size_t bytes = 0;
  for (int i = 0; i < 5000; ++i) {
    const size_t most = i % 500 == 0 ? 200'000 : 200;
    texts.emplace_back(random() % most, static_cast<char>('a' + i % 26));
    copies.push_back(arena.Copy(texts.back()));
    bytes += texts.back().size();
    ASSERT_EQ(arena.bytes(), bytes);
  }
  for (size_t i = 0; i < texts.size(); ++i) ASSERT_EQ(copies[i], texts[i]);
}

TEST(Arena, WhatIsGivenBackIsHandedOutAgain) {
  Arena arena;
  char* const first = arena.Allocate(100);
  std::fill_n(first, 100, 'x');
  arena.GiveBack(60);
  EXPECT_EQ(arena.bytes(), 40u);
  EXPECT_EQ(arena.Allocate(10), first + 40);
  arena.GiveBack(10);
  EXPECT_EQ(arena.Copy("y").data(), first + 40);
}

TEST(Arena, EmptyTextsTakeNothing) {
  Arena arena;
  EXPECT_TRUE(arena.Copy("").empty());
  EXPECT_EQ(arena.bytes(), 0u);
  EXPECT_NE(arena.Allocate(0), nullptr);
}

// Every octet of every size is there (seen by AddressSanitizer).
TEST(Arena, AllOctetsMayBeWritten) {
  for (size_t size = 1; size < 10'000; size += size < 600 ? 1 : 37) {
    const size_t count = size < 600 ? 300 : 20;
    Arena arena;
    for (size_t i = 0; i < count; ++i) {
      std::fill_n(arena.Allocate(size), size, 'x');
    }
    EXPECT_EQ(arena.bytes(), count * size);
  }
}

}  // namespace
}  // namespace mailassay
