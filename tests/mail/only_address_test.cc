#include "lib/mail/only_address.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace mailassay::mail {
namespace {

using namespace std::literals;

std::string Find(std::string_view text) {
  const std::optional<Mailbox> found = FindOnlyAddress(text);
  return found ? found->local_part + "@" + found->domain : "";
}

// Forms that mail has, each with one address that every reader takes.
TEST(OnlyAddress, OfInvalidFields) {
  for (const std::string_view text : {
           "j@example.com <j@example.com>"sv,
           "J@Example.com <j@example.com>"sv,
           "'j@example.com' <j@example.com>"sv,
           "'j@example.com'"sv,
           "`j@example.com`"sv,
           "Doe, J <j@example.com>"sv,
           "Doe, J. (Sales, <j@example.com>"sv,
           "[EXT] J <j@example.com>"sv,
           "[j@example.com] <j@example.com>"sv,
           "J: Work <j@example.com>"sv,
           "J; Work <j@example.com>"sv,
           "J) Work <j@example.com>"sv,
           "J @ Work <j@example.com>"sv,
           "@J <j@example.com>"sv,
           "J@ <j@example.com>"sv,
           "J \\ Work <j@example.com>"sv,
           "J \" Work <j@example.com>"sv,
           "J j@example.com"sv,
           "J <j@example.com"sv,
           "J j@example.com>"sv,
           "J <<j@example.com>>"sv,
           "<J> <j@example.com>"sv,
           "J <j@example.com>;"sv,
           "j@example.com;"sv,
           "j@example.com, J"sv,
           "j@example.com (J"sv,
           "\"J\" <j@example.com> \"K\""sv,
           "J <mailto:j@example.com>"sv,
           "J <j@example.com.>"sv,
           "j@example.com."sv,
           "J <j @ example.com> K"sv,
           "J,\r\n\t<j@example.com>"sv,
           "\xE2\x80\x9C"
           "Doe, J\xE2\x80\x9D <j@example.com>"sv,
           "\xE2\x80\x9Cj@example.com\xE2\x80\x9D <j@example.com>"sv,
           "<\xE2\x80\x98j@example.com\xE2\x80\x99>"sv,
           "J, <\xC2\xA0j@example.com\xE2\x80\x8B>"sv,
           "D\xF6"
           "e, J <j@example.com>"sv,
           "=?utf-8?Q?J?= <=?utf-8?Q?j=40example.com?=>"sv,
           "=?utf-8?Q?J_<j=40example.com>?="sv,
           "=?utf-8?B?SiA8akBleGFtcGxlLmNvbT4=?="sv,
           "=?utf-8?Q?j@example.com?= <j@example.com>"sv,
           "=?utf-8?Q?Doe, J?= <j@example.com>"sv,
       }) {
    EXPECT_EQ(Find(text), "j@example.com") << text;
  }
  EXPECT_EQ(Find("J <j..d@example.com>"), "j..d@example.com");
  EXPECT_EQ(Find("J <.j.@example.com>"), ".j.@example.com");
  EXPECT_EQ(Find("Doe, J <j@b\xC3\xBC"
                 "cher.example>"),
            "j@b\xC3\xBC"
            "cher.example");
  EXPECT_EQ(Find("Doe, J <j@localhost>"), "j@localhost");
}

// A reader might take something else: another address, a longer domain, a local
// part that is quoted, an address literal, a route.
TEST(OnlyAddress, RefusesWhatCanBeReadTwice) {
  for (const std::string_view text : {
           ""sv,
           "J"sv,
           "J <>"sv,
           "<@example.com>"sv,
           "<j@>"sv,
           "J <j@evil.example> K <j@example.com>"sv,
           "j@evil.example <j@example.com>"sv,
           "j@mail.example.com <j@example.com>"sv,
           "k@example.com <j@example.com>"sv,
           "Doe, J <j@example.com>, Roe, K <k@example.com>"sv,
           "\"k@evil.example\", J <j@example.com>"sv,
           "Doe, J <j@example.com> (k@evil.example)"sv,
           "k @ evil.example <j@example.com>"sv,
           "K @evil.example, J <j@example.com>"sv,
           "k@work <j@example.com>"sv,
           "j@evil.example@example.com"sv,
           "<j@example.com>@evil.example"sv,
           "j%evil.example@example.com@x"sv,
           "Doe, J <j@example.com .evil.example>"sv,
           "Doe, J <j@example.com(x).evil.example>"sv,
           "Doe, J <j@example.com (x) .evil.example>"sv,
           "Doe, J <j@example.com (x)@evil.example>"sv,
           "J, <@evil.example:j@example.com>"sv,
           "J, <\"j\"@example.com>"sv,
           "J, <j\\@evil.example@example.com>"sv,
           "J, <j@[192.0.2.1]>"sv,
           "j@[192.0.2.1] <j@example.com>"sv,
           "J, <j@example.com/x>"sv,
           "J, <j@example.com?subject=x>"sv,
           "J, <j@example.com=x>"sv,
           "J, <j@-example.com>"sv,
           "J, <j@exa..mple.com>"sv,
           "J, <j@.example.com>"sv,
           "J, <j@example\xE3\x80\x82"
           "com>"sv,
           "J, <j@example.com\xE2\x80\x9D.evil.example>"sv,
           // The one that stands in the brackets is no address.
           "j@example.com <J>"sv,
           "\"j@example.com\" <>"sv,
           "\"j@example.com\" <MAILER-DAEMON>"sv,
           // Control characters end a text, or a line, for some readers.
           "J, <j@example.com>\0"sv,
           "J, <j@example.com\0.evil.example>"sv,
           "J, \r<j@example.com>"sv,
           "J,\r\n<j@example.com>"sv,
           "J, <j@example.com>\x7f"sv,
           "J, =?utf-8?q?=0D=0A?= <j@example.com>"sv,
           // An encoded word that holds half an address, or another one.
           "j@=?utf-8?q?example=2Ecom?="sv,
           "=?utf-8?q?j?=@example.com"sv,
           "=?utf-8?q?k=40evil=2Eexample?=, J <j@example.com>"sv,
           "=?utf-7?q?k+AEA-evil.example?=, J <j@example.com>"sv,
       }) {
    EXPECT_EQ(Find(text), "") << text;
  }
  EXPECT_EQ(
      Find("J, <j@example.com>" + std::string(kOnlyAddressMaxOctets, ' ')), "");
}

TEST(OnlyAddress, LooksAtSoManyAtSigns) {
  for (const std::string_view piece : {"a@b.cc;", "a@b.cc(", "<a@b.cc> "}) {
    std::string text;
    for (size_t i = 0; i < kOnlyAddressMaxAtSigns; ++i) text += piece;
    EXPECT_EQ(Find(text), "a@b.cc") << piece;
    EXPECT_EQ(Find(text + std::string(piece)), "") << piece;
    while (text.size() + piece.size() <= kOnlyAddressMaxOctets) text += piece;
    EXPECT_EQ(Find(text), "") << piece;
  }
}

// The bracket that counts is the last before the "@", whatever came before it.
TEST(OnlyAddress, InAngles) {
  EXPECT_EQ(Find("<J> a@b.cc, <a@b.cc>"), "a@b.cc");
  EXPECT_EQ(Find("<a@b.cc>, a@b.cc"), "a@b.cc");
  EXPECT_EQ(Find("a@b.cc, <J> a@b.cc"), "");
}

// Whatever stands round it, no other domain is found than one that follows an
// "@" of the text, and never one of two.
TEST(OnlyAddress, RandomTextsHoldOneDomain) {
  const std::vector<std::string> parts = {
      "a@b.com", "A@B.com",     "c@d.net",
      "@",       "<",           ">",
      "\"",      ",",           "(",
      ")",       " ",           "J",
      "b.com",   ".",           ":",
      ";",       "[",           "]",
      "'",       "\\",          "=?utf-8?q?c=40d.net?=",
      "\r\n ",   "\xE2\x80\x9D"};
  std::mt19937 random(3);
  int found = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (size_t n = random() % 7; n > 0; --n) {
      text += parts[random() % parts.size()];
    }
    const std::optional<Mailbox> only = FindOnlyAddress(text);
    if (!only) continue;
    ++found;
    const bool b =
        text.find("@b.com") != text.npos || text.find("@B.com") != text.npos;
    const bool d = text.find("d.net") != text.npos;
    EXPECT_FALSE(b && d) << text;
  }
  EXPECT_GT(found, 1000);
}

}  // namespace
}  // namespace mailassay::mail
