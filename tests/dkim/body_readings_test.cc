#include "lib/dkim/body_readings.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lib/dkim/body_facts.h"
#include "tests/dkim/body_model.h"
#include "tests/dkim/message_builder.h"
#include "tests/reference/canonical_reference.h"

namespace mailassay::dkim {
namespace {

struct ModelReading {
  std::string text;
  FlagSet flags;
};

std::vector<ModelReading> AllReadings(bool lf_header, const std::string& body) {
  constexpr Reading kRaw{};
  constexpr Reading kLf{.lf_is_line_end = true};
  constexpr Reading kUnquoted{.unquote_from = true};
  constexpr Reading kBoth{.lf_is_line_end = true, .unquote_from = true};
  if (lf_header) {
    return {{ReadAs(kLf, body), {}},
            {ReadAs(kBoth, body), Flags({Flag::kFromUnquoted})}};
  }
  return {{ReadAs(kRaw, body), {}},
          {ReadAs(kLf, body), Flags({Flag::kMixedEol})},
          {ReadAs(kUnquoted, body), Flags({Flag::kFromUnquoted})},
          {ReadAs(kBoth, body), Flags({Flag::kMixedEol, Flag::kFromUnquoted})}};
}

std::string Canonical(const std::string& c, std::string_view text) {
  return c == "simple/simple" ? reference::SimpleBody(text)
                              : reference::RelaxedBody(text);
}

std::string Header(bool lf_header, const SignatureText& signature) {
  const std::string header = HeaderWith(signature);
  return lf_header ? WithLf(header) : header;
}

TEST(BodyReadings, Cases) {
  struct Case {
    bool lf_header;
    std::string_view stored, signed_text;
    FlagSet flags;
  };
  for (const Case& c : {
           // H12: LF only mail was CRLF; no flag.
           Case{true, "a\nb\n", "a\r\nb\r\n", {}},
           Case{true, "a\r\nb\n", "a\r\nb\r\n", {}},
           // H11: mixed.
           Case{false, "a\r\nb\nc\r\n", "a\r\nb\nc\r\n", {}},
           Case{false, "a\r\nb\nc\r\n", "a\r\nb\r\nc\r\n",
                Flags({Flag::kMixedEol})},
           Case{false, "\n", "\r\n", Flags({Flag::kMixedEol})},
           // H16.
           Case{false, ">From x\r\n", ">From x\r\n", {}},
           Case{false, ">From x\r\n", "From x\r\n",
                Flags({Flag::kFromUnquoted})},
           Case{true, "a\n\n>>From x\n", "a\r\n\r\n>From x\r\n",
                Flags({Flag::kFromUnquoted})},
           Case{false, "a\n>From x\n", "a\r\nFrom x\r\n",
                Flags({Flag::kMixedEol, Flag::kFromUnquoted})},
           Case{false, ">From x\r\na\n", "From x\r\na\n",
                Flags({Flag::kFromUnquoted})},
       }) {
    for (const std::string form : {"simple/simple", "relaxed/relaxed"}) {
      const SignatureText signature{
          .c = form, .signed_body = Canonical(form, c.signed_text)};
      const auto evidence = Examine(Header(c.lf_header, signature), {c.stored});
      ASSERT_EQ(evidence.size(), 1u);
      EXPECT_EQ(evidence[0].body, BodyMatch::kMatch) << c.stored;
      // A reading whose octets are the same under relaxed comes first.
      if (form == "simple/simple") {
        EXPECT_EQ(evidence[0].reading_flags, c.flags) << c.stored;
      }
    }
  }
}

// H38: in a message whose From field is quoted every line "From" is.
TEST(BodyReadings, H38_AnyLineThatBeginsFrom) {
  const std::string stored = "a\r\n>Fromage\r\n>>From x\r\n>From\r\n>Fro\r\n";
  const std::string text = "a\r\nFromage\r\n>From x\r\nFrom\r\n>Fro\r\n";
  for (const std::string form : {"simple/simple", "relaxed/relaxed"}) {
    const std::string header =
        Header(false, {.c = form, .signed_body = Canonical(form, text)});
    EXPECT_EQ(Examine(header, {stored})[0].body, BodyMatch::kMismatch);
    std::string quoted = header;
    quoted.insert(quoted.find("\nFrom: ") + 1, ">");
    for (size_t cut = 0; cut <= stored.size(); ++cut) {
      const std::string_view view = stored;
      const auto evidence =
          Examine(quoted, {view.substr(0, cut), view.substr(cut)});
      ASSERT_EQ(evidence[0].body, BodyMatch::kMatch) << cut;
      EXPECT_EQ(evidence[0].reading_flags, Flags({Flag::kFromUnquoted}));
    }
  }
  // The body as it stands may be what was signed.
  const SignatureText sound{.signed_body = ">Fromage\r\n"};
  std::string quoted = HeaderWith(sound);
  quoted.insert(quoted.find("\nFrom: ") + 1, ">");
  EXPECT_EQ(Examine(quoted, {">Fromage\r\n"})[0].body, BodyMatch::kMatch);
}

TEST(BodyReadings, NoneMatches) {
  const SignatureText signature{.signed_body = "other"};
  const auto evidence = Examine(HeaderWith(signature), {"a\n>From b\r\n"});
  EXPECT_EQ(evidence[0].body, BodyMatch::kMismatch);
  EXPECT_TRUE(evidence[0].reading_flags.empty());
  EXPECT_EQ(evidence[0].body_hash,
            crypto::Hash(crypto::HashAlgorithm::kSha256, "a\n>From b\r\n"));
}

TEST(BodyReadings, LongerThanTheFirstReading) {
  // l= beyond the first reading's octets, and right for the second.
  const SignatureText signature{
      .c = "simple/simple", .l = "8", .signed_body = "a\r\nb\r\nc\r"};
  const auto evidence = Examine(HeaderWith(signature), {"a\nb\nc\n"});
  EXPECT_EQ(evidence[0].signature.defect, Reason::kOk);
  EXPECT_EQ(evidence[0].body, BodyMatch::kMatch);
  EXPECT_EQ(evidence[0].body_bytes, 9u);
  EXPECT_TRUE(evidence[0].reading_flags.Has(Flag::kMixedEol));
}

std::string RandomBody(std::mt19937& random) {
  const std::string_view parts[] = {">",  ">From ",      "From ", "\n>From x",
                                    "\n", "\r\n",        "\r",    "a b ",
                                    ">>", "\r\n>>From ", "word"};
  std::string body;
  for (size_t n = random() % 14; n > 0; --n) {
    const std::string_view part = parts[random() % std::size(parts)];
    const size_t times = random() % 20 == 0 ? 30'000 / part.size() : 1;
    for (size_t i = 0; i < times; ++i) body += part;
  }
  return body;
}

// Whatever reading the signer had: the first in order with those octets is
// found, whatever the pieces (H19).
TEST(BodyReadings, AgainstTheModels) {
  std::mt19937 random(4155);
  for (int round = 0; round < 500; ++round) {
    const std::string body = RandomBody(random);
    const bool lf_header = random() % 3 == 0;
    const std::string form =
        random() % 2 == 0 ? "simple/simple" : "relaxed/relaxed";
    const auto readings = AllReadings(lf_header, body);
    std::vector<std::string_view> pieces;
    for (std::string_view rest = body; !rest.empty();) {
      const size_t size = random() % 4 == 0 ? 1 : random() % (2 * body.size());
      pieces.push_back(rest.substr(0, size));
      rest.remove_prefix(std::min(rest.size(), size));
    }
    for (const ModelReading& signers : readings) {
      const std::string text = Canonical(form, signers.text);
      FlagSet expected;
      for (auto r = readings.rbegin(); r != readings.rend(); ++r) {
        if (Canonical(form, r->text) == text) expected = r->flags;
      }
      const auto evidence =
          Examine(Header(lf_header, {.c = form, .signed_body = text}), pieces);
      ASSERT_EQ(evidence[0].body, BodyMatch::kMatch) << round << "\n" << body;
      ASSERT_EQ(evidence[0].reading_flags.bits(), expected.bits())
          << round << "\n"
          << body;
      ASSERT_EQ(evidence[0].body_bytes, text.size()) << round;
    }
  }
}

// The readings in which blanks are quotes, in their order.
std::vector<ModelReading> WithBlanks(bool lf_header, const std::string& body) {
  std::vector<ModelReading> readings = AllReadings(lf_header, body);
  if (lf_header) {
    readings.push_back(
        {WithCrlf(Unspaced(body, true)), Flags({Flag::kFromUnspaced})});
    return readings;
  }
  readings.push_back({Unspaced(body, false), Flags({Flag::kFromUnspaced})});
  readings.push_back({WithCrlf(Unspaced(body, true)),
                      Flags({Flag::kMixedEol, Flag::kFromUnspaced})});
  return readings;
}

// As AgainstTheModels, where blanks are looked for, too.
TEST(BodyReadings, BlanksAgainstTheModels) {
  const std::string_view parts[] = {
      " ",    " From ",      "From ",      "\n From x", "\n",
      "\r\n", "\r",          "\r\n From ", "\n>From ",  ">",
      "word", "\r\n  From ", "\r\n Fro",   " F"};
  std::mt19937 random(4156);
  for (int round = 0; round < 600; ++round) {
    std::string body;
    for (size_t n = random() % 12; n > 0; --n) {
      body += parts[random() % std::size(parts)];
    }
    const bool lf_header = random() % 3 == 0;
    const auto readings = WithBlanks(lf_header, body);
    std::vector<std::string_view> pieces;
    for (std::string_view rest = body; !rest.empty();) {
      const size_t size = random() % 3 == 0 ? 1 : 1 + random() % body.size();
      pieces.push_back(rest.substr(0, size));
      rest.remove_prefix(std::min(rest.size(), size));
    }
    for (const ModelReading& signers : readings) {
      const std::string text = Canonical("simple/simple", signers.text);
      FlagSet expected;
      for (auto r = readings.rbegin(); r != readings.rend(); ++r) {
        if (Canonical("simple/simple", r->text) == text) expected = r->flags;
      }
      Examiner examiner({}, BodyReadings::Blanks::kQuotes);
      const auto evidence = ExamineWith(
          examiner,
          Header(lf_header, {.c = "simple/simple", .signed_body = text}),
          pieces, "");
      ASSERT_EQ(evidence[0].body, BodyMatch::kMatch) << round << "\n" << body;
      ASSERT_EQ(evidence[0].reading_flags.bits(), expected.bits())
          << round << "\n"
          << body;
    }
  }
}

// Not looked for, a blank is an octet.
TEST(BodyReadings, BlanksAreNoQuotesUnlessAskedFor) {
  const SignatureText signature{.c = "simple/simple",
                                .signed_body = "From x\r\n"};
  EXPECT_EQ(Examine(HeaderWith(signature), {" From x\r\n"})[0].body,
            BodyMatch::kMismatch);
  EXPECT_EQ(Examine(HeaderWith(signature), {">From x\r\n"})[0].body,
            BodyMatch::kMatch);
}

TEST(BodyReadings, EverySplit) {  // H19
  const std::string body =
      "a \r\n\r\n>>From x\n>Fro>From \r\r\n\n>From y \n\r\n";
  for (const ModelReading& reading : AllReadings(false, body)) {
    const std::string text = reference::RelaxedBody(reading.text);
    for (const std::string l : {"", "9"}) {
      const std::string header = HeaderWith(
          {.l = l, .signed_body = l.empty() ? text : text.substr(0, 9)});
      const auto whole = Examine(header, {body});
      ASSERT_EQ(whole[0].body, BodyMatch::kMatch);
      for (size_t at = 0; at <= body.size(); ++at) {
        const std::string_view view = body;
        const auto split =
            Examine(header, {view.substr(0, at), view.substr(at)});
        EXPECT_EQ(split[0].body, BodyMatch::kMatch) << at;
        EXPECT_EQ(split[0].reading_flags, whole[0].reading_flags) << at;
        EXPECT_EQ(split[0].body_bytes, whole[0].body_bytes) << at;
      }
    }
  }
}

TEST(BodyFacts, AgainstAPlainScan) {
  std::mt19937 random(5322);
  for (int round = 0; round < 30'000; ++round) {
    const std::string_view alphabet =
        std::string_view("a>F\n\r\0\x80", 7).substr(0, 1 + random() % 7);
    std::string body;
    for (size_t n = random() % 120; n > 0; --n) {
      body += random() % 8 == 0 ? alphabet[random() % alphabet.size()] : 'x';
      if (random() % 16 == 0) body += "\r\n";
    }
    BodyFacts facts;
    bool bare_lf_told = false;
    bool quote_told = false;
    for (std::string_view rest = body; !rest.empty();) {
      const size_t size = std::min<size_t>(
          rest.size(), random() % 2 == 0 ? 1 + random() % 9 : rest.size());
      const std::string_view bytes = rest.substr(0, size);
      const BodyFacts::Piece piece = facts.Add(bytes);
      EXPECT_EQ(piece.quote_line, bytes.find("\n>") != rest.npos);
      EXPECT_EQ(piece.dash_line, bytes.find("\n-") != rest.npos);
      EXPECT_EQ(piece.quote_f,
                bytes.find(">F") != rest.npos || bytes.ends_with('>'));
      quote_told |= piece.quote_line;
      bare_lf_told |= piece.bare_lf;
      rest.remove_prefix(size);
    }
    bool bare_cr = false, crlf = false, bare_lf = false;
    for (size_t i = 0; i < body.size(); ++i) {
      const bool after_cr = i > 0 && body[i - 1] == '\r';
      bare_cr |= after_cr && body[i] != '\n';
      crlf |= after_cr && body[i] == '\n';
      bare_lf |= !after_cr && body[i] == '\n';
    }
    bare_cr |= body.ends_with('\r');
    ASSERT_EQ(facts.saw_bare_cr(), bare_cr) << round;
    ASSERT_EQ(facts.saw_nul(), body.find('\0') != body.npos) << round;
    ASSERT_EQ(facts.saw_8bit(), body.find('\x80') != body.npos) << round;
    ASSERT_EQ(bare_lf_told, bare_lf) << round;
    ASSERT_EQ(facts.line_ends(), crlf && bare_lf ? mail::LineEnds::kMixed
                                 : crlf          ? mail::LineEnds::kCrlf
                                 : bare_lf       ? mail::LineEnds::kLf
                                                 : mail::LineEnds::kNone)
        << round;
  }
}

}  // namespace
}  // namespace mailassay::dkim
