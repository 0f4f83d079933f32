// Evidence and a key answer become a Verdict.  Pure: the same evidence,
// answer, policy and evaluation time give the same verdict anywhere.
#pragma once

#include <cstdint>
#include <optional>

#include "lib/dkim/evidence.h"
#include "lib/dkim/key_answer.h"
#include "lib/dkim/reason.h"

namespace mailassay::dkim {

// The time a signature is judged at (t=, x=).
struct EvaluationTime {
  std::optional<int64_t> seconds;  // nullopt: unknown; then never future/expired
  int64_t margin_seconds = 300;    // of the clock behind `seconds`
};

struct Verdict {
  Result result = Result::kNone;
  Reason reason = Reason::kOk;
  FlagSet flags;  // all of the signature's, the evidence's and the key's
  Crypto crypto = Crypto::kNotRun;
  BodyMatch body = BodyMatch::kNotRun;
  // Index into KeyAnswer::records of the record that decided; -1: none.
  int record = -1;
};

// The order of the rules (RFC 6376 6.1): a defect of the signature or a limit;
// the key's availability; the key's defect or a rule between key and
// signature (k, h, s, t=s); the mathematics; the body; l=; then rules that
// refuse what holds (weak_hash, weak_key, partial_body, expired, future).
// Several usable records: any that verifies decides, else the best failure.
// REQUIRES: `answer` is the one for KeyName(evidence.signature); it may be any
// answer when that name is empty.
Verdict Conclude(const Evidence& evidence, const KeyAnswer& answer,
                 const EvaluationTime& time);

}  // namespace mailassay::dkim
