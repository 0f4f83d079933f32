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
           Case{Reason::kHeaderAndBodyChanged, "header_and_body_changed",
                "a.example"},
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
           Case{Reason::kSigSyntax, "damaged_signature", "b.example"},
           Case{Reason::kAuidDomain, "damaged_signature", "b.example"},
           Case{Reason::kAuidStrict, "auid_strict", name},
           Case{Reason::kLTooLong, "body_cut", "a.example"},
           Case{Reason::kNoFrom, "no_from", "b.example"},
           Case{Reason::kXBeforeT, "malformed_signature", "b.example"},
           Case{Reason::kFromNotSigned, "malformed_signature", "b.example"},
           Case{Reason::kLimitMessage, "limit", "limit_message"},
           Case{Reason::kKeyTooBig, "limit", "key_too_big"},
           Case{Reason::kCryptoEnv, "crypto_env", ""},
       }) {
    EXPECT_EQ(KeyFor(reason, "b.example"), Key(code, subject)) << code;
  }
  EXPECT_EQ(KeyFor(Reason::kOk, "a.example"), "none");
}

// The row's answer, without a record.
std::string KeyBySource(Reason reason, std::string_view source) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("b.example")};
  MessageRow row = MakeRow(facts, reason);
  auto answer = MakeAnswer(dkim::KeyStatus::kNxDomain);
  answer->source = std::string(source);
  row.signatures[0].answer = answer;
  return KeyOf(row);
}

TEST(Findings, WhatAFileSaysIsNotSaidOfDns) {
  const std::string name = "sel._domainkey.b.example";
  struct Case {
    Reason reason;
    std::string code;
    std::string subject;
  };
  for (const auto& [reason, code, subject] :
       {Case{Reason::kNoKey, "no_key", name},
        Case{Reason::kRevoked, "revoked", name},
        Case{Reason::kCnameLoop, "unusable_key", name},
        Case{Reason::kDnsTimeout, "dns_temporary", "dns_timeout"}}) {
    EXPECT_EQ(KeyBySource(reason, "dns"), Key(code, subject));
    for (const char* source : {"import:keys.tsv", "history", ""}) {
      EXPECT_EQ(KeyBySource(reason, source), Key(code + "_at_hand", subject));
    }
  }
  for (const char* code : {"no_key_at_hand", "revoked_at_hand",
                           "unusable_key_at_hand", "dns_temporary_at_hand"}) {
    FindingTally tally;
    tally.count = 1;
    const FindingText text = DescribeFinding(Key(code, name), tally, 95);
    EXPECT_NE(text.what.find("the answer at hand"), std::string::npos) << code;
    EXPECT_NE(text.hint.find("from a key file or the key history"),
              std::string::npos)
        << code;
    EXPECT_EQ(text.what.find("published"), std::string::npos);
  }
}

// A recovered key beside it is no answer.
TEST(Findings, ARecoveredKeyIsNotWhoSaysThatThereIsNone) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("b.example")};
  MessageRow row = MakeRow(facts, Reason::kNoKey);
  auto answer = MakeAnswer("b.example");
  answer->status = dkim::KeyStatus::kNxDomain;
  answer->origins[0].source = dkim::kRecovered;
  row.signatures[0].answer = answer;
  row.signatures[0].verdict.record = 0;
  const std::string name = "sel._domainkey.b.example";
  EXPECT_EQ(KeyOf(row), Key("no_key", name));
  answer->source = "import:keys.tsv";
  EXPECT_EQ(KeyOf(row), Key("no_key_at_hand", name));
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
  facts.trace = mail::Trace::kNone;
  EXPECT_EQ(KeyOf(MakeRow(facts, Reason::kOk)), "none");
}

TEST(Findings, UnsignedByWhereItCameFrom) {
  MessageFacts facts = MakeFacts("a.example");
  struct Case {
    mail::Trace trace;
    const char* code;
  };
  for (const auto& [trace, code] :
       {Case{mail::Trace::kListArchive, "unsigned_archive"},
        Case{mail::Trace::kNews, "unsigned_news"}}) {
    facts.trace = trace;
    MessageRow row = MakeRow(facts, Reason::kOk);
    row.message_class = MessageClass::kUnsigned;
    EXPECT_EQ(KeyOf(row), Key(code, ""));
  }
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

TEST(Findings, BadBase64OfFieldAndRecord) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("b.example")};
  EXPECT_EQ(KeyOf(MakeRow(facts, Reason::kB64)),
            Key("damaged_signature", "b.example"));
  MessageRow row = MakeRow(facts, Reason::kKeyB64);
  auto answer = MakeAnswer(dkim::KeyStatus::kFound);
  answer->records = {dkim::ParseKeyRecord("v=DKIM1; p=!!!")};
  answer->origins = {{.source = "dns"}};
  ASSERT_EQ(answer->records[0].defect, Reason::kKeyB64);
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

FindingTally Times(uint64_t count) {
  FindingTally tally;
  tally.count = count;
  return tally;
}

// A name is worth more than dates, which may stand in the line below.
TEST(Findings, DatesStandWhereThereIsRoom) {
  FindingTally tally = Times(3);
  tally.first_at = 1700000000;
  tally.last_at = 1710000000;
  const std::string dates = ", 2023-11-14 to 2024-03-09";
  FindingText text =
      DescribeFinding(Key("unsigned", "a.example"), tally, 95, "2024-04");
  EXPECT_EQ(text.what, "3 messages of a.example: not signed" + dates);
  EXPECT_EQ(text.hint, "signed since 2024-04: over, nothing is left to do");
  const std::string name = std::string(60, 'x') + ".example";
  text = DescribeFinding(Key("header_changed", name), tally, 95);
  EXPECT_NE(text.what.find(std::string(20, 'x')), std::string::npos);
  EXPECT_EQ(text.what.find("2023"), std::string::npos);
  EXPECT_EQ(text.hint,
            "subject tags of lists and rewritten addresses do this" + dates);
  tally.last_at = tally.first_at;
  EXPECT_EQ(DescribeFinding(Key("unsigned", "a.example"), tally, 95).what,
            "3 messages of a.example: not signed, 2023-11-14");
}

TEST(Findings, CausesOfWholeInputs) {
  UnitCause cause = {.damage = Damage::kBody,
                     .messages = 24,
                     .of_messages = 25,
                     .signers = 24,
                     .by_lists = false,
                     .key_unknown = 0,
                     .untold = 0,
                     .finding = Times(24)};
  FindingText text = DescribeCause("export", cause, 95);
  EXPECT_EQ(text.code, "input_bodies_changed");
  EXPECT_EQ(text.subject, "export");
  EXPECT_EQ(text.what,
            "24 of 25 signed messages in export: bodies rewritten, headers "
            "intact");
  EXPECT_EQ(
      text.hint,
      "24 signers: most likely the export, or what stored or received it, "
      "not the senders");
  cause.key_unknown = 1;
  EXPECT_EQ(DescribeCause("export", cause, 95).what,
            "24 of 25 signed messages in export: bodies rewritten, headers "
            "intact or unknown");
  cause.damage = Damage::kHeader;
  cause.untold = 3;
  EXPECT_EQ(DescribeCause("export", cause, 95).what,
            "24 of 25 signed messages with keys in export: signed "
            "header fields rewritten");
  cause.damage = Damage::kBody;
  cause.untold = 0;
  cause.key_unknown = 24;
  cause.by_lists = true;
  cause.signers = UnitTally::kMaxSigners;
  text = DescribeCause("export", cause, 95);
  EXPECT_EQ(
      text.what,
      "24 of 25 signed messages in export: bodies rewritten; no key tells "
      "of headers");
  EXPECT_EQ(text.hint,
            "64+ signers: most likely the lists it came through, or the "
            "export, not the senders");
  cause.damage.reset();
  EXPECT_EQ(DescribeCause("x", cause, 95).code, "input_damaged");
  std::string hostile;
  while (hostile.size() < 4096) hostile += "\x1b[2J\xE2\x80\xAE$1\xFF";
  for (size_t i = 0; i < kDamages; ++i) {
    cause.damage = static_cast<Damage>(i);
    cause.messages = cause.of_messages = 1000000000;
    text = DescribeCause(hostile, cause, 95);
    EXPECT_LE(Columns(text.what), 95u) << text.what;
    EXPECT_TRUE(IsSafe(text.what + text.hint + text.subject));
  }
}

TEST(Findings, KeysOfDamageHaveAUnit) {
  const std::string key = Key("body_changed", "a.example");
  const std::string in_unit = key + '\0' + "d" + '\0' + "box";
  FindingParts parts = PartsOfFinding(in_unit);
  EXPECT_EQ(parts.finding, key);
  EXPECT_EQ(parts.damage, Damage::kBody);
  EXPECT_EQ(parts.unit, std::string("d\0box", 5));
  const std::string other =
      std::string("verified_unaligned\0a.example\0b.example", 39);
  parts = PartsOfFinding(other);
  EXPECT_EQ(parts.finding, other);
  EXPECT_FALSE(parts.damage);
  EXPECT_EQ(SenderOfUnsigned(Key("unsigned", "a.example")), "a.example");
  EXPECT_EQ(SenderOfUnsigned(Key("unsigned", "")), "");
  EXPECT_FALSE(SenderOfUnsigned(Key("unsigned_archive", "")));
  EXPECT_FALSE(SenderOfUnsigned(key));
}

TEST(Findings, Words) {
  const FindingText text = DescribeFinding(
      std::string("verified_unaligned\0news.example\0esp.example", 43),
      Times(1234567), 95);
  EXPECT_EQ(text.code, "verified_unaligned");
  EXPECT_EQ(text.subject, "news.example esp.example");
  EXPECT_EQ(text.what,
            "1,234,567 messages of news.example: signed by esp.example, not by "
            "the author's domain");
  EXPECT_EQ(text.hint,
            "they pass, but are not aligned: let the service sign with "
            "d=news.example");
  EXPECT_EQ(DescribeFinding(Key("unsigned", ""), Times(1), 95).what,
            "1 message of (no author domain): not signed");
  EXPECT_EQ(DescribeFinding("nonsense", Times(1), 95).what, "");
}

TEST(Findings, HintsAreTrueForEveryOption) {
  const auto hint = [](std::string_view code, std::string_view subject) {
    return DescribeFinding(Key(code, subject), Times(1), 95).hint;
  };
  EXPECT_EQ(hint("limit", "limit_message"),
            "neither good nor bad: raise --max-message to judge them");
  EXPECT_EQ(hint("limit", "limit_zone"),
            "neither good nor bad: raise --dns-zone-limit to judge them");
  for (const char* fixed : {"limit_h", "limit_tag", "limit_headers",
                            "limit_signatures", "key_too_big"}) {
    EXPECT_EQ(hint("limit", fixed),
              "neither good nor bad: a fixed limit, which no option raises");
  }
  EXPECT_NE(hint("expired", "b.example").find("--at"), std::string::npos);
  EXPECT_NE(hint("future", "b.example").find("--at"), std::string::npos);
  EXPECT_NE(hint("weak_key", "b.example").find("--min-rsa-bits"),
            std::string::npos);
  EXPECT_EQ(hint("auid_strict", "s._domainkey.b.example"),
            "i= is in a subdomain of d=, which the key record forbids (t=s)");
  EXPECT_EQ(hint("unusable_key", "s._domainkey.b.example"),
            "keys.csv shows it; it need not be the record of then");
  EXPECT_EQ(hint("unsigned_news", ""),
            "posts of Usenet, which are not signed as a rule");
}

TEST(Findings, WordsFitAndAreSafe) {
  std::string hostile;
  while (hostile.size() < 4096) hostile += "\x1b[2J\xE2\x80\xAE$1\xFF";
  for (const std::string_view code : FindingCodes()) {
    if (code.starts_with("input_")) continue;  // DescribeCause
    for (const std::string& subject :
         {std::string(), hostile, hostile + '\0' + hostile,
          "a.example" + ('\0' + hostile)}) {
      for (uint64_t count : {uint64_t{1}, uint64_t{1000000000000}}) {
        for (size_t columns : {80, 95}) {
          const FindingText text =
              DescribeFinding(Key(code, subject), Times(count), columns);
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
