// The rows H10 to H13, H16 to H19, H32 and H33 of README.md: bodies as they
// were signed, as archives store them, and as they were changed.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "lib/audit/codec.h"
#include "lib/base/base64.h"
#include "pipeline/source/long_message.h"
#include "tests/cases/case_support.h"
#include "tests/reference/canonical_reference.h"

namespace mailassay::cases {
namespace {

using namespace std::literals;

std::string WithBody(std::string_view body) {
  return kPlain.substr(0, kPlain.find("\r\n\r\n") + 4) + std::string(body);
}
// The message signed with one body and stored with another.
std::string Stored(const std::string& canon, std::string_view signed_body,
                   std::string_view stored_body) {
  return Sign(WithBody(signed_body), RsaKey(), {.body_canon = canon}) +
         WithBody(stored_body);
}

Expected Changed(const std::string& anomalies) {
  Expected expected = kBodyChanged;
  expected.anomalies = anomalies;
  return expected;
}

const char* const kCanons[] = {"simple", "relaxed"};

TEST(Case, H10_BareCrInBody) {
  for (const char* canon : kCanons) {
    for (const char* body :
         {"a\rb\r\n", "a\r\r\n", "\r", "a\r\n\r", "a \r b\r\n"}) {
      Expect(JudgeMessage(Stored(canon, body, body)), {.anomalies = "bare_cr"},
             body);
    }
    // It is no line end, and no octet to be dropped.
    Expect(JudgeMessage(Stored(canon, "a\r\nb\r\n", "a\rb\r\n")),
           Changed("bare_cr"));
    Expect(JudgeMessage(Stored(canon, "ab\r\n", "a\rb\r\n")),
           Changed("bare_cr"));
    Expect(JudgeMessage(Stored(canon, "a\rb\r\n", "a\r\nb\r\n")), Changed(""));
  }
}

TEST(Case, H11_MixedLineEnds) {
  for (const char* canon : kCanons) {
    const std::string sent = "one\r\ntwo\r\n\r\nthree\r\n";
    Expect(JudgeMessage(Stored(canon, sent, sent)), {});
    for (const char* stored :
         {"one\ntwo\r\n\r\nthree\r\n", "one\r\ntwo\r\n\r\nthree\n",
          "one\ntwo\n\nthree\n", "one\r\ntwo\n\nthree\r\n\n\r\n"}) {
      Expect(JudgeMessage(Stored(canon, sent, stored)),
             {.flags = "mixed_eol", .anomalies = "mixed_eol"}, stored);
    }
    // Signed so, the octets as they stand match first.
    Expect(JudgeMessage(Stored(canon, "a\nb\r\n", "a\nb\r\n")),
           {.anomalies = "mixed_eol"});
    // No reading makes one line of two.
    Expect(JudgeMessage(Stored(canon, "ab\r\n", "a\nb\r\n")),
           Changed("mixed_eol"));
    // One line of the header with LF: read as CRLF, folds included.
    const std::string header = Replaced(Signed(kPlain, {.header_canon = canon}),
                                        "net>,\r\n", "net>,\n");
    Expect(JudgeMessage(header), {.anomalies = "mixed_eol"}, canon);
  }
}

TEST(Case, H12_LfOnly) {
  for (const char* header : kCanons) {
    for (const char* body : kCanons) {
      const std::string sound =
          Signed(kPlain, {.header_canon = header, .body_canon = body});
      const Judged j = JudgeMessage(WithLf(sound));
      Expect(j, {}, header);
      EXPECT_EQ(j.facts->line_ends, mail::LineEnds::kLf);
      Expect(JudgeMessage(WithLf(Replaced(sound, "Dear", "dear"))),
             kBodyChanged);
    }
  }
}

TEST(Case, H13_NulInBody) {
  for (const char* canon : kCanons) {
    const auto body = "a\0b\r\n\0"sv;
    Expect(JudgeMessage(Stored(canon, body, body)), {.anomalies = "nul"});
    Expect(JudgeMessage(Stored(canon, "ab\r\n", "a\0b\r\n"sv)), Changed("nul"));
    // What stands behind it is hashed.
    Expect(JudgeMessage(Stored(canon, "a\r\n", "a\r\n\0evil\r\n"sv)),
           Changed("nul"));
    Expect(JudgeMessage(Stored(canon, body, "a\0c\r\n\0"sv)), Changed("nul"));
  }
}

TEST(Case, H16_FromLinesInBody) {
  for (const char* canon : kCanons) {
    const std::string sent = "Dear Bob,\r\nFrom now on\r\n\r\nFrom x\r\n";
    const std::string quoted = "Dear Bob,\r\n>From now on\r\n\r\n>From x\r\n";
    Expect(JudgeMessage(Stored(canon, sent, sent)), {});
    Expect(JudgeMessage(Stored(canon, quoted, quoted)), {});
    Expect(JudgeMessage(Stored(canon, sent, quoted)),
           {.flags = "from_unquoted"}, canon);
    Expect(JudgeMessage(WithLf(Stored(canon, sent, quoted))),
           {.flags = "from_unquoted"}, canon);
    // Also where the archive quoted only what looked like a separator.
    Expect(JudgeMessage(
               Stored(canon, sent, Replaced(sent, "From now", ">From now"))),
           {.flags = "from_unquoted"}, canon);
    // No other line loses its ">".
    Expect(JudgeMessage(Stored(canon, "Fromage\r\n", ">Fromage\r\n")),
           kBodyChanged);
    Expect(JudgeMessage(Stored(canon, sent, ">" + sent)), kBodyChanged);
    // Both at once: LF where CRLF was, and a quoted line.
    Expect(JudgeMessage(
               Stored(canon, sent, Replaced(quoted, "Bob,\r\n", "Bob,\n"))),
           {.flags = "mixed_eol from_unquoted", .anomalies = "mixed_eol"},
           canon);
  }
}

TEST(Case, H17_EndsOfBodies) {
  struct Row {
    std::string canon, body;
    std::vector<std::string> same, other;
  };
  for (const Row& row : {
           // RFC 6376 3.4.3: an empty body is CRLF; 3.4.4: it stays empty.
           Row{"simple", "", {"", "\r\n", "\r\n\r\n\r\n"}, {" \r\n", "x"}},
           Row{"relaxed",
               "",
               {"", "\r\n", "\r\n\r\n", " \r\n", "\t \r\n \r\n", " "},
               {"x"}},
           Row{"simple",
               "a\r\n",
               {"a", "a\r\n", "a\r\n\r\n\r\n"},
               {"a \r\n", "a\r\n \r\n", "\r\na\r\n", "a\r\n\t"}},
           Row{"relaxed",
               "a\r\n",
               {"a", "a\r\n\r\n", "a \t\r\n", "a\r\n \t\r\n\t\r\n", "a\r\n\t"},
               {"\r\na\r\n", " a\r\n", "a\r\nb", "a\r\n\r\n.\r\n"}},
       }) {
    for (const std::string& body : row.same) {
      Expect(JudgeMessage(Stored(row.canon, row.body, body)), {}, body);
    }
    for (const std::string& body : row.other) {
      Expect(JudgeMessage(Stored(row.canon, row.body, body)), kBodyChanged,
             body);
    }
  }
  // No empty line behind the header, and no line end either.
  for (const char* canon : kCanons) {
    const std::string fields = WithBody("").substr(0, WithBody("").size() - 2);
    const std::string sound = Sign(
        WithBody(""), RsaKey(), {.header_canon = canon, .body_canon = canon});
    Expect(JudgeMessage(sound + fields), {.anomalies = "no_body_separator"});
    Expect(JudgeMessage(sound + fields.substr(0, fields.size() - 2)),
           {.anomalies = "no_body_separator"});
  }
}

// All bodies of at most four octets of {CR, LF, SP, TAB, a}, as whole messages.
TEST(Case, H18_ShortBodies) {
  constexpr std::string_view kAlphabet = "\r\n \ta";
  size_t count = 0;
  audit::MessageExaminer examiner(audit::MessageLimits{}, {});
  for (size_t size = 1; size <= 4; ++size) {
    size_t bodies = 1;
    for (size_t i = 0; i < size; ++i) bodies *= kAlphabet.size();
    for (size_t number = 0; number < bodies; ++number) {
      std::string body;
      for (size_t rest = number; body.size() < size; rest /= 5) {
        body += kAlphabet[rest % 5];
      }
      for (const std::string canon : kCanons) {
        const std::string canonical = canon == "simple"
                                          ? reference::SimpleBody(body)
                                          : reference::RelaxedBody(body);
        const Bytes hash =
            reference::HashOf(reference::DigestName::kSha256, canonical);
        const auto facts = examiner.Examine(
            {}, "DKIM-Signature: v=1; a=rsa-sha256; c=simple/" + canon +
                    "; d=example.com; s=sel; h=from; bh=" + EncodeBase64(hash) +
                    "; b=QUJD\r\nFrom: ann@example.com\r\n\r\n" + body);
        ASSERT_TRUE(facts && facts->signatures.size() == 1);
        const dkim::Evidence& e = facts->signatures[0];
        ASSERT_EQ(e.body, dkim::BodyMatch::kMatch)
            << canon << " " << testing::PrintToString(body);
        ASSERT_TRUE(e.reading_flags.empty());
        ASSERT_EQ(e.body_bytes, canonical.size());
        ++count;
      }
    }
  }
  EXPECT_EQ(count, 1560u);
}

// A message in pieces, as the reader of long messages gets it.
audit::MessageFacts InPieces(const std::vector<std::string_view>& pieces) {
  source::LongMessage message({}, {}, audit::RawHash::kNone,
                              std::make_shared<audit::Input>(), 0, "");
  for (const std::string_view piece : pieces) message.Add(piece);
  auto pool = std::make_shared<source::BufferPool>(64);
  source::Coverage coverage;
  source::BlockBuilder builder(*pool, coverage);
  message.Finish(0, builder);
  const auto block = builder.Finish({});
  return *std::get<source::ExaminedMessage>(block->pieces.at(0)).facts;
}

TEST(Case, H19_EverySplit) {
  const std::string body =
      "two  words \r\n>From a\r\n\r\n>Fro\r\r\n \t\r\nb\nc\r\n\0d\r\n \r\n\r\n"s;
  std::string message = WithBody(body);
  for (const char* canon : kCanons) {
    message = Signed(message, {.header_canon = canon, .body_canon = canon});
    message = Signed(message, {.body_canon = canon, .body_length = 9});
  }
  const auto whole = audit::EncodeFacts({ExamineMessage(message)});
  const Judged judged = JudgeMessage(message);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(judged.evidence(i).body, dkim::BodyMatch::kMatch) << i;
  }
  const std::string_view text = message;
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const auto facts = InPieces({text.substr(0, cut), text.substr(cut)});
    ASSERT_EQ(audit::EncodeFacts({facts}), whole) << cut;
  }
  std::vector<std::string_view> octets;
  for (size_t i = 0; i < text.size(); ++i) octets.push_back(text.substr(i, 1));
  EXPECT_EQ(audit::EncodeFacts({InPieces(octets)}), whole);
}

// Multiparts in multiparts are a body like any other.
TEST(Case, H32_NestedMultiparts) {
  std::string body;
  for (int i = 0; i < 10'000; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    body += "--" + boundary + "\r\nContent-Type: multipart/mixed; boundary=b" +
            std::to_string(i + 1) + "\r\n\r\n";
  }
  const std::string message = WithFieldBelow(
      WithBody(body), "Content-Type: multipart/mixed; boundary=b0\r\n");
  Expect(JudgeMessage(Signed(message)), {});
  Expect(JudgeMessage(Signed(message) + "--b0--\r\n"), kBodyChanged);
}

// bh= made with the canonicalisation of the header.
TEST(Case, H33_BodyHashedAsTheHeader) {
  for (const bool relaxed_header : {false, true}) {
    SignOptions options = {
        .header_canon = relaxed_header ? "relaxed" : "simple",
        .body_canon = relaxed_header ? "simple" : "relaxed"};
    Expect(JudgeMessage(Signed(kPlain, options)), {});
    options.body_hash =
        reference::BodyHash(kPlain, {.relaxed_body = relaxed_header});
    Expect(JudgeMessage(Signed(kPlain, options)), kBodyChanged);
  }
}

}  // namespace
}  // namespace mailassay::cases
