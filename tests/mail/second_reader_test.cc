#include "lib/mail/second_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "lib/base/ascii.h"
#include "lib/mail/address.h"

namespace mailassay::mail {
namespace {

using Domains = std::vector<std::string>;

struct Case {
  std::string_view text;
  Domains domains;
};

TEST(SecondReader, Reads) {
  for (const auto& [text, domains] : std::initializer_list<Case>{
           {"", {}},
           {"a@b.com", {"b.com"}},
           {" Bob <a@B.Com> \r\n", {"b.com"}},
           {"=?utf-8?q?x?=\r\n\t<a@b.com>", {"b.com"}},
           {"a@d.com, c@b.com,e@B.COM", {"b.com", "d.com"}},
           {"g: a@b.com, c@d.com;", {"b.com", "d.com"}},
           {"undisclosed:;", {}},
           {"a@\r\n b.com", {"b.com"}},
           {"bob", {}},
       }) {
    const auto read = SecondReadingDomains(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, domains) << text;
  }
}

// mimetic 0.9.8 as it is: if another version reads these otherwise, what
// kFromAmbiguous means has changed.
TEST(SecondReader, MisreadsLikeMimetic) {
  for (const auto& [text, domains] : std::initializer_list<Case>{
           {"<@r.com,@s.com:a@b.com>", {"b.com", "r.com"}},
           {"<a@b.com> <c@d.com>", {"d.com"}},
           {"a@b@c.com", {"c.com"}},
           {"Bob <a@b.com> (c)", {"b.com>"}},
           {"a@b.com (x, y)", {"b.com (x"}},
       }) {
    const auto read = SecondReadingDomains(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, domains) << text;
  }
}

// A group that nothing closes loses its last octet.
TEST(SecondReader, NamesNoDomainThatDoesNotStandThere) {
  for (const auto& [text, domains] : std::initializer_list<Case>{
           {"mailto:a@b.com", {}},
           {"Undisclosed: a@B.Com", {}},
           {"g: a@sub.b.com, b.co <c@sub.b.com>", {"sub.b.com"}},
           {"g: a@d.com, c@b.com", {"d.com"}},
           {"mailto:a@b.com (b.co)", {"b.com (b.co"}},
       }) {
    const auto read = SecondReadingDomains(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, domains) << text;
  }
}

TEST(SecondReader, GivesUp) {
  EXPECT_EQ(SecondReadingDomains("p: x@y.z,"), std::nullopt);  // throws
  EXPECT_EQ(SecondReadingDomains("g:"), std::nullopt);
}

TEST(SecondReader, Bounds) {
  const std::string long_name(kSecondReaderMaxOctets - 7, 'x');
  EXPECT_TRUE(SecondReadingDomains(long_name + "a@b.com"));
  EXPECT_FALSE(SecondReadingDomains(long_name + "xa@b.com"));
  std::string list(kSecondReaderMaxDelimiters, ',');
  EXPECT_TRUE(SecondReadingDomains(list));
  EXPECT_FALSE(SecondReadingDomains(list + ":"));
  // Size alone refuses what would cost 50 ms and 56 MB.
  for (char c : std::string_view("(<,:\"@; >)\\")) {
    EXPECT_FALSE(SecondReadingDomains(std::string(1 << 20, c)));
  }
}

// Anything within the bounds returns; memory errors are the sanitizers' part.
TEST(SecondReader, SurvivesStructure) {
  static constexpr std::string_view kPieces[] = {
      "a",    "@",      "<", ">",     ",",
      ";",    ":",      "(", ")",     "\"",
      "\\",   " ",      ".", "\r\n ", std::string_view("\0", 1),
      "\xFF", "a@b.com"};
  std::mt19937 random(822);
  for (int i = 0; i < 100000; ++i) {
    std::string text;
    const size_t pieces = random() % 24;
    for (size_t j = 0; j < pieces; ++j) {
      text += kPieces[random() % std::size(kPieces)];
    }
    if (const auto read = SecondReadingDomains(text)) {
      ASSERT_TRUE(std::is_sorted(read->begin(), read->end()));
      ASSERT_EQ(std::adjacent_find(read->begin(), read->end()), read->end());
      ASSERT_EQ(std::find(read->begin(), read->end(), ""), read->end());
    }
  }
  for (std::string_view pattern :
       {"(", "<", "\"", "@", "x ", "()a", ">", "\\"}) {
    std::string text;
    while (text.size() + pattern.size() <= kSecondReaderMaxOctets - 3) {
      text += pattern;
    }
    EXPECT_TRUE(SecondReadingDomains(text)) << pattern;
    EXPECT_TRUE(SecondReadingDomains("a@" + text)) << pattern;
    EXPECT_TRUE(SecondReadingDomains("<" + text + ">")) << pattern;
  }
}

// A list that any program could have written, with words from `random`.
std::string PlainList(std::mt19937& random, Domains* domains) {
  static constexpr std::string_view kNames[] = {"",
                                                "Bob ",
                                                "Bob Smith ",
                                                "\"Smith, Bob\" ",
                                                "\"Bob: x\" ",
                                                "=?utf-8?q?B=C3=B6b?= ",
                                                "\"x@y.example\" ",
                                                "=?utf-8?q?B?=\r\n\t"};
  static constexpr std::string_view kDomains[] = {
      "b.com", "Example.ORG", "mail.example.net", "xn--bcher-kva.example"};
  const size_t size = 1 + random() % 3;
  const bool group = random() % 4 == 0;
  std::string text = group ? "team: " : "";
  for (size_t i = 0; i < size; ++i) {
    const std::string_view domain = kDomains[random() % std::size(kDomains)];
    const std::string_view name = kNames[random() % std::size(kNames)];
    if (i > 0) text += random() % 2 == 0 ? ", " : ",\r\n ";
    if (name.empty() && random() % 2 == 0) {
      text.append("bob.smith@").append(domain);
    } else {
      text.append(name).append("<bob@").append(domain).append(">");
    }
    domains->push_back(AsciiLower(domain));
  }
  std::sort(domains->begin(), domains->end());
  domains->erase(std::unique(domains->begin(), domains->end()), domains->end());
  return group ? text + ";" : text;
}

TEST(SecondReader, AgreesOnPlainLists) {
  std::mt19937 random(5322);
  for (int i = 0; i < 20000; ++i) {
    Domains expected;
    const std::string text = PlainList(random, &expected);
    const AddressList list = ParseAddressList(text);
    ASSERT_TRUE(list.valid) << text;
    Domains ours;
    for (const Mailbox& m : list.mailboxes)
      ours.push_back(AsciiLower(m.domain));
    std::sort(ours.begin(), ours.end());
    ours.erase(std::unique(ours.begin(), ours.end()), ours.end());
    ASSERT_EQ(ours, expected) << text;
    const auto second = SecondReadingDomains(text);
    ASSERT_TRUE(second) << text;
    ASSERT_EQ(*second, expected) << text;
    const Author author = FindAuthor(ParseHeader("From: " + text, 10));
    ASSERT_FALSE(author.anomalies.Has(Anomaly::kFromAmbiguous)) << text;
    ASSERT_EQ(author.defect, expected.size() > 1 ? AuthorDefect::kMultiAuthor
                                                 : AuthorDefect::kNone)
        << text;
  }
}

}  // namespace
}  // namespace mailassay::mail
