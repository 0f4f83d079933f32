#include "lib/audit/books.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace mailassay::audit {
namespace {

TEST(Books, EveryGapHasItsName) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < Books::kGaps; ++i) {
    names.insert(GapName(static_cast<Gap>(i)));
  }
  EXPECT_EQ(names.size(), Books::kGaps);
  EXPECT_EQ(GapName(Gap::kNotSampled), "not_sampled");
}

TEST(Books, Balance) {
  Books books;
  EXPECT_TRUE(books.balanced());
  books.AddMessage(10);
  books.AddMessage(0);
  EXPECT_FALSE(books.balanced());
  books[Gap::kSeparator] = 5;
  books[Gap::kNotSampled] = 7;
  books.stream_bytes = 22;
  EXPECT_TRUE(books.balanced());
  EXPECT_EQ(books.messages, 2u);
  for (size_t i = 0; i < Books::kGaps; ++i) {
    Books more = books;
    ++more.gaps[i];
    EXPECT_FALSE(more.balanced()) << i;
    ++more.stream_bytes;
    EXPECT_TRUE(more.balanced()) << i;
  }
  books[Gap::kDamaged] = UINT64_MAX - 21;  // the sum wraps around to 0
  books.stream_bytes = 0;
  EXPECT_FALSE(books.balanced());
}

Books Random(std::mt19937& random) {
  Books books;
  books.stream_bytes = random();
  books.messages = random() % 100;
  books.message_bytes = random();
  for (uint64_t& gap : books.gaps) gap = random() % 1000;
  return books;
}

Books Sum(const std::vector<Books>& parts) {
  Books sum;
  for (const Books& part : parts) sum.Merge(part);
  return sum;
}

TEST(Books, AreACommutativeMonoid) {
  std::mt19937 random(6376);
  for (int i = 0; i < 100; ++i) {
    std::vector<Books> parts(1 + random() % 9);
    for (Books& part : parts) part = Random(random);
    const Books sum = Sum(parts);
    // The neutral element, on both sides.
    Books left = parts[0], right;
    left.Merge({});
    right.Merge(parts[0]);
    EXPECT_EQ(left, parts[0]);
    EXPECT_EQ(right, parts[0]);
    // Any order, any brackets.
    std::ranges::shuffle(parts, random);
    EXPECT_EQ(Sum(parts), sum);
    const auto cut = static_cast<ptrdiff_t>(random() % (parts.size() + 1));
    Books halves = Sum({parts.begin(), parts.begin() + cut});
    halves.Merge(Sum({parts.begin() + cut, parts.end()}));
    EXPECT_EQ(halves, sum);
  }
}

TEST(Books, PartsThatBalanceDoSoTogether) {
  std::mt19937 random(1);
  Books sum;
  for (int i = 0; i < 50; ++i) {
    Books part = Random(random);
    part.stream_bytes = part.message_bytes;
    for (uint64_t gap : part.gaps) part.stream_bytes += gap;
    ASSERT_TRUE(part.balanced());
    sum.Merge(part);
    EXPECT_TRUE(sum.balanced());
  }
}

}  // namespace
}  // namespace mailassay::audit
