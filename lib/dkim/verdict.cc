#include "lib/dkim/verdict.h"

#include <algorithm>
#include <array>
#include <cassert>

namespace mailassay::dkim {
namespace {

constexpr int kNoRecord = -1;

// ---- The key's availability (RFC 6376 6.1.2).

Reason ReasonOf(KeyStatus status) {
  switch (status) {
    case KeyStatus::kFound:  // without a record
    case KeyStatus::kNxDomain:
    case KeyStatus::kNoData:
      return Reason::kNoKey;
    case KeyStatus::kNotAsked:
      return Reason::kKeyNotAsked;
    case KeyStatus::kServfail:
      return Reason::kDnsServfail;
    case KeyStatus::kRefused:
      return Reason::kDnsRefused;
    case KeyStatus::kTimeout:
      return Reason::kDnsTimeout;
    case KeyStatus::kNetwork:
      return Reason::kDnsNetwork;
    case KeyStatus::kMalformed:
      return Reason::kDnsMalformed;
    case KeyStatus::kBogus:
      return Reason::kDnssecBogus;
    case KeyStatus::kCnameLoop:
      return Reason::kCnameLoop;
    case KeyStatus::kCnameLimit:
      return Reason::kLimitCname;
    case KeyStatus::kTxtLimit:
      return Reason::kLimitKeyTxt;
    case KeyStatus::kZoneLimit:
      return Reason::kLimitZone;
  }
  return Reason::kNoKey;
}

// There may be keys that the answer does not hold: records at hand can still
// pass, but their failure accuses no one (promise P5).
bool MayHideKeys(KeyStatus status) {
  return IsTemporary(status) || status == KeyStatus::kCnameLimit ||
         status == KeyStatus::kTxtLimit || status == KeyStatus::kZoneLimit;
}

// ---- One record against the signature.

// 6.1.2 steps 4-8 and 3.6.1: kOk for a candidate.
Reason CheckRecord(const KeyRecord& record, const Signature& signature) {
  if (record.defect != Reason::kOk) return record.defect;
  // RFC 8463 4: the type of k= is the one that a= names.
  if (record.type != signature.key_type) return Reason::kKeyAlgoMismatch;
  const bool hash_allowed = signature.hash == crypto::HashAlgorithm::kSha256
                                ? record.allows_sha256
                                : record.allows_sha1;
  if (!hash_allowed) return Reason::kKeyHash;
  // 3.6.1 "t=s": i= MUST NOT be a subdomain of d=.
  if (record.strict_auid && signature.auid_domain != signature.domain) {
    return Reason::kAuidStrict;
  }
  return Reason::kOk;
}

// How much an unusable record says about the signature.
enum class Telling {
  kNotAKey,    // another use of the name, or not readable as a record
  kMalformed,  // meant as a DKIM key, and none comes out of it
  kRule,       // a key, and a rule keeps it from this signature
  kRevoked,    // the domain took its key back
  kLimit,      // not looked at, so nothing may be held against the message
};

Telling TellingOf(Reason reason) {
  switch (reason) {
    case Reason::kLimitKeyTxt:
    case Reason::kLimitKeyTag:
    case Reason::kKeyTooBig:
      return Telling::kLimit;
    case Reason::kRevoked:
      return Telling::kRevoked;
    case Reason::kKeyAlgoMismatch:
    case Reason::kKeyHash:
    case Reason::kKeyService:
    case Reason::kAuidStrict:
      return Telling::kRule;
    case Reason::kKeyType:
    case Reason::kKeyB64:
    case Reason::kKeyParse:
    case Reason::kKeyExponent:
    case Reason::kKeyLength:
    case Reason::kKeyDupTag:
      return Telling::kMalformed;
    default:
      return Telling::kNotAKey;
  }
}

// ---- The mathematics.

Reason ReasonOf(crypto::Outcome outcome) {
  switch (outcome) {
    case crypto::Outcome::kPass:
      return Reason::kOk;
    case crypto::Outcome::kOtherDigest:
      return Reason::kHeaderChanged;
    case crypto::Outcome::kMalformedBlock:
      return Reason::kBadSignature;
    case crypto::Outcome::kOtherKey:
      return Reason::kWrongKey;
    case crypto::Outcome::kMismatch:
      return Reason::kSignatureMismatch;
    case crypto::Outcome::kBadLength:
      return Reason::kSigLength;
    case crypto::Outcome::kEnvironment:
      return Reason::kCryptoEnv;
  }
  return Reason::kCryptoEnv;
}

// Of several candidates the one that says most decides, weightiest first.  A
// pass; then a computation that failed here, since it might have been a pass;
// then the keys that certainly raised this signature (header_changed, or a
// forger's block); a key whose length differs says least.
constexpr std::array kWeight = {
    Reason::kOk,           Reason::kCryptoEnv, Reason::kHeaderChanged,
    Reason::kBadSignature, Reason::kWrongKey,  Reason::kSignatureMismatch,
    Reason::kSigLength};

bool SaysMore(Reason a, Reason b) {
  return std::find(kWeight.begin(), kWeight.end(), a) <
         std::find(kWeight.begin(), kWeight.end(), b);
}

struct Decision {
  int record = kNoRecord;
  Reason reason = Reason::kNoKey;
};

bool IsRecovered(const KeyAnswer& answer, size_t i) {
  return answer.origins[i].source == kRecovered;
}

// How well the origin speaks for a key's use at `time`.
int Standing(const KeyOrigin& origin, const EvaluationTime& time) {
  if (!IsPublished(origin)) return 0;
  const bool covers = time.seconds && origin.first_seen != 0 &&
                      origin.first_seen <= *time.seconds &&
                      *time.seconds <= origin.last_seen;
  return covers ? 2 : 1;
}

bool Outweighs(const Decision& a, const Decision& b, const KeyAnswer& answer,
               const EvaluationTime& time) {
  if (a.reason != b.reason) return SaysMore(a.reason, b.reason);
  const auto standing = [&](const Decision& decision) {
    return Standing(answer.origins[static_cast<size_t>(decision.record)], time);
  };
  return standing(a) > standing(b);
}

// An empty p= that is there now, or was seen after the key was seen last.
bool RevokedSince(const KeyAnswer& answer, const KeyOrigin& used) {
  if (!used.earlier) return false;
  for (size_t i = 0; i < answer.records.size(); ++i) {
    if (answer.records[i].defect != Reason::kRevoked) continue;
    const KeyOrigin& revoked = answer.origins[i];
    if (!revoked.earlier || revoked.first_seen > used.last_seen) return true;
  }
  return false;
}

// The most telling reason why no record can be used; the first of equals.
Decision ClosestRecord(const KeyAnswer& answer, const Signature& signature) {
  Decision closest{kNoRecord, ReasonOf(answer.status)};
  for (size_t i = 0; i < answer.records.size(); ++i) {
    if (IsRecovered(answer, i)) continue;
    const Reason reason = CheckRecord(answer.records[i], signature);
    if (closest.record == kNoRecord ||
        TellingOf(reason) > TellingOf(closest.reason)) {
      closest = {static_cast<int>(i), reason};
    }
  }
  return closest;
}

// Is there anything to compute?
bool HasMathematics(const Evidence& evidence) {
  const Reason defect = evidence.signature.defect;
  // l_too_long shows only with the body, when all else is known to be sound:
  // the mathematics is still worth saying.
  return (defect == Reason::kOk || defect == Reason::kLTooLong) &&
         evidence.limit == Reason::kOk;
}

struct Candidates {
  int count = 0;
  int at_hand = 0;  // of these, in the answer itself
  Decision best;
  int recovered = kNoRecord;  // a recovered key that verifies
};

// Each usable record has its outcome at the front of `checks`.
Candidates BestCandidate(const Evidence& evidence, const KeyAnswer& answer,
                         const EvaluationTime& time,
                         std::span<const crypto::Check>& checks) {
  Candidates candidates;
  for (size_t i = 0; i < answer.records.size(); ++i) {
    if (CheckRecord(answer.records[i], evidence.signature) != Reason::kOk) {
      continue;
    }
    assert(!checks.empty() && checks[0].key == answer.records[i].key.get());
    const Decision found{static_cast<int>(i), ReasonOf(checks[0].outcome)};
    checks = checks.subspan(1);
    if (IsRecovered(answer, i)) {
      if (found.reason == Reason::kOk) candidates.recovered = found.record;
      continue;
    }
    candidates.at_hand += !answer.origins[i].earlier;
    if (candidates.count++ == 0 ||
        Outweighs(found, candidates.best, answer, time)) {
      candidates.best = found;
    }
  }
  return candidates;
}

// REQUIRES: a reason of the key or of the mathematics.
Crypto CryptoOf(Reason reason) {
  if (reason == Reason::kOk) return Crypto::kPass;
  const bool ran =
      reason != Reason::kCryptoEnv &&
      std::find(kWeight.begin(), kWeight.end(), reason) != kWeight.end();
  return ran ? Crypto::kFail : Crypto::kNotRun;
}

// Looks for the key and at the mathematics: fills record, flags and crypto,
// and returns kOk or why the signature does not hold.
Reason JudgeKey(const Evidence& evidence, const KeyAnswer& answer,
                const EvaluationTime& time,
                std::span<const crypto::Check>& checks, Verdict& verdict) {
  const Candidates candidates = BestCandidate(evidence, answer, time, checks);
  Decision decision = candidates.count == 0
                          ? ClosestRecord(answer, evidence.signature)
                          : candidates.best;
  if (decision.reason != Reason::kOk && MayHideKeys(answer.status)) {
    decision = {kNoRecord, ReasonOf(answer.status)};
  }
  if (candidates.at_hand > 1) verdict.flags.Add(Flag::kSeveralKeys);
  verdict.crypto = CryptoOf(decision.reason);
  if (decision.record != kNoRecord) {
    const auto record = static_cast<size_t>(decision.record);
    verdict.record = decision.record;
    verdict.flags.Add(answer.records[record].flags);
    if (decision.reason == Reason::kOk &&
        RevokedSince(answer, answer.origins[record])) {
      verdict.flags.Add(Flag::kKeyRevokedSince);
    }
  }
  // It shows who else has the key, and changes nothing besides.
  if (decision.reason != Reason::kOk && candidates.recovered != kNoRecord) {
    verdict.record = candidates.recovered;
    verdict.crypto = Crypto::kPass;
  }
  return decision.reason;
}

// ---- What holds, and may still be refused.

// RFC 6376 6.1.3 step 4.  Without a body hash nothing may pass.
Reason JudgeBody(const Evidence& evidence) {
  switch (evidence.body) {
    case BodyMatch::kMatch:
      return Reason::kOk;
    case BodyMatch::kMismatch:
      return Reason::kBodyChanged;
    case BodyMatch::kNotRun:
      break;
  }
  return Reason::kCryptoEnv;
}

// REQUIRES: a signature that verified with `key`.  t= and x= have at most 12
// digits, so that nothing overflows.
Reason JudgePolicy(const Evidence& evidence, const crypto::PublicKey& key,
                   const KeyOrigin& origin, const Policy& policy) {
  const EvaluationTime& time = policy.time;
  const Signature& s = evidence.signature;
  if (origin.disclosed) return Reason::kKeyDisclosed;
  // RFC 8301 3.1: rsa-sha1 MUST NOT be used for verifying.
  if (s.hash == crypto::HashAlgorithm::kSha1) return Reason::kWeakHash;
  // RFC 8301 3.2: keys of less than 1024 bits MUST NOT count as valid; an audit
  // may ask for more.
  if (key.type() == crypto::KeyType::kRsa && key.bits() < policy.min_rsa_bits) {
    return Reason::kWeakKey;
  }
  // RFC 6376 8.2: anything can be appended behind l=.
  if (s.body_length && evidence.signed_body_bytes < evidence.body_bytes) {
    return Reason::kPartialBody;
  }
  if (!time.seconds) return Reason::kOk;
  // 3.5 "x=", "t="; the margin is for the doubt in the time of receipt.
  if (s.expiration && *time.seconds > *s.expiration + time.margin_seconds) {
    return Reason::kExpired;
  }
  if (s.timestamp && *s.timestamp > *time.seconds + kFutureSeconds) {
    return Reason::kFuture;
  }
  return Reason::kOk;
}

// l= present, and it covers the whole body.
bool CoversWholeBody(const Evidence& evidence) {
  return evidence.signature.body_length &&
         evidence.body != BodyMatch::kNotRun &&
         evidence.signature.defect == Reason::kOk &&
         evidence.signed_body_bytes == evidence.body_bytes;
}

bool IsAhead(const Signature& signature, const EvaluationTime& time) {
  return signature.timestamp && time.seconds &&
         *signature.timestamp > *time.seconds + time.margin_seconds;
}

FlagSet FlagsOf(const Evidence& evidence, const EvaluationTime& time) {
  FlagSet flags = evidence.signature.flags;
  if (IsAhead(evidence.signature, time)) flags.Add(Flag::kTAhead);
  flags.Add(evidence.reading_flags);
  flags.Add(evidence.coverage_flags);
  if (CoversWholeBody(evidence)) flags.Add(Flag::kLTag);
  return flags;
}

// The rules in their order; the first that says no gives the reason.
Reason Judge(const Evidence& evidence, const KeyAnswer& answer,
             const Policy& policy, std::span<const crypto::Check>& checks,
             Verdict& verdict) {
  const Reason defect = evidence.signature.defect;
  if (!HasMathematics(evidence)) {
    return defect != Reason::kOk && defect != Reason::kLTooLong
               ? defect
               : evidence.limit;
  }
  const Reason key = JudgeKey(evidence, answer, policy.time, checks, verdict);
  if (defect != Reason::kOk) return defect;
  // The key says that it signed another header; bh= needs no key.
  if (key == Reason::kHeaderChanged && evidence.body == BodyMatch::kMismatch) {
    return Reason::kHeaderAndBodyChanged;
  }
  if (key != Reason::kOk) return key;
  if (const Reason body = JudgeBody(evidence); body != Reason::kOk) return body;
  const size_t record = static_cast<size_t>(verdict.record);
  return JudgePolicy(evidence, *answer.records[record].key,
                     answer.origins[record], policy);
}

}  // namespace

void AppendChecks(const Evidence& evidence, const KeyAnswer& answer,
                  std::vector<crypto::Check>& checks) {
  if (!HasMathematics(evidence)) return;
  const Signature& signature = evidence.signature;
  for (const KeyRecord& record : answer.records) {
    if (CheckRecord(record, signature) != Reason::kOk) continue;
    checks.push_back({.key = record.key.get(),
                      .hash = signature.hash,
                      .digest = evidence.header_hash,
                      .signature = signature.signature});
  }
}

Verdict Conclude(const Evidence& evidence, const KeyAnswer& answer,
                 const Policy& policy, std::span<const crypto::Check>& checks) {
  Verdict verdict;
  verdict.body = evidence.body;
  verdict.flags = FlagsOf(evidence, policy.time);
  verdict.reason = Judge(evidence, answer, policy, checks, verdict);
  verdict.result = ResultOf(verdict.reason);
  // Promise P1: never a pass that the mathematics does not carry.
  assert(
      verdict.result != Result::kPass ||
      (verdict.crypto == Crypto::kPass && verdict.body == BodyMatch::kMatch));
  return verdict;
}

Verdict Conclude(const Evidence& evidence, const KeyAnswer& answer,
                 const Policy& policy) {
  std::vector<crypto::Check> checks;
  AppendChecks(evidence, answer, checks);
  crypto::VerifyBatch(checks);
  std::span<const crypto::Check> view = checks;
  return Conclude(evidence, answer, policy, view);
}

}  // namespace mailassay::dkim
