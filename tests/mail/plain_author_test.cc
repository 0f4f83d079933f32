#include "lib/mail/plain_author.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>

#include "lib/base/concat.h"
#include "lib/mail/header.h"

namespace mailassay::mail {
namespace {

// What is read plainly must be what both parsers say.
bool ReadsAsFindAuthor(const std::string& value) {
  const std::optional<Author> plain = ReadPlainAuthor(value);
  if (!plain) return false;
  const Author author = FindAuthor(ParseHeader(Concat("From:", value), 100));
  EXPECT_EQ(plain->defect, author.defect) << value;
  EXPECT_EQ(plain->domain, author.domain) << value;
  EXPECT_EQ(plain->address, author.address) << value;
  EXPECT_EQ(plain->from_count, author.from_count) << value;
  EXPECT_EQ(plain->anomalies, author.anomalies) << value;
  return true;
}

TEST(PlainAuthor, OrdinaryFields) {
  for (const char* value : {
           " ann@example.com",
           "ann@Example.COM ",
           " <ann@example.com>",
           " Ann Other <ann.other+x=y@mail.example.com>",
           " \"Ann O. Other-Name\"  <a_b-c@example.com>",
           " \"\" <a@b.example>",
           "Ann<a@b>",
       }) {
    EXPECT_TRUE(ReadsAsFindAuthor(value)) << value;
  }
}

TEST(PlainAuthor, AllElseIsLeftToTheParsers) {
  for (const char* value : {
           "",
           " ",
           " ann",
           " ann@",
           " @example.com",
           " ann@example.com, bob@example.com",
           " ann@example.com>",
           " <ann@example.com",
           " <ann@example.com> x",
           " Ann (x) <ann@example.com>",
           " Ann\n <ann@example.com>",
           " Ann\r\n\t<ann@example.com>",
           " ann@example.com\r",
           " J. Doe <ann@example.com>",  // obs-phrase
           " \"A\\\"\" <ann@example.com>",
           " \"A\" B <ann@example.com>",
           " \"A\" \"B\" <ann@example.com>",
           " \" <ann@example.com>",
           " a@b <ann@example.com>",
           " A < ann@example.com>",
           " A <ann@example.com >",
           " A <<ann@example.com>>",
           " A <ann@@example.com>",
           " .ann@example.com",
           " an..n@example.com",
           " ann.@example.com",
           " ann@example..com",
           " ann@-example.com",
           " ann@[192.0.2.1]",
           " ann@ex\xC3\xA4mple.com",
           " \xC3\x84nn <ann@example.com>",
           " Group: ann@example.com;",
       }) {
    EXPECT_FALSE(ReadPlainAuthor(value)) << value;
  }
  EXPECT_FALSE(ReadPlainAuthor(std::string_view("A\0 <ann@example.com>", 20)));
}

TEST(PlainAuthor, RandomFieldsAsTheParsersReadThem) {
  const std::string_view kPieces[] = {
      "a",  "B1", " ", ".",  "-",   "_",    "\"", "<",   ">",    "@", "a@b.c",
      "\t", ",",  "(", "=?", "<a@", "b.c>", ":",  "\n ", "\\\"", "+", ";"};
  std::mt19937 random(1);
  int plain = 0;
  for (int i = 0; i < 2'000'000; ++i) {
    std::string value;
    for (size_t n = 1 + random() % 7; n > 0; --n) {
      value += kPieces[random() % std::size(kPieces)];
    }
    plain += ReadsAsFindAuthor(value) ? 1 : 0;
  }
  EXPECT_GT(plain, 20'000);
}

}  // namespace
}  // namespace mailassay::mail
