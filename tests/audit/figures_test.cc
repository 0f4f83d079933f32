#include "lib/audit/figures.h"

#include <gtest/gtest.h>

#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

TEST(Figures, Grouped) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(1000000000000), "1,000,000,000,000");
  EXPECT_EQ(Grouped(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(Figures, SharesAreHonest) {
  struct Case {
    uint64_t part, whole;
    const char* text;
  };
  for (const auto& [part, whole, text] : {
           Case{0, 0, "-"},
           Case{0, 10, "0 %"},
           Case{10, 10, "100 %"},
           Case{1, 2, "50.0 %"},
           Case{4, 10000, "<0.1 %"},  // 0.04 % is not 0 %
           Case{1, 1000000000000, "<0.1 %"},
           Case{9996, 10000, ">99.9 %"},
           Case{999999999999, 1000000000000, ">99.9 %"},
           Case{999, 1000, "99.9 %"},
           Case{1, 1000, "0.1 %"},
           Case{2, 3, "66.7 %"},
           Case{UINT64_MAX - 1, UINT64_MAX, ">99.9 %"},
       }) {
    EXPECT_EQ(Share(part, whole), text) << part << "/" << whole;
  }
}

TEST(Figures, SharesNeverReadAsNoneOrAll) {
  for (uint64_t part = 1; part < 20000; ++part) {
    const std::string share = Share(part, 20000);
    ASSERT_NE(share, "0.0 %");
    ASSERT_NE(share, "100.0 %");
  }
}

TEST(Figures, OctetsAndDurations) {
  EXPECT_EQ(Octets(0), "0 bytes");
  EXPECT_EQ(Octets(1), "1 byte");
  EXPECT_EQ(Octets(999), "999 bytes");
  EXPECT_EQ(Octets(1500), "1.5 kB");
  EXPECT_EQ(Octets(999999), "1.0 MB");
  EXPECT_EQ(Octets(52100000000), "52.1 GB");
  EXPECT_EQ(Octets(UINT64_MAX), "18.4 EB");
  EXPECT_EQ(Duration(0.44), "0.4 s");
  EXPECT_EQ(Duration(59.4), "59 s");
  EXPECT_EQ(Duration(59.7), "1 min 0 s");
  EXPECT_EQ(Duration(7800), "2 h 10 min");
  EXPECT_EQ(Duration(-1), "0 s");
  EXPECT_EQ(Duration(1e300).find("inf"), std::string::npos);
}

TEST(Figures, PaddingCountsCodePoints) {
  EXPECT_EQ(PadRight("\xC3\xA9", 3), "\xC3\xA9  ");
  EXPECT_EQ(PadLeft("\xC3\xA9", 3), "  \xC3\xA9");
  EXPECT_EQ(PadLeft("abc", 2), "abc");
  EXPECT_EQ(Tail("abcdefgh@123", 20), "abcdefgh@123");
  EXPECT_EQ(Tail("abcdefgh@123", 9), "...gh@123");
  EXPECT_EQ(Tail("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 4), "...\xC3\xA9");
}

TEST(Figures, Wrapping) {
  std::string out;
  AppendWrapped("ab ", "one two three four", 12, &out);
  EXPECT_EQ(out, "ab one two\n   three\n   four\n");
  out.clear();
  AppendWrapped("", "abcdefghijklmnop", 10, &out);
  EXPECT_EQ(out, "abcdefghij\nklmnop\n");
  out.clear();
  AppendWrapped("x: ", "", 10, &out);
  EXPECT_EQ(out, "x: \n");
  for (size_t size = 0; size < 60; ++size) {
    for (const char* unit : {"a", "ab ", " ", "\xC3\xA9"}) {
      std::string text, wrapped;
      for (size_t i = 0; i < size; ++i) text += unit;
      AppendWrapped("1. ", text, 14, &wrapped);
      EXPECT_LE(LongestLine(wrapped), 14u);
    }
  }
}

}  // namespace
}  // namespace mailassay::audit
