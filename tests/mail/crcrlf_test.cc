#include "lib/mail/crcrlf.h"

#include <gtest/gtest.h>

#include <string>

namespace mailassay::mail {
namespace {

TEST(CrCrLf, TheFirstLineTells) {
  EXPECT_TRUE(EndsLinesInCrCrLf("From: a\r\r\nTo: b\n"));
  EXPECT_TRUE(EndsLinesInCrCrLf("\r\r\n"));
  for (const char* text :
       {"", "\n", "\r\n", "a\r\n", "a\r\r", "a\r\nb\r\r\n", "a\r \r\n"}) {
    EXPECT_FALSE(EndsLinesInCrCrLf(text)) << text;
  }
}

TEST(CrCrLf, EndOfTheHeader) {
  EXPECT_EQ(FindCrCrLfHeaderEnd("a\r\r\nb\r\r\n\r\r\nbody"), 11u);
  EXPECT_EQ(FindCrCrLfHeaderEnd("\r\r\nbody"), 3u);
  EXPECT_EQ(FindCrCrLfHeaderEnd("a\r\r\nb\r\r\n"), std::nullopt);
  EXPECT_EQ(FindCrCrLfHeaderEnd("a\r\n\r\nbody"), std::nullopt);
}

TEST(CrCrLf, ReadInAnySplit) {
  const std::string text =
      "a\r\r\nb\r\n\r\r\r\nc\n\r\rd\r\r\r\r\n\r\r\n\r\n\r\r";
  const std::string expected = "a\r\nb\r\n\r\r\nc\n\r\rd\r\r\r\n\r\n\r\n\r\r";
  EXPECT_EQ(ReadCrCrLf(text), expected);
  for (size_t at = 0; at <= text.size(); ++at) {
    for (size_t to = at; to <= text.size(); ++to) {
      CrCrLfReader reader;
      std::string read;
      reader.Feed(std::string_view(text).substr(0, at), &read);
      reader.Feed(std::string_view(text).substr(at, to - at), &read);
      reader.Feed(std::string_view(text).substr(to), &read);
      reader.Finish(&read);
      EXPECT_EQ(read, expected);
    }
  }
}

}  // namespace
}  // namespace mailassay::mail
