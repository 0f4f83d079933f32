#include "lib/base/ascii.h"

#include <gtest/gtest.h>

namespace mailassay {
namespace {

TEST(Ascii, ClassesHoldForAllOctets) {
  for (int i = 0; i < 256; ++i) {
    const char c = static_cast<char>(i);
    EXPECT_EQ(IsUpper(c), i >= 65 && i <= 90) << i;
    EXPECT_EQ(IsLower(c), i >= 97 && i <= 122) << i;
    EXPECT_EQ(IsDigit(c), i >= 48 && i <= 57) << i;
    EXPECT_EQ(IsWsp(c), i == 32 || i == 9) << i;
    EXPECT_EQ(IsFws(c), i == 32 || i == 9 || i == 10 || i == 13) << i;
    EXPECT_EQ(Is8Bit(c), i >= 128) << i;
    EXPECT_EQ(ToLower(c), IsUpper(c) ? static_cast<char>(i + 32) : c) << i;
  }
}

TEST(Ascii, EqualsIgnoreCase) {
  EXPECT_TRUE(EqualsIgnoreCase("", ""));
  EXPECT_TRUE(EqualsIgnoreCase("DKIM-Signature", "dkim-sIGNATURE"));
  EXPECT_FALSE(EqualsIgnoreCase("From", "From "));
  EXPECT_FALSE(EqualsIgnoreCase("From", "Fro"));
  // Octets 32 apart that are no letters, and letters beyond ASCII.
  EXPECT_FALSE(EqualsIgnoreCase("@[", "`{"));
  EXPECT_FALSE(EqualsIgnoreCase("\xC4", "\xE4"));
  EXPECT_FALSE(EqualsIgnoreCase(std::string_view("a\0b", 3),
                                std::string_view("a\0c", 3)));
}

// Every octet against every other, at each place of texts of each size.
TEST(Ascii, EqualsIgnoreCaseAsOctetByOctet) {
  for (size_t size = 1; size <= 9; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string a(size, 'm'), b(size, 'M');
      for (int i = 0; i < 256; ++i) {
        a[at] = static_cast<char>(i);
        for (int j = 0; j < 256; ++j) {
          b[at] = static_cast<char>(j);
          ASSERT_EQ(EqualsIgnoreCase(a, b), ToLower(a[at]) == ToLower(b[at]))
              << size << " " << at << " " << i << " " << j;
        }
      }
    }
  }
}

TEST(Ascii, StartsWithIgnoreCase) {
  EXPECT_TRUE(StartsWithIgnoreCase("Content-Length: 5", "content-length"));
  EXPECT_TRUE(StartsWithIgnoreCase("x", ""));
  EXPECT_FALSE(StartsWithIgnoreCase("Content", "content-length"));
}

TEST(Ascii, AsciiLowerLeavesOtherOctets) {
  EXPECT_EQ(AsciiLower("ABC-xyz_09@[\xC4"), "abc-xyz_09@[\xC4");
}

TEST(Ascii, TrimFws) {
  EXPECT_EQ(TrimFws(" \t\r\n a b \r\n"), "a b");
  EXPECT_EQ(TrimFws(" \t\r\n"), "");
  EXPECT_EQ(TrimFws("\va\f"), "\va\f");
}

}  // namespace
}  // namespace mailassay
