#include <gtest/gtest.h>

#include "lib/audit/summary.h"
#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

constexpr char kGolden[] = R"(Message     mail.mbox@512 (mbox_rd, 1,000 octets)
From        alice@example.com; domain example.com
Message-ID  <1@example.com>
Date        2023-11-14T22:13:20Z
Received    2023-11-14T22:13:30Z, by its newest Received field
Envelope    bounce@esp.example
List        news.example.com
Notice      mixed_eol
Verdict     verified and aligned: a valid signature of the author's own domain stands behind it

1. d=example.com s=sel a=ed25519-sha256 (Ed25519, key from import:keys.tsv)
   verdict     PASS: the signature verifies; d= is the author's domain
   signed      from to subject date message-id; against additions: from subject
   not signed  reply-to list-id
   better      reply-to signed too (RFC 6376 5.4.1)
   body        whole (12,345 octets), as it was signed
   times       signed 2023-11-14T22:13:20Z, expires 2023-11-21T22:13:20Z

2. d=esp.example s=k1 a=ed25519-sha256 (no key: nxdomain)
   verdict     NOT JUDGED: the answer at hand has no key under this name [no_key]; d= is not
               aligned with the author's domain
   cause       whose doing it is does not show
   signed      from subject date
   body        the first 100 of 12,345 octets; what follows is not signed (l=), as it was signed

3. d=not a domain s=k2 a=ed25519-sha256 (no name to ask for a key)
   verdict     NOT JUDGED: d= is not a domain name [bad_domain]; d= is not aligned with the
               author's domain
   cause       whose doing it is does not show
)";

TEST(Detail, Golden) {
  MessageFacts facts = MakeFacts("example.com", 512);
  facts.list_id = "news.example.com";
  facts.envelope_from = "bounce@esp.example";
  facts.anomalies.Add(mail::Anomaly::kMixedEol);
  facts.signatures = {MakeEvidence("example.com"),
                      MakeEvidence("esp.example", "k1"),
                      MakeEvidence("", "k2")};
  dkim::Evidence& first = facts.signatures[0];
  first.unsigned_names = "reply-to;list-id";
  first.missing_recommended = "reply-to";
  first.oversigned = "from;subject";
  first.signature.timestamp = 1700000000;
  first.signature.expiration = 1700604800;
  dkim::Evidence& second = facts.signatures[1];
  second.signature.body_length = 100;
  second.signed_body_bytes = 100;
  second.signed_names = "from;subject;date";
  facts.signatures[2].signature.defect = Reason::kBadDomain;
  facts.signatures[2].signature.header_d = "not a domain";
  MessageRow row = MakeRow(facts, Reason::kOk);
  row.signatures[1].verdict.reason = Reason::kNoKey;
  row.signatures[1].verdict.result = dkim::Result::kPermError;
  row.signatures[1].answer = MakeAnswer(dkim::KeyStatus::kNxDomain);
  row.signatures[2].verdict.reason = Reason::kBadDomain;
  row.signatures[2].verdict.result = dkim::Result::kPermError;
  row.signatures[2].answer = nullptr;
  EXPECT_EQ(Detail(row), kGolden);
}

TEST(Detail, Unsigned) {
  MessageFacts facts = MakeFacts("example.com");
  EXPECT_NE(Detail(MakeRow(facts, Reason::kOk)).find("not signed: the message"),
            std::string::npos);
  facts.trace = mail::Trace::kNone;
  EXPECT_NE(Detail(MakeRow(facts, Reason::kOk)).find("no trace of transport: "),
            std::string::npos);
}

// Every reason is told in words that fit, and no missing or replaced key is
// called a failure.
TEST(Detail, EveryReason) {
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i) {
    const auto reason = static_cast<Reason>(i);
    MessageFacts facts = MakeFacts("example.com");
    facts.signatures = {MakeEvidence("example.com")};
    const std::string detail = Detail(MakeRow(facts, reason));
    EXPECT_LT(LongestLine(detail), 100u);
    EXPECT_NE(
        detail.find(reason == Reason::kOk ? "PASS" : dkim::ReasonCode(reason)),
        std::string::npos);
    if (reason != Reason::kOk) {
      EXPECT_EQ(detail.find("PASS"), std::string::npos);
    }
    if (reason == Reason::kNoKey || reason == Reason::kWrongKey) {
      EXPECT_EQ(detail.find("FAIL"), std::string::npos);
      EXPECT_EQ(detail.find("BROKEN"), std::string::npos);
      EXPECT_EQ(detail.find("fail"), std::string::npos);
    }
  }
}

TEST(Detail, HostileTexts) {
  std::string hostile;
  while (hostile.size() < 4096) hostile += "\x1b[2J\xE2\x80\xAE\xFF\n\t ";
  for (const std::string& text : {hostile, std::string(70000, 'w')}) {
    MessageFacts facts = MakeFacts("a.example");
    Input input = *facts.input;
    input.file = text;
    facts.input = std::make_shared<const Input>(input);
    facts.author.address = facts.author.domain = text;
    facts.message_id = facts.envelope_from = facts.list_id = text;
    facts.signatures = {MakeEvidence(text, text)};
    dkim::Evidence& evidence = facts.signatures[0];
    evidence.signature.header_a = evidence.oversigned = text;
    evidence.unsigned_names = evidence.missing_recommended = text;
    evidence.signed_names = text;
    evidence.signature.timestamp = INT64_MAX;
    evidence.signature.expiration = INT64_MIN;
    MessageRow row = MakeRow(facts, Reason::kOk);
    const std::string detail = Detail(row);
    EXPECT_LT(LongestLine(detail), 100u);
    EXPECT_TRUE(IsSafe(detail));
    EXPECT_LE(CountLines(detail), 100u);
  }
}

// H29: ten thousand signatures are not ten thousand paragraphs.
TEST(Detail, ManySignatures) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures.assign(10000, MakeEvidence("a.example"));
  const std::string detail = Detail(MakeRow(facts, Reason::kOk));
  EXPECT_NE(detail.find("and 9,936 more signatures"), std::string::npos);
  EXPECT_LE(CountLines(detail), 700u);
}

}  // namespace
}  // namespace mailassay::audit
