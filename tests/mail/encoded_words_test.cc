#include "lib/mail/encoded_words.h"

#include <gtest/gtest.h>

#include <string>

namespace mailassay::mail {
namespace {

struct Case {
  std::string_view text, decoded;
};

// RFC 2047 8 and what mail has beside it.
TEST(EncodedWords, Decodes) {
  for (const Case& c : {
           Case{"", ""},
           Case{"plain", "plain"},
           Case{"=?ISO-8859-1?Q?a?=", "a"},
           Case{"=?ISO-8859-1?Q?a?= b", "a b"},
           Case{"=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"},
           Case{"=?ISO-8859-1?Q?a?=  \r\n =?utf-8?b?Yg==?=", "ab"},
           Case{"=?ISO-8859-1?Q?a_b?=", "a b"},
           Case{"=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"},
           Case{"=?utf-8?q?=C3=BC?=", "\xC3\xBC"},
           Case{"=?utf-8*en?q?a=40b?=", "a@b"},
           Case{"=?UTF-8?B?YUBi?= <a@b>", "a@b <a@b>"},
           Case{"=?UTF-8?B?YUBi", "=?UTF-8?B?YUBi"},
           Case{"=?UTF-8?Q?a b?=", "a b"},
           // What is none stays.
           Case{"=?", "=?"},
           Case{"a =? b", "a =? b"},
           Case{"=?utf-8?X?a?=", "=?utf-8?X?a?="},
           Case{"=?utf-8?B?!!!?=", "=?utf-8?B?!!!?="},
           Case{"=?utf-8??a?=", "=?utf-8??a?="},
           Case{"=?=?utf-8?q?a?=", "=?a"},
       }) {
    EXPECT_EQ(DecodeWords(c.text), c.decoded) << c.text;
  }
}

TEST(EncodedWords, Edges) {
  EXPECT_EQ(DecodeWords("x=?utf-8?q?a?=y", "|"), "x|a|y");
  EXPECT_EQ(DecodeWords("=?utf-8?q?a?= =?utf-8?q?b?= c", "|"), "|ab| c");
  EXPECT_EQ(DecodeWords("=?utf-8?q?a?= c =?utf-8?q?b?=", "|"), "|a| c |b|");
}

TEST(EncodedWords, CharsetsThatHideAscii) {
  for (const std::string_view charset :
       {"utf-7", "utf-16", "UTF-16LE", "ucs-2", "x-unknown", "iso-2022-jp"}) {
    const std::string text = "=?" + std::string(charset) + "?q?a?=";
    EXPECT_EQ(DecodeWords(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace mailassay::mail
