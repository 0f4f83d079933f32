#include "lib/audit/findings.h"

#include <gtest/gtest.h>

#include <set>

#include "lib/audit/figures.h"
#include "lib/audit/ledger.h"
#include "tests/audit/made_up.h"
#include "tests/base/keep.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

std::string KeyOf(const MessageRow& row) {
  std::string key;
  return FindingKey(row, &key) ? key : "none";
}

std::string KeyFor(Reason reason, std::string_view d) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence(d)};
  return KeyOf(MakeRow(facts, reason));
}

std::string Key(std::string_view code, std::string_view subject) {
  return std::string(code) + '\0' + std::string(subject);
}

TEST(Findings, EveryTroubleHasItsCodeAndSubject) {
  const std::string both("a.example\0b.example", 19);
  const std::string name = "sel._domainkey.b.example";
  struct Case {
    Reason reason;
    const char* code;
    std::string subject;
  };
  for (const auto& [reason, code, subject] : {
           Case{Reason::kOk, "verified_unaligned", both},
           Case{Reason::kBodyChanged, "body_changed", "a.example"},
           Case{Reason::kHeaderChanged, "header_changed", "a.example"},
           Case{Reason::kBadSignature, "bad_signature", "b.example"},
           Case{Reason::kNoKey, "no_key", name},
           Case{Reason::kWrongKey, "wrong_key", name},
           Case{Reason::kSignatureMismatch, "signature_mismatch", name},
           Case{Reason::kSigLength, "sig_length", name},
           Case{Reason::kRevoked, "revoked", name},
           Case{Reason::kKeyParse, "unusable_key", name},
           Case{Reason::kCnameLoop, "unusable_key", name},
           Case{Reason::kKeyNotAsked, "key_not_asked", ""},
           Case{Reason::kDnsTimeout, "dns_temporary", "dns_timeout"},
           Case{Reason::kDnssecBogus, "dns_temporary", "dnssec_bogus"},
           Case{Reason::kExpired, "expired", "b.example"},
           Case{Reason::kFuture, "future", "b.example"},
           Case{Reason::kWeakKey, "weak_key", name},
           Case{Reason::kWeakHash, "weak_hash", "b.example"},
           Case{Reason::kPartialBody, "partial_body", "b.example"},
           Case{Reason::kSigSyntax, "malformed_signature", "b.example"},
           Case{Reason::kFromNotSigned, "malformed_signature", "b.example"},
           Case{Reason::kLimitMessage, "limit", "limit_message"},
           Case{Reason::kKeyTooBig, "limit", "key_too_big"},
           Case{Reason::kCryptoEnv, "crypto_env", ""},
       }) {
    EXPECT_EQ(KeyFor(reason, "b.example"), Key(code, subject)) << code;
  }
  EXPECT_EQ(KeyFor(Reason::kOk, "a.example"), "none");
}

TEST(Findings, EveryReasonButOkHasOne) {
  const auto codes = FindingCodes();
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i) {
    const std::string key = KeyFor(static_cast<Reason>(i), "b.example");
    const std::string code = key.substr(0, key.find('\0'));
    EXPECT_TRUE(std::find(codes.begin(), codes.end(), code) != codes.end())
        << code;
  }
}

TEST(Findings, WithoutASignature) {
  MessageFacts facts = MakeFacts("a.example");
  EXPECT_EQ(KeyOf(MakeRow(facts, Reason::kOk)), Key("unsigned", "a.example"));
  EXPECT_EQ(KeyOf(MakeRow(facts, Reason::kLimitHeaderBytes)),
            Key("limit", "limit_header_bytes"));
  facts.has_received = false;
  EXPECT_EQ(KeyOf(MakeRow(facts, Reason::kOk)), "none");
}

TEST(Findings, AuthorsThatCannotBeNamed) {
  struct Case {
    mail::AuthorDefect defect;
    const char* code;
  };
  for (const auto& [defect, code] :
       {Case{mail::AuthorDefect::kMultiFrom, "multi_from"},
        Case{mail::AuthorDefect::kMultiAuthor, "multi_author"},
        Case{mail::AuthorDefect::kSyntax, "from_syntax"},
        Case{mail::AuthorDefect::kNoFrom, "from_syntax"},
        Case{mail::AuthorDefect::kBadDomain, "from_syntax"}}) {
    MessageFacts facts = MakeFacts("a.example");
    facts.author.defect = defect;
    facts.signatures = {MakeEvidence("b.example")};
    EXPECT_EQ(KeyOf(MakeRow(facts, Reason::kOk)), Key(code, "a.example"));
  }
}

// b64 is a defect of the field or of the record; the record tells.
TEST(Findings, DefectOfTheRecord) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("b.example")};
  MessageRow row = MakeRow(facts, Reason::kB64);
  EXPECT_EQ(KeyOf(row), Key("malformed_signature", "b.example"));
  auto answer = MakeAnswer(dkim::KeyStatus::kFound);
  answer->records = {dkim::ParseKeyRecord("v=DKIM1; p=!!!")};
  answer->origins = {{.source = "dns"}};
  ASSERT_EQ(answer->records[0].defect, Reason::kB64);
  row.signatures[0].answer = answer;
  row.signatures[0].verdict.record = 0;
  EXPECT_EQ(KeyOf(row), Key("unusable_key", "sel._domainkey.b.example"));
}

TEST(Findings, MalformedNamesAreShortened) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("")};
  facts.signatures[0].signature.header_d = Keep(std::string(60000, 'x'));
  EXPECT_LE(KeyOf(MakeRow(facts, Reason::kBadDomain)).size(), 300u);
}

TEST(Findings, CountsAreMessages) {
  const MadeUp made = MakeMany(500, 9);
  BatchTally batch;
  uint64_t troubled = 0, found = 0;
  for (const MessageRow& row : made.rows) {
    batch.Add(row);
    troubled += row.message_class != MessageClass::kVerifiedAligned &&
                row.message_class != MessageClass::kNeverSent;
  }
  for (const auto& [key, finding] : batch.findings) found += finding.count;
  EXPECT_EQ(found, troubled);
}

TEST(Findings, Words) {
  const FindingText text = DescribeFinding(
      std::string("verified_unaligned\0news.example\0esp.example", 43), 1234567,
      95);
  EXPECT_EQ(text.code, "verified_unaligned");
  EXPECT_EQ(text.subject, "news.example esp.example");
  EXPECT_EQ(text.what,
            "1,234,567 messages of news.example: signed by esp.example, not by "
            "the author's domain");
  EXPECT_EQ(text.hint,
            "they pass, but are not aligned: let the service sign with "
            "d=news.example");
  EXPECT_EQ(DescribeFinding(Key("unsigned", ""), 1, 95).what,
            "1 message of (no author domain): not signed");
  EXPECT_EQ(DescribeFinding("nonsense", 1, 95).what, "");
}

TEST(Findings, WordsFitAndAreSafe) {
  std::string hostile;
  while (hostile.size() < 4096) hostile += "\x1b[2J\xE2\x80\xAE$1\xFF";
  for (const std::string_view code : FindingCodes()) {
    for (const std::string& subject :
         {std::string(), hostile, hostile + '\0' + hostile,
          "a.example" + ('\0' + hostile)}) {
      for (uint64_t count : {uint64_t{1}, uint64_t{1000000000000}}) {
        for (size_t columns : {80, 95}) {
          const FindingText text =
              DescribeFinding(Key(code, subject), count, columns);
          EXPECT_LE(Columns(text.what), columns) << text.what;
          EXPECT_LE(Columns(text.hint), columns) << text.hint;
          EXPECT_TRUE(IsSafe(text.what + text.hint + text.subject));
          EXPECT_FALSE(text.what.empty());
          EXPECT_EQ(text.what.find("fail"), std::string::npos)
              << "\"fail\" is never said of what is only unknown";
        }
      }
    }
  }
}

TEST(Findings, CodesAreDistinct) {
  const auto codes = FindingCodes();
  EXPECT_EQ(std::set<std::string_view>(codes.begin(), codes.end()).size(),
            codes.size());
}

}  // namespace
}  // namespace mailassay::audit
