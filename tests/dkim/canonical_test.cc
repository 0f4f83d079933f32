#include "lib/dkim/canonical.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lib/dkim/canonical_field.h"
#include "lib/mail/header.h"
#include "tests/dkim/body_model.h"
#include "tests/dkim/short_texts.h"
#include "tests/reference/canonical_reference.h"

namespace mailassay::dkim {
namespace {

using ::testing::PrintToString;

constexpr auto kSimple = Canonicalization::kSimple;
constexpr auto kRelaxed = Canonicalization::kRelaxed;

struct StringSink final : BufferSink {
  std::string text;
  void Write(std::string_view canonical) override { text += canonical; }
};

std::string Canonical(Canonicalization algorithm, Reading reading,
                      const std::vector<std::string_view>& pieces) {
  StringSink sink;
  BodyCanonicalizer body(algorithm, reading);
  for (const std::string_view piece : pieces) body.Feed(piece, sink);
  body.Finish(sink);
  return sink.text;
}

std::vector<Reading> AllReadings() {
  return {{.lf_is_line_end = false, .unquote_from = false},
          {.lf_is_line_end = true, .unquote_from = false},
          {.lf_is_line_end = false, .unquote_from = true},
          {.lf_is_line_end = true, .unquote_from = true}};
}

std::vector<std::string_view> Octets(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (size_t i = 0; i < text.size(); ++i) pieces.push_back(text.substr(i, 1));
  return pieces;
}

TEST(Canonical, RelaxedBodyCases) {
  struct Case {
    std::string_view in, out;
  };
  for (const auto& [in, out] : {
           Case{"", ""},              // RFC 6376 3.4.4: stays empty
           Case{"\r\n\r\n", ""},      // 3.4.4 b
           Case{" \t\r\n \r\n", ""},  // 3.4.4 a, then b
           Case{" ", ""},
           Case{" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n"},  // 3.4.5
           Case{"a\r\n \r\n", "a\r\n"},  // a line of blanks is an empty line
           Case{"a\r\n \r\nb", "a\r\n\r\nb\r\n"},
           Case{"a", "a\r\n"},  // 3.4.4 b: a last line without CRLF gets one
           Case{"a\r\n \t", "a\r\n"},
           Case{"a \rb", "a \rb\r\n"},  // H10: a bare CR is no line end
           Case{"a \r", "a \r\r\n"}, Case{"a\r\r\n", "a\r\r\n"},
           Case{"a \nb", "a \nb\r\n"},  // nor is LF alone, as it stands
           Case{"a\xff\xc0 \xed\xa0\x80", "a\xff\xc0 \xed\xa0\x80\r\n"},  // H25
       }) {
    EXPECT_EQ(Canonical(kRelaxed, {}, {in}), out) << PrintToString(in);
  }
}

TEST(Canonical, SimpleBodyCases) {
  struct Case {
    std::string_view in, out;
  };
  for (const auto& [in, out] : {
           Case{"", "\r\n"},  // RFC 6376 3.4.3: an empty body is one CRLF
           Case{"\r\n", "\r\n"},
           Case{"\r\n\r\n\r\n", "\r\n"},
           Case{" C \r\nD \t E\r\n\r\n\r\n", " C \r\nD \t E\r\n"},  // 3.4.5
           Case{"a", "a\r\n"},
           Case{" ", " \r\n"},
           Case{"a\r\n \r\n\r\n", "a\r\n \r\n"},  // blanks are text
           Case{"\r\na\r\n\r\n", "\r\na\r\n"},
           Case{"\r", "\r\r\n"},
           Case{"\n", "\n\r\n"},
       }) {
    EXPECT_EQ(Canonical(kSimple, {}, {in}), out) << PrintToString(in);
  }
}

TEST(Canonical, NulIsAnOctetLikeAnyOther) {  // H13
  const std::string body("a\0 \0\r\n\0", 7);
  EXPECT_EQ(Canonical(kRelaxed, {}, {body}),
            std::string("a\0 \0\r\n\0\r\n", 9));
  EXPECT_EQ(Canonical(kSimple, {}, {body}), std::string("a\0 \0\r\n\0\r\n", 9));
}

// H17, H18: all bodies of up to seven octets, whole.
TEST(Canonical, AllShortBodies) {
  for (const Canonicalization algorithm : {kSimple, kRelaxed}) {
    for (const bool lf : {false, true}) {
      const Reading reading{.lf_is_line_end = lf};
      ForAllTextsUpTo(7, [&](const std::string& body) {
        ASSERT_EQ(Canonical(algorithm, reading, {body}),
                  ModelBody(algorithm, reading, body))
            << PrintToString(body);
      });
    }
  }
}

// The same bodies in the middle of text, where the kernel meets them.
TEST(Canonical, AllShortBodiesWithinText) {
  const std::string before(40, 'x');
  const std::string after(70, 'y');
  for (const Canonicalization algorithm : {kSimple, kRelaxed}) {
    for (const bool lf : {false, true}) {
      const Reading reading{.lf_is_line_end = lf};
      ForAllTextsUpTo(5, [&](const std::string& middle) {
        const std::string body = before + middle + after;
        ASSERT_EQ(Canonical(algorithm, reading, {body}),
                  ModelBody(algorithm, reading, body))
            << PrintToString(body);
      });
    }
  }
}

// H19: every split in two, and octet by octet.
TEST(Canonical, SplitsChangeNothing) {
  for (const Canonicalization algorithm : {kSimple, kRelaxed}) {
    for (const bool lf : {false, true}) {
      const Reading reading{.lf_is_line_end = lf};
      ForAllTextsUpTo(5, [&](const std::string& text) {
        const std::string_view body = text;
        const std::string expected = ModelBody(algorithm, reading, body);
        for (size_t at = 1; at < body.size(); ++at) {
          ASSERT_EQ(Canonical(algorithm, reading,
                              {body.substr(0, at), body.substr(at)}),
                    expected)
              << PrintToString(body) << " at " << at;
        }
        ASSERT_EQ(Canonical(algorithm, reading, Octets(body)), expected)
            << PrintToString(body);
      });
    }
  }
}

// The same in pieces long enough for the kernel, before and behind the split.
TEST(Canonical, SplitsWithinLongTextChangeNothing) {
  for (const Canonicalization algorithm : {kSimple, kRelaxed}) {
    for (const bool lf : {false, true}) {
      const Reading reading{.lf_is_line_end = lf};
      ForAllTextsUpTo(4, [&](const std::string& middle) {
        for (const size_t before : {20, 62, 63, 64, 127}) {
          const std::string body =
              std::string(before, 'x') + middle + std::string(70, 'y');
          const std::string expected = ModelBody(algorithm, reading, body);
          const std::string_view view = body;
          for (size_t at = before; at <= before + middle.size(); ++at) {
            ASSERT_EQ(Canonical(algorithm, reading,
                                {view.substr(0, at), view.substr(at)}),
                      expected)
                << PrintToString(body) << " at " << at;
          }
        }
      });
    }
  }
}

// Bodies that cross the buffer's end at every alignment: text with many of the
// octets that matter, in pieces of any size.
TEST(Canonical, LongRandomBodies) {
  std::mt19937 random(6376);
  const std::string_view kinds[] = {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \n",
                                    "aaaaaaaa \n\r\t\v>",
                                    "a \t\r\n",
                                    "\n",
                                    "\r\n",
                                    " \t",
                                    "ab\r"};
  for (int round = 0; round < 60; ++round) {
    const size_t size = random() % (round % 10 == 0 ? 200'000 : 40'000);
    std::string body;
    while (body.size() < size) {
      const std::string_view kind = kinds[random() % std::size(kinds)];
      for (size_t n = random() % 2000; n > 0; --n) {
        body += kind[random() % kind.size()];
      }
    }
    std::vector<std::string_view> pieces;
    for (std::string_view rest = body; !rest.empty();) {
      const size_t piece = std::min<size_t>(
          rest.size(), random() % (random() % 2 == 0 ? 100 : 50'000));
      pieces.push_back(rest.substr(0, piece));
      rest.remove_prefix(piece);
    }
    for (const Canonicalization algorithm : {kSimple, kRelaxed}) {
      for (const Reading reading : AllReadings()) {
        ASSERT_TRUE(Canonical(algorithm, reading, pieces) ==
                    ModelBody(algorithm, reading, body))
            << "round " << round;
      }
    }
  }
}

// The kernel's output limit and block edges: one line end at each offset.
TEST(Canonical, LineEndAtEveryOffsetOfTheBuffer) {
  for (size_t offset = 16 * 1024 - 80; offset < 16 * 1024 + 80; ++offset) {
    for (const std::string_view special :
         {"\n", "\r\n", " \t \n", "  ", "\n\n", "\r", "\t", " \r"}) {
      const std::string body = std::string(offset, 'a') + std::string(special) +
                               std::string(100, 'b');
      for (const Canonicalization algorithm : {kSimple, kRelaxed}) {
        const Reading reading{.lf_is_line_end = true};
        ASSERT_TRUE(Canonical(algorithm, reading, {body}) ==
                    ModelBody(algorithm, reading, body))
            << offset << " " << PrintToString(special);
      }
    }
  }
}

// H26, H27: one line of nothing but blanks, or of words and blanks.
TEST(Canonical, LongLines) {
  const size_t size = 2'000'000;
  EXPECT_EQ(Canonical(kRelaxed, {}, {std::string(size, ' ')}), "");
  EXPECT_EQ(Canonical(kRelaxed, {}, {"a" + std::string(size, '\t') + "b"}),
            "a b\r\n");
  std::string words;
  for (size_t i = 0; i < size / 2; ++i) words += "a ";
  words.back() = 'a';
  EXPECT_TRUE(Canonical(kRelaxed, {}, {words}) == words + "\r\n");
  const std::string line(size, 'x');
  EXPECT_TRUE(Canonical(kSimple, {}, {line}) == line + "\r\n");
}

TEST(Canonical, EmptyLinesAreACount) {
  struct CountingSink final : BufferSink {
    uint64_t octets = 0;
    size_t largest = 0;
    void Write(std::string_view canonical) override {
      octets += canonical.size();
      largest = std::max(largest, canonical.size());
    }
  };
  const std::string lines(1 << 20, '\n');
  for (const Canonicalization algorithm : {kSimple, kRelaxed}) {
    CountingSink sink;
    BodyCanonicalizer body(algorithm, {.lf_is_line_end = true});
    body.Feed("a\n", sink);
    for (int i = 0; i < 8; ++i) body.Feed(lines, sink);
    BodyCanonicalizer other = body;
    CountingSink other_sink = sink;
    body.Finish(sink);
    EXPECT_EQ(sink.octets, 3u);
    other.Feed("b", other_sink);
    other.Finish(other_sink);
    EXPECT_EQ(other_sink.octets, 3u + 2 * 8 * lines.size() + 3u);
    EXPECT_LE(other_sink.largest, 20'000u);
  }
}

TEST(Canonical, UnquotesFromLines) {
  struct Case {
    std::string_view in, lf, crlf_only;
  };
  for (const auto& [in, lf, crlf_only] : {
           Case{">From a\n", "From a\r\n", "From a\n\r\n"},
           Case{"x\n>>From a\n", "x\r\n>From a\r\n", "x\n>>From a\n\r\n"},
           Case{"x\r\n>>From a\r\n", "x\r\n>From a\r\n", "x\r\n>From a\r\n"},
           Case{">From\n", ">From\r\n", ">From\n\r\n"},
           Case{">Fro", ">Fro\r\n", ">Fro\r\n"},
           Case{" >From a", " >From a\r\n", " >From a\r\n"},
           Case{"> From a", "> From a\r\n", "> From a\r\n"},
           Case{"a\n>F>From a", "a\r\n>F>From a\r\n", "a\n>F>From a\r\n"},
           Case{">\n>From a", ">\r\nFrom a\r\n", ">\n>From a\r\n"},
       }) {
    EXPECT_EQ(Canonical(kSimple, {true, true}, {in}), lf) << PrintToString(in);
    EXPECT_EQ(Canonical(kSimple, {false, true}, {in}), crlf_only)
        << PrintToString(in);
  }
}

TEST(Canonical, UnquotingAgainstTheModel) {
  std::mt19937 random(3464);
  const std::string_view parts[] = {">",  ">From ", "From ", ">From",
                                    "\n", "\r\n",   "\r",    "a",
                                    " ",  ">Fro",   ">>>",   ">F"};
  for (int round = 0; round < 20'000; ++round) {
    std::string body;
    for (size_t n = random() % 12; n > 0; --n) {
      body += parts[random() % std::size(parts)];
    }
    const std::string_view view = body;
    const size_t at = body.empty() ? 0 : random() % body.size();
    for (const bool lf : {false, true}) {
      const Reading reading{.lf_is_line_end = lf, .unquote_from = true};
      const std::string expected = ModelBody(kRelaxed, reading, body);
      ASSERT_EQ(Canonical(kRelaxed, reading, {view}), expected)
          << PrintToString(body);
      ASSERT_EQ(
          Canonical(kRelaxed, reading, {view.substr(0, at), view.substr(at)}),
          expected)
          << PrintToString(body) << " at " << at;
      ASSERT_EQ(Canonical(kRelaxed, reading, Octets(view)), expected)
          << PrintToString(body);
    }
  }
}

TEST(Canonical, LongRunOfQuotes) {
  const std::string quotes(1'000'000, '>');
  const std::string body = "\n" + quotes + "From x";
  EXPECT_TRUE(Canonical(kSimple, {true, true}, Octets(body)) ==
              "\r\n" + quotes.substr(1) + "From x\r\n");
}

TEST(Canonical, CopyInMidStream) {
  // The copy goes on as the original would, and each writes to its own sink.
  StringSink first;
  BodyCanonicalizer body(kRelaxed, {});
  body.Feed("a b \r\n\r\n c \r", first);
  StringSink second = first;
  BodyCanonicalizer copy = body;
  body.Feed("\nd", first);
  copy.Feed("e", second);
  body.Finish(first);
  copy.Finish(second);
  EXPECT_EQ(first.text, "a b\r\n\r\n c\r\nd\r\n");
  EXPECT_EQ(second.text, "a b\r\n\r\n c \re\r\n");
}

TEST(Canonical, ResetForgetsAll) {
  StringSink sink;
  BodyCanonicalizer body(kSimple, {.lf_is_line_end = true});
  body.Feed("a\n\n \r", sink);
  body.Reset(kRelaxed, {});
  sink.text.clear();
  body.Finish(sink);
  EXPECT_EQ(sink.text, "");
}

std::string Field(Canonicalization algorithm, std::string_view text,
                  size_t b_begin = 0, size_t b_size = 0) {
  const mail::Header header =
      mail::ParseHeader(std::string(text) + "\r\n\r\n", 10);
  EXPECT_EQ(header.fields.size(), 1u);
  std::string out;
  const std::string owned(text);
  mail::HeaderField field = header.fields.at(0);
  field.raw = owned;
  AppendCanonicalField(algorithm, field, b_begin, b_size, out);
  return out;
}

TEST(Canonical, Fields) {
  struct Case {
    std::string_view in, simple, relaxed;
  };
  for (const auto& [in, simple, relaxed] : {
           Case{"A: X", "A: X\r\n", "a:X\r\n"},  // RFC 6376 3.4.5
           Case{"B : Y\t\r\n\tZ  ", "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n"},
           Case{"A:", "A:\r\n", "a:\r\n"},
           Case{"A: \r\n ", "A: \r\n \r\n", "a:\r\n"},
           Case{"A: x\n y", "A: x\r\n y\r\n", "a:x y\r\n"},  // LF archive
           Case{"A: x\n \n y\r\n\tz", "A: x\r\n \r\n y\r\n\tz\r\n",
                "a:x y z\r\n"},
           Case{"Subject: a\rX-Evil: 1", "Subject: a\rX-Evil: 1\r\n",
                "subject:a\rX-Evil: 1\r\n"},  // H9
           Case{"A: x \r", "A: x \r\r\n", "a:x \r\r\n"},
           Case{"A: \xff\xed\xa0\x80", "A: \xff\xed\xa0\x80\r\n",
                "a:\xff\xed\xa0\x80\r\n"},  // H25
       }) {
    EXPECT_EQ(Field(kSimple, in), simple) << PrintToString(in);
    EXPECT_EQ(Field(kRelaxed, in), relaxed) << PrintToString(in);
  }
}

TEST(Canonical, FieldWithoutTheValueOfB) {  // RFC 6376 3.7
  const std::string_view field = "Dkim-Signature: a=1; b= Q\r\n U= ; c=2 ";
  const size_t begin = field.find(" Q");
  const size_t size = field.find("; c") - begin;
  EXPECT_EQ(Field(kSimple, field, begin, size),
            "Dkim-Signature: a=1; b=; c=2 \r\n");
  EXPECT_EQ(Field(kRelaxed, field, begin, size),
            "dkim-signature:a=1; b=; c=2\r\n");
  const std::string_view last = "DKIM-Signature: a=1; b=Q\r\n\tU=\r\n ";
  const size_t value = last.find("Q");
  EXPECT_EQ(Field(kRelaxed, last, value, last.size() - value),
            "dkim-signature:a=1; b=\r\n");
}

TEST(Canonical, RandomFieldsAgainstTheModel) {
  std::mt19937 random(342);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = "Na-Me";
    for (size_t n = random() % 3; n > 0; --n) text += " \t"[random() % 2];
    text += ':';
    for (size_t n = random() % 12; n > 0; --n) {
      const std::string_view parts[] = {"a",      " ", "\t", "\r\n ",
                                        "\r\n\t", ":", "\r", "\xe9"};
      const std::string_view part = parts[random() % std::size(parts)];
      if (text.ends_with('\r') && part.starts_with('\r')) continue;
      text += part;
    }
    // A fold that ends in white space only is a fold all the same.
    ASSERT_EQ(Field(kRelaxed, text), reference::RelaxedField(text))
        << PrintToString(text);
    ASSERT_EQ(Field(kSimple, text), reference::SimpleField(text))
        << PrintToString(text);
  }
}

}  // namespace
}  // namespace mailassay::dkim
