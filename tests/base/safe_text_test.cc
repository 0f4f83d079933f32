#include "lib/base/safe_text.h"

#include <gtest/gtest.h>

#include <random>

namespace mailassay {
namespace {

using std::string_literals::operator""s;

struct Case {
  std::string text, shown;
};

TEST(SafeText, LeavesTextAlone) {
  for (const std::string& text :
       {""s, "plain text ~ \\ \" ' <b>"s, "\xC3\xBC"s, "\xE4\xBE\x8B"s,
        "\xF0\x9F\x92\xA9"s, "\xC2\xA0"s, "\xEE\x80\x80"s, "\xEF\xBF\xBD"s,
        "\xF4\x8F\xBF\xBF"s, "\xED\x9F\xBF"s, "\xE0\xA0\x80"s,
        "\xF0\x90\x80\x80"s}) {
    EXPECT_EQ(SafeText(text), text);
  }
}

TEST(SafeText, Controls) {
  for (const Case& c : {
           Case{"\0"s, "\\x00"},
           Case{"a\tb\r\n", "a\\x09b\\x0D\\x0A"},
           Case{"\x1B[2J\x1B]0;x\x07", "\\x1B[2J\\x1B]0;x\\x07"},
           Case{"\x7F", "\\x7F"},
           Case{"\xC2\x80\xC2\x9B\xC2\x9F", "\\xC2\\x80\\xC2\\x9B\\xC2\\x9F"},
       }) {
    EXPECT_EQ(SafeText(c.text), c.shown);
  }
}

// Unicode table 3-7: every octet that is part of no well-formed sequence.
TEST(SafeText, NotUtf8) {
  for (const Case& c : {
           Case{"\x80", "\\x80"},
           Case{"\xC3", "\\xC3"},
           Case{"\xC3(", "\\xC3("},
           Case{"\xC0\x80", "\\xC0\\x80"},  // overlong
           Case{"\xC1\xBF", "\\xC1\\xBF"},
           Case{"\xE0\x9F\xBF", "\\xE0\\x9F\\xBF"},
           Case{"\xF0\x8F\xBF\xBF", "\\xF0\\x8F\\xBF\\xBF"},
           Case{"\xED\xA0\x80", "\\xED\\xA0\\x80"},  // surrogates
           Case{"\xED\xBF\xBF", "\\xED\\xBF\\xBF"},
           Case{"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},  // > U+10FFFF
           Case{"\xF5\x80\x80\x80", "\\xF5\\x80\\x80\\x80"},
           Case{"\xFE\xFF", "\\xFE\\xFF"},
           Case{"\xE4\xBE", "\\xE4\\xBE"},  // cut
           Case{"\xF0\x9F\x92", "\\xF0\\x9F\\x92"},
           Case{"\xE4\xC3\xBC", "\\xE4\xC3\xBC"},
           Case{"\xF0\x9F\x92\x1B", "\\xF0\\x9F\\x92\\x1B"},
       }) {
    EXPECT_EQ(SafeText(c.text), c.shown);
  }
}

std::string Utf8(uint32_t c) {
  auto octet = [](uint32_t v) { return static_cast<char>(v); };
  if (c < 0x80) return {octet(c)};
  if (c < 0x800) return {octet(0xC0 | c >> 6), octet(0x80 | (c & 63))};
  if (c < 0x10000) {
    return {octet(0xE0 | c >> 12), octet(0x80 | (c >> 6 & 63)),
            octet(0x80 | (c & 63))};
  }
  return {octet(0xF0 | c >> 18), octet(0x80 | (c >> 12 & 63)),
          octet(0x80 | (c >> 6 & 63)), octet(0x80 | (c & 63))};
}

TEST(SafeText, CharactersThatActUnseen) {
  for (const auto& [first, last] : std::vector<std::pair<uint32_t, uint32_t>>{
           {0xAD, 0xAD},
           {0x61C, 0x61C},
           {0x180E, 0x180E},
           {0x200B, 0x200F},
           {0x2028, 0x202E},
           {0x2060, 0x2064},
           {0x2066, 0x206F},
           {0xFEFF, 0xFEFF},
           {0xFFF9, 0xFFFB},
       }) {
    for (uint32_t c = first; c <= last; ++c) {
      char expected[16];
      snprintf(expected, sizeof expected, "\\u{%04X}", c);
      EXPECT_EQ(SafeText(Utf8(c)), expected);
    }
    EXPECT_EQ(SafeText(Utf8(last + 1)), Utf8(last + 1));
  }
  EXPECT_EQ(SafeText(Utf8(0xE0041)), "\\u{E0041}");
  EXPECT_EQ(SafeText(Utf8(0xE007F)), "\\u{E007F}");
  EXPECT_EQ(SafeText(Utf8(0x10FFFD)), Utf8(0x10FFFD));
}

TEST(SafeText, AllCodePointsComeBackOrAreEscaped) {
  for (uint32_t c = 0; c <= 0x10FFFF; ++c) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    const std::string shown = SafeText(Utf8(c));
    ASSERT_TRUE(shown == Utf8(c) || shown.starts_with("\\x") ||
                shown.starts_with("\\u{"))
        << c;
  }
}

// What is safe stays as it is: so the result of any octets is safe.
TEST(SafeText, IsIdempotentOnRandomOctets) {
  std::mt19937 random(2);
  for (int n = 0; n < 20000; ++n) {
    std::string text(random() % 12, '\0');
    for (char& c : text) {
      static constexpr uint8_t kOften[] = {0xC2, 0xE2, 0x80, 0x8B, 0xEF, 0xBB,
                                           0xBF, 0xF3, 0xA0, 'a',  0x1B, 0xAE};
      c = static_cast<char>(random() % 4 == 0 ? random() % 256
                                              : kOften[random() % 12]);
    }
    const std::string shown = SafeText(text);
    EXPECT_EQ(SafeText(shown), shown);
    EXPECT_EQ(SafeText(text, 1000), shown);
    EXPECT_LE(SafeText(text, 5).size(), 20u);
  }
}

TEST(SafeText, CutToColumns) {
  struct Cut {
    std::string text;
    size_t columns;
    std::string shown;
  };
  for (const Cut& c : {
           Cut{"abcdef", 6, "abcdef"},
           Cut{"abcdefg", 6, "abc..."},
           Cut{"\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 5,
               "\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC"},
           Cut{"\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC\xC3\xBC", 4, "\xC3\xBC..."},
           Cut{"a\x1B"
               "bcdef",
               6, "a..."},  // no escape is split
           Cut{"ab\x1B", 6, "ab\\x1B"},
           Cut{"ab\x1B"
               "c",
               6, "ab..."},
           Cut{"abc", 2, ".."},
           Cut{"abc", 0, ""},
           Cut{"", 0, ""},
           Cut{"ab", 2, "ab"},
           Cut{std::string(1 << 20, 'a'), 5, "aa..."},
       }) {
    EXPECT_EQ(SafeText(c.text, c.columns), c.shown);
  }
}

}  // namespace
}  // namespace mailassay
