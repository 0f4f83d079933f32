#include "lib/dkim/verdict.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "lib/base/base64.h"
#include "tests/base/keep.h"
#include "tests/reference/signing_key.h"

namespace mailassay::dkim {
namespace {

using reference::Bytes;
using reference::DigestName;
using reference::SigningKey;

// The same keys in all tests: made once.
const SigningKey& Rsa(unsigned bits, uint64_t seed = 1) {
  struct Made {
    unsigned bits;
    uint64_t seed;
    SigningKey key;
  };
  static std::vector<Made>* made = new std::vector<Made>;
  for (const Made& m : *made) {
    if (m.bits == bits && m.seed == seed) return m.key;
  }
  if (made->capacity() == 0) made->reserve(64);  // references stay
  made->push_back({bits, seed, SigningKey::Rsa(seed, bits)});
  return made->back().key;
}

Digest DigestOf(DigestName name, std::string_view text) {
  const Bytes hash = reference::HashOf(name, text);
  Digest digest;
  std::copy(hash.begin(), hash.end(), digest.bytes.begin());
  digest.size = static_cast<uint8_t>(hash.size());
  return digest;
}

// Evidence of a message that `key` signed and nobody changed.
Evidence Signed(const SigningKey& key, DigestName name = DigestName::kSha256) {
  Evidence e;
  e.signature.domain = e.signature.auid_domain = "example.com";
  e.signature.selector = "sel";
  e.signature.key_type =
      key.is_rsa() ? crypto::KeyType::kRsa : crypto::KeyType::kEd25519;
  e.signature.hash = name == DigestName::kSha1 ? crypto::HashAlgorithm::kSha1
                                               : crypto::HashAlgorithm::kSha256;
  e.header_hash = DigestOf(name, "the header");
  e.signature.signature =
      KeepOctets(key.SignDigest(name, e.header_hash.span()));
  e.body = BodyMatch::kMatch;
  e.signed_body_bytes = e.body_bytes = 100;
  return e;
}

// As Signed, with a header changed after signing.
Evidence Changed(const SigningKey& key) {
  Evidence e = Signed(key);
  e.header_hash = DigestOf(DigestName::kSha256, "another header");
  return e;
}

KeyAnswer Answer(const std::vector<std::string>& records,
                 KeyStatus status = KeyStatus::kFound) {
  KeyAnswer answer;
  answer.name = "sel._domainkey.example.com";
  answer.status = status;
  for (const std::string& text : records) {
    answer.records.push_back(ParseKeyRecord(text));
    answer.origins.push_back({.source = "dns"});
  }
  return answer;
}
KeyAnswer Answer(const SigningKey& key) { return Answer({key.Record()}); }

Verdict Judge(const Evidence& evidence, const KeyAnswer& answer,
              const EvaluationTime& time = {}) {
  return Conclude(evidence, answer, {.time = time});
}

// "result reason crypto body", as a row shows it.
std::string Show(const Verdict& v) {
  std::string out(ResultName(v.result));
  for (std::string_view word :
       {ReasonCode(v.reason), CryptoName(v.crypto), BodyMatchName(v.body)}) {
    out.append(" ").append(word);
  }
  return out;
}

const char kPass[] = "pass ok pass match";

TEST(Verdict, PassHasTheRecordThatDecided) {
  const Verdict v = Judge(Signed(Rsa(2048)), Answer(Rsa(2048)));
  EXPECT_EQ(Show(v), kPass);
  EXPECT_EQ(v.record, 0);
  EXPECT_TRUE(v.flags.empty());
}

Bytes BytesOf(const Evidence& e) {
  return {e.signature.signature.begin(), e.signature.signature.end()};
}

TEST(VerdictRules, C20_Ed25519) {
  const SigningKey key = SigningKey::Ed25519(1);
  EXPECT_EQ(Show(Judge(Signed(key), Answer(key))), kPass);
  EXPECT_EQ(Show(Judge(Changed(key), Answer(key))),
            "neutral signature_mismatch fail match");
  EXPECT_EQ(Show(Judge(Signed(key), Answer(SigningKey::Ed25519(2)))),
            "neutral signature_mismatch fail match");
  Evidence truncated = Signed(key);
  truncated.signature.signature = truncated.signature.signature.first(63);
  EXPECT_EQ(Show(Judge(truncated, Answer(key))),
            "neutral sig_length fail match");
}

TEST(Verdict, WhatAFailingRsaSignatureSays) {
  EXPECT_EQ(Show(Judge(Changed(Rsa(2048)), Answer(Rsa(2048)))),
            "fail header_changed fail match");
  EXPECT_EQ(Show(Judge(Signed(Rsa(2048)), Answer(Rsa(2048, 2)))),
            "neutral wrong_key fail match");
  Evidence damaged = Signed(Rsa(2048));
  Bytes signature = BytesOf(damaged);
  signature[100] ^= 1;
  damaged.signature.signature = signature;
  EXPECT_EQ(Show(Judge(damaged, Answer(Rsa(2048)))),
            "neutral wrong_key fail match");
}

// C3-C6: padding that no honest signer makes.
TEST(VerdictRules, C3_MalformedBlock) {
  Bytes block(256, 0xFF);
  block[0] = 0;
  block[1] = 1;
  std::fill(block.begin() + 12, block.end(), uint8_t{0x30});
  block[11] = 0;
  Evidence e = Signed(Rsa(2048));
  e.signature.signature = KeepOctets(Rsa(2048).SignBlock(block));
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)))), "fail bad_signature fail match");
}

TEST(VerdictRules, C7_SignatureLength) {
  Evidence e = Signed(Rsa(2048));
  Bytes longer = BytesOf(e);
  longer.insert(longer.begin(), 0);
  e.signature.signature = longer;
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)))), "neutral sig_length fail match");
  // Not below n: the length fits, so another key of that length made it.
  e.signature.signature = KeepOctets(Bytes(256, 0xFF));
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)))), "neutral wrong_key fail match");
  EXPECT_EQ(Show(Judge(Signed(Rsa(2048)), Answer(Rsa(1024)))),
            "neutral sig_length fail match");
}

// The body decides only where the mathematics holds.
TEST(Verdict, BodyChanged) {
  Evidence e = Signed(Rsa(2048));
  e.body = BodyMatch::kMismatch;
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)))),
            "fail body_changed pass mismatch");
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048, 2)))),
            "neutral wrong_key fail mismatch");
  EXPECT_EQ(Show(Judge(e, Answer({}, KeyStatus::kNoData))),
            "permerror no_key not_run mismatch");
}

TEST(Verdict, NeverPassesABodyThatWasNotHashed) {
  Evidence e = Signed(Rsa(2048));
  e.body = BodyMatch::kNotRun;
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)))),
            "permerror crypto_env pass not_run");
}

// C22: without a result of the library there is neither pass nor fail.
TEST(VerdictRules, C22_EnvironmentIsNeitherPassNorFail) {
  Evidence e = Signed(Rsa(2048));
  e.header_hash = Digest{};
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)))),
            "permerror crypto_env not_run match");
  // Nor does another candidate's failure stand beside it.
  EXPECT_EQ(Show(Judge(e, Answer({Rsa(1024).Record(), Rsa(2048).Record()}))),
            "permerror crypto_env not_run match");
}

TEST(Verdict, DefectsAndLimitsComeFirst) {
  for (Reason defect :
       {Reason::kSigSyntax, Reason::kSigDupTag, Reason::kFromNotSigned,
        Reason::kNoFrom, Reason::kLimitSignature, Reason::kBadSelector}) {
    Evidence e = Signed(Rsa(2048));
    e.signature.defect = defect;
    e.limit = Reason::kLimitMessage;
    const Verdict v = Judge(e, Answer(Rsa(2048)));
    EXPECT_EQ(v.reason, defect);
    EXPECT_EQ(v.result, ResultOf(defect));
    EXPECT_EQ(v.crypto, Crypto::kNotRun);
    EXPECT_EQ(v.record, -1);
  }
  Evidence e = Signed(Rsa(2048));
  e.limit = Reason::kLimitSignatures;
  e.body = BodyMatch::kNotRun;
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)))),
            "policy limit_signatures not_run not_run");
  EXPECT_EQ(Show(Judge(e, Answer({}, KeyStatus::kTimeout))),
            "policy limit_signatures not_run not_run");
}

TEST(VerdictRules, D1_D2_D9_WithoutARecord) {
  struct Case {
    KeyStatus status;
    std::string_view shown;
  };
  for (const auto& [status, shown] : {
           Case{KeyStatus::kFound, "permerror no_key"},
           Case{KeyStatus::kNxDomain, "permerror no_key"},
           Case{KeyStatus::kNoData, "permerror no_key"},
           Case{KeyStatus::kNotAsked, "temperror key_not_asked"},
           Case{KeyStatus::kServfail, "temperror dns_servfail"},
           Case{KeyStatus::kRefused, "temperror dns_refused"},
           Case{KeyStatus::kTimeout, "temperror dns_timeout"},
           Case{KeyStatus::kNetwork, "temperror dns_network"},
           Case{KeyStatus::kMalformed, "temperror dns_malformed"},
           Case{KeyStatus::kBogus, "temperror dnssec_bogus"},
           Case{KeyStatus::kCnameLoop, "permerror cname_loop"},
           Case{KeyStatus::kCnameLimit, "policy limit_cname"},
           Case{KeyStatus::kZoneLimit, "policy limit_zone"},
           Case{KeyStatus::kTxtLimit, "policy limit_key_txt"},
       }) {
    const Verdict v = Judge(Signed(Rsa(2048)), Answer({}, status));
    EXPECT_EQ(Show(v), std::string(shown) + " not_run match");
    EXPECT_EQ(v.record, -1);
  }
}

// Records at hand can pass while the rest of the answer is unknown, and never
// fail (promise P5).
TEST(Verdict, IncompleteAnswersNeverAccuse) {
  for (KeyStatus status : {KeyStatus::kTimeout, KeyStatus::kBogus,
                           KeyStatus::kTxtLimit, KeyStatus::kCnameLimit}) {
    EXPECT_EQ(
        Show(Judge(Signed(Rsa(2048)), Answer({Rsa(2048).Record()}, status))),
        kPass);
    for (const std::string& record :
         {Rsa(2048, 2).Record(), std::string("v=DKIM1; p=")}) {
      const Verdict v = Judge(Signed(Rsa(2048)), Answer({record}, status));
      EXPECT_EQ(v.crypto, Crypto::kNotRun);
      EXPECT_EQ(v.record, -1);
      EXPECT_TRUE(v.result == Result::kTempError || v.result == Result::kPolicy)
          << Show(v);
    }
  }
  // A definite answer beside older records does not hide their failure.
  EXPECT_EQ(Show(Judge(Changed(Rsa(2048)),
                       Answer({Rsa(2048).Record()}, KeyStatus::kNxDomain))),
            "fail header_changed fail match");
}

// ---- Rules between the key and the signature.

TEST(VerdictRules, T14_Sha1) {
  const Evidence e = Signed(Rsa(2048), DigestName::kSha1);
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)))), "policy weak_hash pass match");
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048, 2)))),
            "neutral wrong_key fail match");
  Evidence body = e;
  body.body = BodyMatch::kMismatch;
  EXPECT_EQ(Show(Judge(body, Answer(Rsa(2048)))),
            "fail body_changed pass mismatch");
}

TEST(VerdictRules, T26_StrictAuid) {
  const KeyAnswer strict = Answer({Rsa(2048).Record("t=s; ")});
  Evidence e = Signed(Rsa(2048));
  EXPECT_EQ(Show(Judge(e, strict)), kPass);
  e.signature.auid_domain = "mail.example.com";
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)))), kPass);
  const Verdict v = Judge(e, strict);
  EXPECT_EQ(Show(v), "permerror auid_strict not_run match");
  EXPECT_EQ(v.record, 0);
}

TEST(VerdictRules, T37_Service) {
  EXPECT_EQ(
      Show(Judge(Signed(Rsa(2048)), Answer({Rsa(2048).Record("s=tlsrpt; ")}))),
      "permerror key_service not_run match");
}

TEST(VerdictRules, T38_KeyHash) {
  const KeyAnswer sha1 = Answer({Rsa(2048).Record("h=sha1; ")});
  const KeyAnswer sha256 = Answer({Rsa(2048).Record("h=sha256; ")});
  const Evidence e = Signed(Rsa(2048));
  EXPECT_EQ(Show(Judge(e, sha1)), "permerror key_hash not_run match");
  EXPECT_EQ(Show(Judge(e, sha256)), kPass);
  const Evidence old = Signed(Rsa(2048), DigestName::kSha1);
  EXPECT_EQ(Show(Judge(old, sha256)), "permerror key_hash not_run match");
  EXPECT_EQ(Show(Judge(old, sha1)), "policy weak_hash pass match");
}

TEST(VerdictRules, T39_TestingChangesNothing) {
  const KeyAnswer testing = Answer({Rsa(2048).Record("t=y; ")});
  const Verdict pass = Judge(Signed(Rsa(2048)), testing);
  EXPECT_EQ(Show(pass), kPass);
  EXPECT_TRUE(pass.flags.Has(Flag::kTesting));
  const Verdict fail = Judge(Changed(Rsa(2048)), testing);
  EXPECT_EQ(Show(fail), "fail header_changed fail match");
  EXPECT_TRUE(fail.flags.Has(Flag::kTesting));
}

TEST(VerdictRules, C10_WeakKey) {
  for (unsigned bits : {512u, 768u, 1022u}) {
    const Verdict v = Judge(Signed(Rsa(bits)), Answer(Rsa(bits)));
    EXPECT_EQ(Show(v), "policy weak_key pass match") << bits;
    EXPECT_FALSE(v.flags.Has(Flag::kKeyLt2048)) << bits;
    EXPECT_EQ(Show(Judge(Changed(Rsa(bits)), Answer(Rsa(bits)))),
              "fail header_changed fail match")
        << bits;
  }
}

TEST(VerdictRules, C11_KeyBelow2048) {
  for (unsigned bits : {1024u, 1536u}) {
    const Verdict v = Judge(Signed(Rsa(bits)), Answer(Rsa(bits)));
    EXPECT_EQ(Show(v), kPass) << bits;
    EXPECT_TRUE(v.flags.Has(Flag::kKeyLt2048)) << bits;
  }
}

TEST(VerdictRules, C16_Pkcs1Key) {
  EXPECT_EQ(Show(Judge(Signed(Rsa(2048)),
                       Answer({"v=DKIM1; p=" + Rsa(2048).Pkcs1Base64()}))),
            kPass);
}

TEST(VerdictRules, C18_KeyOfAnotherType) {
  const SigningKey ed = SigningKey::Ed25519(1);
  EXPECT_EQ(Show(Judge(Signed(Rsa(2048)), Answer(ed))),
            "permerror key_algo_mismatch not_run match");
  EXPECT_EQ(Show(Judge(Signed(ed), Answer(Rsa(2048)))),
            "permerror key_algo_mismatch not_run match");
  // Each finds its own under one name, which is not a choice of several.
  const KeyAnswer both = Answer({ed.Record(), Rsa(2048).Record()});
  const Verdict v = Judge(Signed(Rsa(2048)), both);
  EXPECT_EQ(Show(v), kPass);
  EXPECT_EQ(v.record, 1);
  EXPECT_FALSE(v.flags.Has(Flag::kSeveralKeys));
  EXPECT_EQ(Show(Judge(Signed(ed), both)), kPass);
}

TEST(VerdictRules, D12_Revoked) {
  const Verdict v = Judge(Signed(Rsa(2048)), Answer({"v=DKIM1; p="}));
  EXPECT_EQ(Show(v), "permerror revoked not_run match");
  EXPECT_EQ(v.record, 0);
}

TEST(VerdictRules, D8_UnusableRecordsAreDropped) {
  const std::string spf = "v=spf1 -all";
  for (const std::vector<std::string>& records :
       {std::vector<std::string>{spf, Rsa(2048).Record()},
        {Rsa(2048).Record(), spf},
        {"v=DKIM1; p=", Rsa(2048).Record()},
        {"v=DKIM1; p=!!", "", Rsa(2048).Record()}}) {
    const Verdict v = Judge(Signed(Rsa(2048)), Answer(records));
    EXPECT_EQ(Show(v), kPass);
    EXPECT_FALSE(v.flags.Has(Flag::kSeveralKeys));
  }
  // A failing key is not excused by what stands beside it.
  EXPECT_EQ(Show(Judge(Changed(Rsa(2048)),
                       Answer({"v=DKIM1; p=", Rsa(2048).Record(), spf}))),
            "fail header_changed fail match");
}

TEST(VerdictRules, D8_SeveralKeysAreCandidates) {
  const std::string right = Rsa(2048).Record();
  const std::string other = Rsa(2048, 2).Record("t=y; ");
  const std::string small = Rsa(1024).Record();
  struct Case {
    std::vector<std::string> records;
    int decides;
  };
  for (const auto& [records, decides] :
       {Case{{right, other}, 0}, Case{{other, right}, 1},
        Case{{small, other, right}, 2}}) {
    const Verdict v = Judge(Signed(Rsa(2048)), Answer(records));
    EXPECT_EQ(Show(v), kPass);
    EXPECT_EQ(v.record, decides);
    EXPECT_TRUE(v.flags.Has(Flag::kSeveralKeys));
    EXPECT_FALSE(v.flags.Has(Flag::kTesting));  // the other one's
    // The key that did sign says most.
    const Verdict changed = Judge(Changed(Rsa(2048)), Answer(records));
    EXPECT_EQ(Show(changed), "fail header_changed fail match");
    EXPECT_EQ(changed.record, decides);
  }
  const Verdict v = Judge(Signed(Rsa(2048)), Answer({small, other}));
  EXPECT_EQ(Show(v), "neutral wrong_key fail match");
  EXPECT_EQ(v.record, 1);
}

// Where no record can be used, the one that says most gives the reason.
// Known from earlier, beside an answer of any status.
void AddEarlier(const std::string& record, KeyOrigin origin,
                KeyAnswer* answer) {
  origin.earlier = true;
  answer->records.push_back(ParseKeyRecord(record));
  answer->origins.push_back(std::move(origin));
}

TEST(Verdict, AKeyOfTheHistoryVerifies) {
  for (KeyStatus status : {KeyStatus::kNxDomain, KeyStatus::kNoData,
                           KeyStatus::kNotAsked, KeyStatus::kServfail}) {
    KeyAnswer answer = Answer({}, status);
    AddEarlier(Rsa(2048).Record(), {.source = "dns"}, &answer);
    const Verdict v = Judge(Signed(Rsa(2048)), answer);
    EXPECT_EQ(Show(v), kPass);
    EXPECT_EQ(v.record, 0);
    EXPECT_TRUE(v.flags.empty());
  }
  // Replaced: neither of them alone is several keys.
  KeyAnswer replaced = Answer(Rsa(2048, 2));
  AddEarlier(Rsa(2048).Record(), {.source = "dns"}, &replaced);
  const Verdict v = Judge(Signed(Rsa(2048)), replaced);
  EXPECT_EQ(Show(v), kPass);
  EXPECT_EQ(v.record, 1);
  EXPECT_TRUE(v.flags.empty());
}

// P5: what is known from earlier never makes an accusation of what DNS has not
// said.
TEST(Verdict, AKeyOfTheHistoryThatDoesNotFit) {
  const auto with = [](KeyStatus status) {
    KeyAnswer answer = Answer({}, status);
    AddEarlier(Rsa(2048, 2).Record(), {.source = "dns"}, &answer);
    return Show(Judge(Signed(Rsa(2048)), answer));
  };
  EXPECT_EQ(with(KeyStatus::kServfail), "temperror dns_servfail not_run match");
  EXPECT_EQ(with(KeyStatus::kNxDomain), "neutral wrong_key fail match");
}

TEST(Verdict, RevokedSince) {
  const auto flag = [](KeyOrigin used, KeyOrigin revoked, bool now) {
    KeyAnswer answer =
        now ? Answer({"v=DKIM1; p="}) : Answer({}, KeyStatus::kNotAsked);
    if (!now) AddEarlier("v=DKIM1; p=", revoked, &answer);
    AddEarlier(Rsa(2048).Record(), used, &answer);
    const Verdict v = Judge(Signed(Rsa(2048)), answer);
    EXPECT_EQ(Show(v), kPass);
    return v.flags.Has(Flag::kKeyRevokedSince);
  };
  const KeyOrigin used{.source = "dns", .first_seen = 10, .last_seen = 20};
  EXPECT_TRUE(flag(used, {}, true));
  EXPECT_TRUE(flag(used, {.source = "dns", .first_seen = 21}, false));
  // Taken back, and published again.
  EXPECT_FALSE(flag(used, {.source = "dns", .first_seen = 15}, false));
  // An empty p= alone is still what it is.
  EXPECT_EQ(Show(Judge(Signed(Rsa(2048)), Answer({"v=DKIM1; p="}))),
            "permerror revoked not_run match");
}

TEST(Verdict, TheKeyPublishedAtReceiptIsNamed) {
  const std::string record = Rsa(2048).Record();
  const auto named = [&](std::vector<KeyOrigin> origins, int64_t receipt) {
    KeyAnswer answer = Answer({}, KeyStatus::kNxDomain);
    for (size_t i = 0; i < origins.size(); ++i) {
      AddEarlier(record + "; n=" + std::to_string(i), origins[i], &answer);
    }
    EvaluationTime time;
    time.seconds = receipt;
    const Verdict v = Judge(Signed(Rsa(2048)), answer, time);
    EXPECT_EQ(Show(v), kPass);
    return v.record;
  };
  const int64_t t = 1'700'000'000;
  const KeyOrigin proved{.source = std::string(kMessageProved),
                         .first_seen = t - 9,
                         .last_seen = t + 9};
  const KeyOrigin before{
      .source = "dns", .first_seen = t - 9, .last_seen = t - 5};
  const KeyOrigin then{
      .source = "import:x", .first_seen = t - 5, .last_seen = t + 5};
  EXPECT_EQ(named({before, then}, t), 1);
  EXPECT_EQ(named({before, then}, t - 7), 0);
  EXPECT_EQ(named({before, then}, t - 5), 0);
  EXPECT_EQ(named({before, then}, t + 7), 0);
  // A message never outranks what was seen published.
  EXPECT_EQ(named({proved, before}, t), 1);
  EXPECT_EQ(named({proved}, t), 0);
}

TEST(Verdict, ARecoveredKeyVerifiesNothing) {
  const KeyOrigin origin{.source = std::string(kRecovered),
                         .recovered_from = 7};
  const auto judge = [&](KeyAnswer answer) {
    AddEarlier(Rsa(2048).Record(), origin, &answer);
    return Judge(Signed(Rsa(2048)), answer);
  };
  const Verdict v = judge(Answer({}, KeyStatus::kNxDomain));
  EXPECT_EQ(Show(v), "permerror no_key pass match");
  EXPECT_EQ(v.record, 0);
  EXPECT_EQ(Show(judge(Answer({}, KeyStatus::kNotAsked))),
            "temperror key_not_asked pass match");
  EXPECT_EQ(Show(judge(Answer({"v=DKIM1; p="}))),
            "permerror revoked pass match");
  EXPECT_EQ(Show(judge(Answer({}, KeyStatus::kServfail))),
            "temperror dns_servfail pass match");
  EXPECT_EQ(Show(judge(Answer(Rsa(2048, 2)))), "neutral wrong_key pass match");
  // It says nothing of what it did not sign, nor beside the key itself.
  KeyAnswer other = Answer({}, KeyStatus::kNxDomain);
  AddEarlier(Rsa(2048, 2).Record(), origin, &other);
  EXPECT_EQ(Show(Judge(Signed(Rsa(2048)), other)),
            "permerror no_key not_run match");
  const Verdict published = judge(Answer(Rsa(2048)));
  EXPECT_EQ(Show(published), kPass);
  EXPECT_EQ(published.record, 0);
}

TEST(Verdict, ADisclosedKeyProvesNothing) {
  KeyAnswer answer = Answer(Rsa(2048));
  answer.origins[0].disclosed = true;
  EXPECT_EQ(Show(Judge(Signed(Rsa(2048)), answer)),
            "policy key_disclosed pass match");
  EXPECT_EQ(Show(Judge(Changed(Rsa(2048)), answer)),
            "fail header_changed fail match");
}

TEST(Verdict, TheMostTellingUnusableRecord) {
  const std::string revoked = "v=DKIM1; p=";
  const std::string spf = "v=spf1 -all";
  const std::string garbled = "v=DKIM1; p=!!";
  const std::string sha1 = Rsa(2048).Record("h=sha1; ");
  const std::string limit = "p=" + std::string(kMaxKeyText + 1, 'A');
  struct Case {
    std::vector<std::string> records;
    std::string_view shown;
    int decides;
  };
  for (const auto& [records, shown, decides] :
       {Case{{spf, garbled}, "permerror key_b64", 1},
        Case{{garbled, spf}, "permerror key_b64", 0},
        Case{{garbled, sha1}, "permerror key_hash", 1},
        Case{{sha1, revoked, garbled}, "permerror revoked", 1},
        Case{{revoked, limit}, "policy limit_key_txt", 1},
        Case{{spf}, "permerror key_version", 0},
        Case{{"x", spf}, "permerror key_syntax", 0}}) {
    const Verdict v = Judge(Signed(Rsa(2048)), Answer(records));
    EXPECT_EQ(Show(v), std::string(shown) + " not_run match");
    EXPECT_EQ(v.record, decides);
  }
}

// ---- l=, t= and x=.

TEST(VerdictRules, T31_T32_PartialBody) {
  for (uint64_t length : {0u, 60u}) {
    Evidence e = Signed(Rsa(2048));
    e.signature.body_length = length;
    e.signed_body_bytes = length;
    const Verdict v = Judge(e, Answer(Rsa(2048)));
    EXPECT_EQ(Show(v), "policy partial_body pass match");
    EXPECT_FALSE(v.flags.Has(Flag::kLTag));
  }
}

TEST(VerdictRules, T33_WholeBodyUnderL) {
  Evidence e = Signed(Rsa(2048));
  EXPECT_FALSE(Judge(e, Answer(Rsa(2048))).flags.Has(Flag::kLTag));
  e.signature.body_length = e.body_bytes;
  const Verdict v = Judge(e, Answer(Rsa(2048)));
  EXPECT_EQ(Show(v), kPass);
  EXPECT_TRUE(v.flags.Has(Flag::kLTag));
  e.signature.body_length = e.signed_body_bytes = e.body_bytes = 0;
  EXPECT_TRUE(Judge(e, Answer(Rsa(2048))).flags.Has(Flag::kLTag));
}

TEST(VerdictRules, T34_LTooLong) {
  Evidence e = Signed(Rsa(2048));
  e.signature.body_length = 101;
  e.signature.defect = Reason::kLTooLong;
  e.body = BodyMatch::kMismatch;
  const Verdict v = Judge(e, Answer(Rsa(2048)));
  EXPECT_EQ(Show(v), "permerror l_too_long pass mismatch");
  EXPECT_EQ(v.record, 0);
  EXPECT_FALSE(v.flags.Has(Flag::kLTag));
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048, 2)))),
            "permerror l_too_long fail mismatch");
  EXPECT_EQ(Show(Judge(e, Answer({}, KeyStatus::kTimeout))),
            "permerror l_too_long not_run mismatch");
}

TEST(VerdictRules, T27_Expired) {
  Evidence e = Signed(Rsa(2048));
  e.signature.expiration = 1000;
  const auto at = [&](int64_t seconds, int64_t margin) {
    return Show(Judge(e, Answer(Rsa(2048)),
                      {.seconds = seconds, .margin_seconds = margin}));
  };
  EXPECT_EQ(at(1301, 300), "policy expired pass match");
  EXPECT_EQ(at(1300, 300), kPass);
  EXPECT_EQ(at(1001, 0), "policy expired pass match");
  EXPECT_EQ(at(1000, 0), kPass);
  EXPECT_EQ(at(51'400, 14 * 3600), kPass);
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)), {})), kPass);  // time unknown
  Evidence changed = Changed(Rsa(2048));
  changed.signature.expiration = 1000;
  EXPECT_EQ(Show(Judge(changed, Answer(Rsa(2048)), {.seconds = 9999})),
            "fail header_changed fail match");
}

TEST(VerdictRules, T29_Future) {
  Evidence e = Signed(Rsa(2048));
  e.signature.timestamp = 10'000;
  const auto at = [&](int64_t seconds) {
    return Show(Judge(e, Answer(Rsa(2048)), {.seconds = seconds}));
  };
  // A clock that is off by a day or less is no reason to refuse.
  EXPECT_EQ(at(10'000 - 86'401), "policy future pass match");
  EXPECT_EQ(at(10'000 - 86'400), kPass);
  EXPECT_EQ(at(9'699), kPass);
  EXPECT_EQ(at(20'000), kPass);
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)), {})), kPass);
  const auto flagged = [&](int64_t seconds, int64_t margin) {
    return Judge(e, Answer(Rsa(2048)),
                 {.seconds = seconds, .margin_seconds = margin})
        .flags.Has(Flag::kTAhead);
  };
  EXPECT_TRUE(flagged(10'000 - 86'401, 300));
  EXPECT_TRUE(flagged(9'699, 300));
  EXPECT_FALSE(flagged(9'700, 300));
  EXPECT_FALSE(flagged(9'699, 14 * 3600));
  EXPECT_FALSE(Judge(e, Answer(Rsa(2048)), {}).flags.Has(Flag::kTAhead));
  e.signature.timestamp = 999'999'999'999;
  EXPECT_EQ(at(0), "policy future pass match");
}

// Of several rules that refuse what holds, the documented order.
TEST(Verdict, OrderOfRefusals) {
  const EvaluationTime late{.seconds = 5000};
  Evidence e = Signed(Rsa(768), DigestName::kSha1);
  e.signature.expiration = 1000;
  e.signature.body_length = e.signed_body_bytes = 1;
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(768)), late)),
            "policy weak_hash pass match");
  e = Signed(Rsa(768));
  e.signature.expiration = 1000;
  e.signature.body_length = e.signed_body_bytes = 1;
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(768)), late)),
            "policy weak_key pass match");
  e = Signed(Rsa(2048));
  e.signature.expiration = 1000;
  e.signature.body_length = e.signed_body_bytes = 1;
  EXPECT_EQ(Show(Judge(e, Answer(Rsa(2048)), late)),
            "policy partial_body pass match");
}

TEST(Verdict, FlagsOfAllSourcesTogether) {
  Evidence e = Signed(Rsa(1024));
  e.signature.flags.Add(Flag::kB64Noncanonical);
  e.reading_flags.Add(Flag::kMixedEol);
  e.coverage_flags.Add(Flag::kUnsignedFrom);
  const KeyAnswer answer =
      Answer({"p=" + Rsa(1024).PublicKeyBase64() + "; t=y; v=DKIM1"});
  FlagSet expected;
  for (Flag f : {Flag::kB64Noncanonical, Flag::kMixedEol, Flag::kUnsignedFrom,
                 Flag::kKeyLt2048, Flag::kTesting, Flag::kKeyVNotFirst}) {
    expected.Add(f);
  }
  EXPECT_EQ(Judge(e, answer).flags, expected);
  // Without a key, those of the signature and the evidence remain.
  const Verdict v = Judge(e, Answer({}, KeyStatus::kNxDomain));
  EXPECT_TRUE(v.flags.Has(Flag::kMixedEol));
  EXPECT_FALSE(v.flags.Has(Flag::kTesting));
}

}  // namespace
}  // namespace mailassay::dkim
