#include "lib/audit/row.h"

#include <gtest/gtest.h>

#include <functional>
#include <tuple>

#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using dkim::KeyStatus;
using dkim::Reason;
using Answer = std::shared_ptr<const dkim::KeyAnswer>;

const dmarc::PublicSuffixList& Suffixes() {
  static const auto list = dmarc::PublicSuffixList::Load();
  return *list;
}

// A signature and the answer for it.
struct Signed {
  dkim::Evidence evidence;
  Answer answer;
};

Signed Good(std::string_view d) { return {MakeEvidence(d), MakeAnswer(d)}; }
Signed Expired(std::string_view d) {
  Signed made = Good(d);
  made.evidence.signature.expiration = 1600000000;
  return made;
}
Signed Changed(std::string_view d) {
  Signed made = Good(d);
  made.evidence.body = dkim::BodyMatch::kMismatch;
  return made;
}
Signed Unanswered(std::string_view d, KeyStatus status) {
  return {MakeEvidence(d), MakeAnswer(status)};
}
Signed Malformed(std::string_view d) {
  Signed made{MakeEvidence(d), nullptr};
  made.evidence.signature.defect = Reason::kSigDupTag;
  return made;
}

struct Case {
  const char* name;
  std::vector<Signed> signatures;
  MessageClass expected;
  int best;
  Reason reason;
};

TEST(Judge, TheBestSignatureDecides) {
  const std::string us = "example.com", them = "esp.example";
  for (const Case& c : std::vector<Case>{
           {"aligned",
            {Good(us)},
            MessageClass::kVerifiedAligned,
            0,
            Reason::kOk},
           {"aligned by organization",
            {Good("mail.example.com")},
            MessageClass::kVerifiedAligned,
            0,
            Reason::kOk},
           {"unaligned",
            {Good(them)},
            MessageClass::kVerifiedUnaligned,
            0,
            Reason::kOk},
           {"aligned before unaligned",
            {Good(them), Good(us)},
            MessageClass::kVerifiedAligned,
            1,
            Reason::kOk},
           {"topmost of equals",
            {Good(them), Good("other.example")},
            MessageClass::kVerifiedUnaligned,
            0,
            Reason::kOk},
           {"unaligned pass before aligned refusal",
            {Expired(us), Good(them)},
            MessageClass::kVerifiedUnaligned,
            1,
            Reason::kOk},
           {"refused",
            {Expired(us)},
            MessageClass::kRefused,
            0,
            Reason::kExpired},
           {"refused before broken",
            {Changed(us), Expired(them)},
            MessageClass::kRefused,
            1,
            Reason::kExpired},
           {"broken",
            {Changed(us)},
            MessageClass::kBroken,
            0,
            Reason::kBodyChanged},
           // Weather must not make an accusation.
           {"temporary with the right body before broken",
            {Changed(us), Unanswered(them, KeyStatus::kTimeout)},
            MessageClass::kUnjudged,
            1,
            Reason::kDnsTimeout},
           {"not asked before broken",
            {Changed(us), Unanswered(them, KeyStatus::kNotAsked)},
            MessageClass::kUnjudged,
            1,
            Reason::kKeyNotAsked},
           {"broken before no key",
            {Unanswered(them, KeyStatus::kNxDomain), Changed(us)},
            MessageClass::kBroken,
            1,
            Reason::kBodyChanged},
           {"no key",
            {Unanswered(us, KeyStatus::kNxDomain)},
            MessageClass::kUnjudged,
            0,
            Reason::kNoKey},
           {"malformed",
            {Malformed(us)},
            MessageClass::kUnjudged,
            0,
            Reason::kSigDupTag},
           // H30: junk above the valid signature.
           {"malformed above good",
            {Malformed(us), Malformed(us), Good(us)},
            MessageClass::kVerifiedAligned,
            2,
            Reason::kOk},
           {"unsigned", {}, MessageClass::kUnsigned, -1, Reason::kOk},
       }) {
    SCOPED_TRACE(c.name);
    MessageFacts facts = MakeFacts(us);
    std::vector<Answer> answers;
    for (const Signed& s : c.signatures) {
      facts.signatures.push_back(s.evidence);
      answers.push_back(s.answer);
    }
    const MessageRow row = Judge(facts, answers, Suffixes(), {});
    EXPECT_EQ(row.message_class, c.expected);
    EXPECT_EQ(row.best, c.best);
    EXPECT_EQ(row.reason, c.reason);
    EXPECT_EQ(row.signatures.size(), c.signatures.size());
    EXPECT_EQ(row.from_org, "example.com");
  }
}

TEST(Judge, TemporaryWithAChangedBodyIsNoExcuse) {
  MessageFacts facts = MakeFacts("example.com");
  facts.signatures = {MakeEvidence("example.com"), MakeEvidence("b.example")};
  for (auto& e : facts.signatures) e.body = dkim::BodyMatch::kMismatch;
  const MessageRow row =
      Judge(facts, {MakeAnswer(KeyStatus::kTimeout), MakeAnswer("b.example")},
            Suffixes(), {});
  EXPECT_EQ(row.message_class, MessageClass::kBroken);
  EXPECT_EQ(row.best, 1);
}

TEST(Judge, Alignment) {
  MessageFacts facts = MakeFacts("news.example.co.uk");
  for (const char* d :
       {"news.example.co.uk", "example.co.uk", "other.co.uk", "co.uk"}) {
    facts.signatures.push_back(MakeEvidence(d));
  }
  std::vector<Answer> answers;
  for (const auto& e : facts.signatures) {
    answers.push_back(MakeAnswer(e.signature.domain));
  }
  const MessageRow row = Judge(facts, answers, Suffixes(), {});
  EXPECT_TRUE(row.signatures[0].alignment.strict);
  EXPECT_TRUE(row.signatures[0].alignment.relaxed);
  EXPECT_FALSE(row.signatures[1].alignment.strict);
  EXPECT_TRUE(row.signatures[1].alignment.relaxed);
  EXPECT_FALSE(row.signatures[2].alignment.relaxed);
  EXPECT_FALSE(row.signatures[3].alignment.relaxed);  // A11: a public suffix
  EXPECT_EQ(row.signatures[1].org_domain, "example.co.uk");
  EXPECT_EQ(row.signatures[3].org_domain, "");
  EXPECT_EQ(row.from_org, "example.co.uk");
}

// Promise P3, cases H1, H6, H7.
TEST(Judge, AnAuthorWithADefectIsAlignedWithNobody) {
  for (const auto defect :
       {mail::AuthorDefect::kNoFrom, mail::AuthorDefect::kMultiFrom,
        mail::AuthorDefect::kSyntax, mail::AuthorDefect::kMultiAuthor,
        mail::AuthorDefect::kBadDomain}) {
    MessageFacts facts = MakeFacts("example.com");
    facts.author.defect = defect;
    facts.signatures = {MakeEvidence("example.com")};
    const MessageRow row =
        Judge(facts, {MakeAnswer("example.com")}, Suffixes(), {});
    EXPECT_EQ(row.message_class, MessageClass::kVerifiedUnaligned);
    EXPECT_FALSE(row.signatures[0].alignment.strict);
    EXPECT_FALSE(row.signatures[0].alignment.relaxed);
  }
}

TEST(Judge, MessagesWithoutSignatures) {
  MessageFacts facts = MakeFacts("example.com");
  EXPECT_EQ(Judge(facts, {}, Suffixes(), {}).message_class,
            MessageClass::kUnsigned);
  facts.trace = mail::Trace::kNone;
  EXPECT_EQ(Judge(facts, {}, Suffixes(), {}).message_class,
            MessageClass::kNeverSent);
  facts.limit = Reason::kLimitHeaderBytes;  // H31
  const MessageRow row = Judge(facts, {}, Suffixes(), {});
  EXPECT_EQ(row.message_class, MessageClass::kUnjudged);
  EXPECT_EQ(row.reason, Reason::kLimitHeaderBytes);
  EXPECT_EQ(row.best, -1);
}

TEST(Judge, EvaluationTime) {
  MessageFacts facts = MakeFacts("example.com");
  facts.received = {mail::ReceivedSource::kMboxFrom, 1000, 50400};
  auto time = EvaluationTimeOf(facts, {});
  EXPECT_EQ(time.seconds, 1000);
  EXPECT_EQ(time.margin_seconds, 50400);
  for (const auto source :
       {mail::ReceivedSource::kNone, mail::ReceivedSource::kDateHeader,
        mail::ReceivedSource::kSignature}) {
    facts.received.source = source;
    EXPECT_EQ(EvaluationTimeOf(facts, {}).seconds, std::nullopt);
  }
  for (const auto at : {JudgeOptions::At::kNow, JudgeOptions::At::kTime}) {
    time = EvaluationTimeOf(facts, {.at = at, .time = 77});
    EXPECT_EQ(time.seconds, 77);
    EXPECT_EQ(time.margin_seconds, 300);
  }
}

TEST(Judge, EvaluationTimeBySource) {
  using At = JudgeOptions::At;
  MessageFacts facts = MakeFacts("example.com");
  facts.received = {mail::ReceivedSource::kOlderReceived, 1000, 300};
  facts.other_times.newest_received = {mail::ReceivedSource::kReceived, 2000,
                                       50400};
  facts.other_times.mbox_from = {mail::ReceivedSource::kMboxFrom, 3000, 50400};
  facts.date_header = 900;
  const auto seconds = [&](At at) {
    return EvaluationTimeOf(facts, {.at = at, .time = 77}).seconds;
  };
  EXPECT_EQ(seconds(At::kReceived), 1000);
  EXPECT_EQ(seconds(At::kNewestReceived), 2000);
  EXPECT_EQ(seconds(At::kMboxFrom), 3000);
  EXPECT_EQ(seconds(At::kDate), 900);
  EXPECT_EQ(seconds(At::kDeliveryDate), std::nullopt);
  EXPECT_EQ(EvaluationTimeOf(facts, {.at = At::kNewestReceived}).margin_seconds,
            50400);
  facts.received = {mail::ReceivedSource::kDeliveryDate, 1500, 300};
  EXPECT_EQ(seconds(At::kDeliveryDate), 1500);
  facts.date_header.reset();
  EXPECT_EQ(seconds(At::kDate), std::nullopt);
}

TEST(JudgeOptions, NamesOfTimes) {
  using At = JudgeOptions::At;
  for (const auto at : {At::kReceived, At::kNow, At::kNewestReceived,
                        At::kDeliveryDate, At::kMboxFrom, At::kDate}) {
    EXPECT_EQ(AtNamed(AtName(at)), at);
    EXPECT_EQ(AtWords(at).empty(), at == At::kNow);
  }
  EXPECT_EQ(AtName(At::kTime), "");
  for (std::string_view name : {"", "newest", "Received", "2026", "t"}) {
    EXPECT_EQ(AtNamed(name), std::nullopt) << name;
  }
}

TEST(Judge, TimesDisagree) {
  MessageFacts facts = MakeFacts("example.com");
  facts.signatures = {MakeEvidence("example.com")};
  const auto flagged = [&] {
    return Judge(facts, {MakeAnswer("example.com")}, Suffixes(), {})
        .signatures[0]
        .verdict.flags.Has(dkim::Flag::kTimesDisagree);
  };
  const int64_t day = 86'400;
  for (const auto& [source, margin, t, expected] : {
           std::tuple{mail::ReceivedSource::kReceived, 300, 300 + day, false},
           std::tuple{mail::ReceivedSource::kReceived, 300, 301 + day, true},
           std::tuple{mail::ReceivedSource::kReceived, 300, -300 - day, false},
           std::tuple{mail::ReceivedSource::kReceived, 300, -301 - day, true},
           std::tuple{mail::ReceivedSource::kMboxFrom, 50400, 301 + day, false},
           std::tuple{mail::ReceivedSource::kDateHeader, 300, 9 * day, false},
           std::tuple{mail::ReceivedSource::kNone, 0, 9 * day, false},
       }) {
    facts.received = {source, 1'700'000'000, margin};
    facts.signatures[0].signature.timestamp = 1'700'000'000 + t;
    EXPECT_EQ(flagged(), expected) << t;
  }
  facts.signatures[0].signature.timestamp.reset();
  EXPECT_FALSE(flagged());
  facts.other_times.disagree = true;
  EXPECT_TRUE(flagged());
}

// Case T27: what had expired when received does not depend on --at.
TEST(Judge, ExpiredAtReceipt) {
  struct Expiry {
    mail::ReceivedSource source;
    int64_t x;
    bool expired;
  };
  const int64_t received = 1700000010;
  for (const auto& [source, x, expired] : {
           Expiry{mail::ReceivedSource::kReceived, received - 301, true},
           Expiry{mail::ReceivedSource::kReceived, received - 300, false},
           Expiry{mail::ReceivedSource::kMboxFrom, received - 301, true},
           Expiry{mail::ReceivedSource::kDateHeader, 1, false},
           Expiry{mail::ReceivedSource::kNone, 1, false},
       }) {
    MessageFacts facts = MakeFacts("example.com");
    facts.received.source = source;
    facts.signatures = {MakeEvidence("example.com")};
    facts.signatures[0].signature.expiration = x;
    for (const JudgeOptions& options :
         {JudgeOptions{}, JudgeOptions{JudgeOptions::At::kTime, 0},
          JudgeOptions{JudgeOptions::At::kNow, 4000000000}}) {
      const MessageRow row =
          Judge(facts, {MakeAnswer("example.com")}, Suffixes(), options);
      EXPECT_EQ(row.signatures[0].expired_at_receipt, expired);
    }
    const MessageRow row =
        Judge(facts, {MakeAnswer("example.com")}, Suffixes(), {});
    EXPECT_EQ(row.message_class, expired ? MessageClass::kRefused
                                         : MessageClass::kVerifiedAligned);
  }
}

}  // namespace
}  // namespace mailassay::audit
