// Whose doing it is: cases W of README.md.
#include <gtest/gtest.h>

#include "lib/audit/cause.h"
#include "lib/base/base64.h"
#include "tests/cases/case_support.h"

namespace mailassay::cases {
namespace {

using dkim::Cause;

std::string WithOtherBody(const std::string& message) {
  return Replaced(message, "two  words \r\n", "2 words\r\n");
}
std::string WithOtherHeader(const std::string& message) {
  return Replaced(message, "Two  words", "Three words");
}

const Expected kBothChanged = {
    .verdict = "fail header_and_body_changed fail mismatch",
    .message_class = "broken"};

// The parts that were changed are told apart: a changed header hides no changed
// body.
TEST(Case, W1_HeaderAndBodyChanged) {
  const std::string sound = Signed();
  Expect(JudgeMessage(sound), {});
  Expect(JudgeMessage(WithOtherBody(sound)), kBodyChanged);
  Expect(JudgeMessage(WithOtherHeader(sound)), kHeaderChanged);
  Expect(JudgeMessage(WithOtherHeader(WithOtherBody(sound))), kBothChanged);
  // Another key, or none, proves nothing of the header.
  const Setting other = {.keys = KeyOf(OtherRsaKey())};
  Expect(JudgeMessage(WithOtherHeader(WithOtherBody(sound)), other),
         {.verdict = "neutral wrong_key fail mismatch",
          .message_class = "body_changed_key_unknown"});
}

// bh= is compared without a key; without one nobody is held to it.
TEST(Case, W2_BodyChangedKeyUnknown) {
  const std::string sound = Signed();
  struct Row {
    Keys keys;
    std::string verdict;
  };
  for (const auto& [keys, verdict] :
       {Row{Record("!NXDOMAIN"), "permerror no_key not_run "},
        Row{Record("!SERVFAIL"), "temperror dns_servfail not_run "},
        Row{Record("v=DKIM1; p="), "permerror revoked not_run "},
        Row{Record("v=DKIM1; p=AAAA"), "permerror key_parse not_run "},
        Row{KeyOf(OtherRsaKey()), "neutral wrong_key fail "},
        Row{KeyOf(Ed25519Key()), "permerror key_algo_mismatch not_run "}}) {
    const Setting setting = {.keys = keys};
    Expect(JudgeMessage(sound, setting),
           {.verdict = verdict + "match", .message_class = "unjudged"},
           verdict);
    Expect(JudgeMessage(WithOtherBody(sound), setting),
           {.verdict = verdict + "mismatch",
            .message_class = "body_changed_key_unknown"},
           verdict);
  }
}

// A signature whose body matches says more than one whose does not, wherever
// they stand; a key that proves the change more than both.
TEST(Case, W3_TheBestOfSeveral) {
  const SignOptions half = {.selector = "half", .body_length = 4};
  const std::string two = Signed(Signed(kPlain, {}), half);
  const std::string changed = WithOtherBody(two);
  const Judged judged = JudgeMessage(changed, {.keys = Record("!NXDOMAIN")});
  EXPECT_EQ(judged.Verdict(0), "permerror no_key not_run match");
  EXPECT_EQ(judged.Verdict(1), "permerror no_key not_run mismatch");
  EXPECT_EQ(judged.row.message_class, audit::MessageClass::kUnjudged);
  EXPECT_EQ(judged.row.best, 0);
  EXPECT_EQ(JudgeMessage(changed).row.message_class,
            audit::MessageClass::kBroken);
}

// The length fits: the value is another key's, or damaged.
TEST(Case, W4_SignatureNotBelowTheModulus) {
  const std::string sound = Signed(kPlain, {.fold = false});
  Bytes above = RsaKey().Modulus();
  for (const Bytes& value : {above, Bytes(256, 0xFF)}) {
    Expect(JudgeMessage(WithSignatureText(sound, EncodeBase64(value))),
           {.verdict = "neutral wrong_key fail match",
            .message_class = "unjudged"});
  }
}

// What stored the message may have cut it: nobody else is accused.
TEST(Case, W5_CutBelowL) {
  const std::string sound = Signed(kPlain, {.body_length = 30});
  Expect(JudgeMessage(sound), {.flags = "l_tag"});
  const Judged cut = JudgeMessage(sound.substr(0, sound.size() - 5));
  Expect(cut, {.verdict = "permerror l_too_long pass not_run",
               .message_class = "unjudged"});
  EXPECT_EQ(audit::CauseOf(cut.row), Cause::kTransit);
}

// Evidence of the header says how a message without signature came.
TEST(Case, W6_TracesOfTransport) {
  struct Row {
    std::string field, message_class;
    mail::Trace trace;
  };
  for (const auto& [field, message_class, trace] :
       {Row{"", "never_sent", mail::Trace::kNone},
        Row{kReceived, "unsigned", mail::Trace::kReceived},
        Row{"X-BeenThere: l@example.org\r\n", "unsigned",
            mail::Trace::kListArchive},
        Row{"List-Id: <l.example.org>\r\n", "never_sent", mail::Trace::kList},
        Row{"Path: a!b\r\n", "unsigned", mail::Trace::kNews},
        Row{"X-GM-THRID: 1\r\n", "never_sent", mail::Trace::kStore},
        Row{"Bcc: eve@example.org\r\n", "never_sent", mail::Trace::kAuthor}}) {
    const Judged judged = JudgeMessage(WithFieldOnTop(kPlain, field));
    Expect(judged, {.verdict = "none", .message_class = message_class}, field);
    EXPECT_EQ(judged.facts->trace, trace) << field;
  }
}

// As some programs write the mbox quote.  The reading must be the signer's: a
// pass is proved by the body hash, whatever stands in the archive.
TEST(Case, W7_FromLinesBehindABlank) {
  const auto stored = [](const std::string& sent, const std::string& kept) {
    const size_t end = kPlain.find("\r\n\r\n") + 4;
    const std::string header = kPlain.substr(0, end);
    const std::string sound = Signed(header + sent);
    return sound.substr(0, sound.size() - sent.size()) + kept;
  };
  const std::string sent = "Dear Bob,\r\nFrom x\r\n\r\nFrom now on\r\n";
  const std::string kept = "Dear Bob,\r\n From x\r\n\r\n From now on\r\n";
  Expect(JudgeMessage(stored(kept, kept)), {});
  Expect(JudgeMessage(stored(sent, kept)), {.flags = "from_unspaced"});
  Expect(JudgeMessage(WithLf(stored(sent, kept))), {.flags = "from_unspaced"});
  Expect(JudgeMessage(stored("From x\r\n", " From x\r\n")),
         {.flags = "from_unspaced"});
  Expect(JudgeMessage(stored(sent, Replaced(kept, "Bob,\r\n", "Bob,\n"))),
         {.flags = "mixed_eol from_unspaced", .anomalies = "mixed_eol"});
  // One blank, and that word; nor both kinds of quote at once.
  for (const auto& [was, is] : {std::pair{"From x\r\n", "  From x\r\n"},
                                std::pair{"Fromage\r\n", " Fromage\r\n"},
                                std::pair{"From x\r\n", "\tFrom x\r\n"},
                                std::pair{"evil\r\n", " From x\r\n"}}) {
    Expect(JudgeMessage(stored(was, is)), kBodyChanged, is);
  }
  Expect(JudgeMessage(stored("From x\r\nFrom y\r\n", " From x\r\n>From y\r\n")),
         kBodyChanged);
}

std::string WithCrCrLf(const std::string& text) {
  std::string doubled;
  for (const char c : text)
    doubled.append(c == '\n' ? "\r\n" : std::string(1, c));
  return doubled;
}

TEST(Case, W8_CrCrLf) {
  for (const char* canon : {"relaxed", "simple"}) {
    const std::string sound =
        Signed(kPlain, {.header_canon = canon, .body_canon = canon});
    Expect(JudgeMessage(sound), {});
    const Judged doubled = JudgeMessage(WithCrCrLf(sound));
    Expect(doubled, {.flags = "crcrlf", .anomalies = "crcrlf"}, canon);
    EXPECT_EQ(doubled.facts->author.domain, "example.com");
    EXPECT_EQ(doubled.facts->length, WithCrCrLf(sound).size());
    // What else was changed still counts.
    Judged changed = JudgeMessage(WithCrCrLf(WithOtherBody(sound)));
    EXPECT_EQ(changed.Verdict(), kBodyChanged.verdict);
    EXPECT_EQ(audit::CauseOf(changed.row), Cause::kArchive);
    changed = JudgeMessage(WithCrCrLf(WithOtherHeader(sound)));
    EXPECT_EQ(changed.Verdict(), kHeaderChanged.verdict);
  }
}

}  // namespace
}  // namespace mailassay::cases
