#include "lib/mail/fixed_date.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "lib/mail/date.h"

namespace mailassay::mail {
namespace {

// The reader of every form of RFC 5322, which the comment leads to.
std::optional<int64_t> ReadByGrammar(const std::string& text) {
  const std::optional<FieldDate> date = ParseDate("(x)" + text);
  if (!date || !date->has_zone) return std::nullopt;
  return date->seconds;
}

std::optional<int64_t> ReadFromLine(const std::string& text) {
  const std::optional<FromLineDate> date = ParseFromLineDate(text);
  if (!date || !date->certain || date->has_zone) return std::nullopt;
  return date->seconds;
}

// Octets that dates are made of, and some that end them.
char AnyOctet(std::mt19937& random) {
  constexpr std::string_view kOctets = "0123456789:+-,;() \t\r\nJanFebMonZ";
  return kOctets[random() % kOctets.size()];
}

TEST(FixedDate, FieldDateIsReadAtItsPlaces) {
  constexpr std::string_view kDates[] = {
      "Thu, 01 Jan 1970 00:00:00 +0000",
      " Thu,  1 Jan 1970 00:00:00 +0000",
      "Thu, 1 Jan 1970 00:00:00 +0000 (UTC)\r\n",
      "\r\n\tthu, 01 JAN 1970 01:30:00 +0130",
      "Wed, 31 Dec 1969 16:00:00 -0800 (PST)",
  };
  for (const std::string_view date : kDates) {
    // Two blanks before the day are for the grammar.
    if (date.find(",  ") != date.npos) {
      EXPECT_EQ(ReadFieldDate(date), std::nullopt) << date;
      EXPECT_EQ(ParseDate(date)->seconds, 0) << date;
    } else {
      EXPECT_EQ(ReadFieldDate(date), 0) << date;
    }
  }
}

TEST(FixedDate, OtherFormsAreLeftToTheGrammar) {
  for (const std::string_view text :
       {"", "Thu", "Thu, ", "Thu, 01 Jan 1970 00:00:00",
        "1 Jan 1970 00:00:00 +0000", "Thu, 01 Jan 1970 00:00 +0000",
        "Thu, 01 Jan 70 00:00:00 +0000", "Thu, 01 Jan 1899 00:00:00 +0000",
        "Thu, 01 Jan 1970 00:00:00 +0060", "Thu, 01 Jan 1970 00:00:00 GMT",
        "Thu, 32 Jan 1970 00:00:00 +0000", "Thu, 01 Jax 1970 00:00:00 +0000",
        "Thx, 01 Jan 1970 00:00:00 +0000", "Thu, 01 Jan 1970 24:00:00 +0000",
        "Thu, 01 Jan 1970 00:00:00 +0000 (a(b)",
        "Thu, 01 Jan 1970 00:00:00 +00000",
        "Thu, 01 Jan 1970 00:00:00 +0000 for x"}) {
    EXPECT_EQ(ReadFieldDate(text), std::nullopt) << text;
  }
}

TEST(FixedDate, BothReadersOfAFieldAgree) {
  std::mt19937 random(1);
  int read = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text = i % 2 == 0 ? "Tue, 14 Nov 2023 22:14:10 +0100 (CET)"
                                  : "Sat, 9 Feb 1907 23:59:60 -0930";
    for (size_t n = 1 + random() % 2; n > 0; --n) {
      text[random() % text.size()] = AnyOctet(random);
    }
    const std::optional<int64_t> fixed = ReadFieldDate(text);
    if (!fixed) continue;
    ++read;
    ASSERT_EQ(fixed, ReadByGrammar(text)) << text;
  }
  EXPECT_GT(read, 10000);
}

TEST(FixedDate, BothReadersOfAFromLineAgree) {
  std::mt19937 random(2);
  int read = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text =
        i % 2 == 0 ? "Tue Nov 14 22:14:10 2023" : "Sat Feb  9 23:59:60 1977";
    for (size_t n = 1 + random() % 2; n > 0; --n) {
      text[random() % text.size()] = AnyOctet(random);
    }
    const std::optional<int64_t> fixed = ReadAsctime(text);
    if (!fixed) continue;
    ++read;
    ASSERT_EQ(fixed, ReadFromLine(text)) << text;
  }
  EXPECT_GT(read, 10000);
}

}  // namespace
}  // namespace mailassay::mail
