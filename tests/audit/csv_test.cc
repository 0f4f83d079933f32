#include "lib/audit/csv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <random>

#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

std::string Field(std::string_view text, bool raw = false) {
  std::string out;
  CsvWriter(&out, {.raw = raw}).Text(text);
  return out;
}

TEST(Csv, PlainTextStaysAsItIs) {
  for (const char* text : {"", "a", "alice@example.com", "a b", "a;b", "'x'",
                           "a=b", "x-y+z", "back\\slash"}) {
    EXPECT_EQ(Field(text), text);
  }
}

// Case O1: OWASP's list of characters that start a formula.
TEST(Csv, NoFieldStartsAFormula) {
  struct Case {
    const char *in, *out;
  };
  for (auto [in, out] : {
           Case{"=1+1", "'=1+1"},
           Case{"+1", "'+1"},
           Case{"-1", "'-1"},
           Case{"@SUM(A1)", "'@SUM(A1)"},
           Case{"\t=1", "'\\x09=1"},
           Case{"\r=1", "'\\x0D=1"},
           Case{"\n=1", "'\\x0A=1"},
           Case{"  =1", "'  =1"},
           Case{"\xC2\xA0=1", "'\xC2\xA0=1"},  // no-break space
           Case{" \xC2\xA0 -1", "' \xC2\xA0 -1"},
           Case{"\xEF\xBC\x9D"
                "1",
                "'\xEF\xBC\x9D"
                "1"},  // full-width =
           Case{"\xEF\xBC\x8B"
                "1",
                "'\xEF\xBC\x8B"
                "1"},  // full-width +
           Case{"\xEF\xBC\x8D"
                "1",
                "'\xEF\xBC\x8D"
                "1"},  // full-width -
           Case{"\xEF\xBC\xA0"
                "1",
                "'\xEF\xBC\xA0"
                "1"},  // full-width @
           Case{"=a,b", "\"'=a,b\""},
       }) {
    std::string expected = out;
    std::string got = Field(in);
    // Hex digits may be of either case.
    for (auto* s : {&expected, &got}) {
      std::transform(s->begin(), s->end(), s->begin(), ::tolower);
    }
    EXPECT_EQ(got, expected) << in;
  }
  EXPECT_EQ(Field("=1+1", /*raw=*/true), "=1+1");  // --raw-csv
  EXPECT_EQ(Field("  x"), "  x");
}

// Cases O2, O3.
TEST(Csv, QuotesAndEscapes) {
  EXPECT_EQ(Field("a,b"), "\"a,b\"");
  EXPECT_EQ(Field("say \"hi\""), "\"say \"\"hi\"\"\"");
  EXPECT_EQ(Field("\xC3\xA9"), "\xC3\xA9");
  for (std::string_view hostile :
       {std::string_view("a\nb"), std::string_view("a\r\nb"),
        std::string_view("a\0b", 3), std::string_view("\x1b[2J"),
        std::string_view("\x1b]0;title\x07"),
        std::string_view("\xC2\x9B"
                         "2J"),
        std::string_view("\x9b"),
        std::string_view("\xE2\x80\xAE"
                         "gnp"),
        std::string_view("\xE2\x80\x8B"), std::string_view("\xFF\xFE"),
        std::string_view("\xED\xA0\x80"), std::string_view("\xC0\xAF")}) {
    const std::string field = Field(hostile, /*raw=*/true);
    EXPECT_TRUE(IsSafe(field)) << field;
    EXPECT_EQ(field.find_first_of("\r\n"), std::string::npos);
    EXPECT_NE(field.find('\\'), std::string::npos) << field;
  }
}

TEST(Csv, LongFieldsAreCutWithLengthAndHash) {
  const std::string whole(4096, 'a');
  EXPECT_EQ(Field(whole), whole);
  const std::string longer(1 << 20, 'a');
  const std::string field = Field(longer);
  // sha256sum of 1,048,576 times "a".
  const std::string tail =
      "...[1048576,"
      "9bc1b2a288b26af7257a36277ae3816a7d4f16e89c1e7e77d0a5c48bad62b360]";
  EXPECT_EQ(field.size(), 4098u);  // quoted for the comma before the hash
  EXPECT_EQ(ReadCsv(field + "\r\n")[0][0].size(), 4096u);
  EXPECT_EQ(ReadCsv(field + "\r\n")[0][0].substr(4096 - tail.size()), tail);
}

TEST(Csv, FieldsThatGrowByEscapingAreCutToo) {
  for (const std::string_view unit : {"\x01", "\xC3\xA9", "\xF0\x9F\x98\x80",
                                      "\xFF", "\xE2\x80\xAE", "\"", "=\t"}) {
    for (size_t n : {1000u, 1023u, 1024u, 1365u, 1366u, 2048u, 4095u, 5000u}) {
      std::string text;
      for (size_t i = 0; i < n; ++i) text += unit;
      const auto records = ReadCsv(Field(text) + "\r\n");
      ASSERT_EQ(records.size(), 1u);
      ASSERT_EQ(records[0].size(), 1u);
      EXPECT_LE(records[0][0].size(), 4096u);
      EXPECT_TRUE(IsSafe(records[0][0]));
    }
  }
}

TEST(Csv, RowsOfAllKinds) {
  std::string out;
  CsvWriter csv(&out, {});
  csv.Text("a").Word("b").Number(uint64_t{18446744073709551615u});
  csv.Number(std::nullopt).Signed(-1).Signed(std::nullopt).Bool(true);
  csv.Bool(false).Time(0).Time(std::nullopt).EndRow();
  csv.Word("").Word("").EndRow();
  EXPECT_EQ(out,
            "a,b,18446744073709551615,,-1,,true,false,1970-01-01T00:00:00Z,"
            "\r\n,\r\n");
}

// Case O2: any bytes give one record with as many fields as were written.
TEST(Csv, RandomBytesReadBack) {
  std::mt19937 random(1);
  constexpr std::string_view kAlphabet("a\",\r\n=+ \0\x1b\xC3\xA9\xE2\x80\xAE",
                                       15);
  for (int i = 0; i < 5000; ++i) {
    std::string out;
    CsvWriter csv(&out, {});
    for (int f = 0; f < 3; ++f) {
      std::string text;
      for (auto n = random() % 9; n > 0; --n) {
        text += kAlphabet[random() % kAlphabet.size()];
      }
      csv.Text(text);
    }
    csv.EndRow();
    const auto records = ReadCsv(out);
    ASSERT_EQ(records.size(), 1u) << out;
    ASSERT_EQ(records[0].size(), 3u) << out;
    ASSERT_TRUE(IsSafe(out)) << out;
    for (const std::string& field : records[0]) {
      ASSERT_TRUE(field.empty() || field[0] != '=') << out;
    }
  }
}

}  // namespace
}  // namespace mailassay::audit
