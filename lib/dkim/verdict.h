// Evidence and a key answer become a Verdict.  Pure: the same evidence,
// answer, policy and evaluation time give the same verdict anywhere.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "lib/crypto/batch_verify.h"
#include "lib/dkim/evidence.h"
#include "lib/dkim/key_answer.h"
#include "lib/dkim/reason.h"

namespace mailassay::dkim {

// The time a signature is judged at (t=, x=).
struct EvaluationTime {
  // nullopt: unknown; then nothing is expired or in the future.
  std::optional<int64_t> seconds;
  int64_t margin_seconds = 300;  // of the clock behind `seconds`
};

// t= this much later than the evaluation time is refused (future).  RFC 6376
// 3.5: verifiers MAY ignore a signature with a time in the future.  A clock
// that is off by minutes or hours, or set to local time, is no forgery and
// harms nobody: the signer made the signature whenever it was, so up to a day
// there is only a flag (t_ahead).  Beyond, the message says that it was
// received before it was signed, which no clock explains: it may be dated back.
inline constexpr int64_t kFutureSeconds = 86'400;

// The rules that an audit may choose.
struct Policy {
  EvaluationTime time = {};
  // RSA keys below are refused (weak_key).  RFC 8301 3.2: MUST NOT be less.
  uint32_t min_rsa_bits = 1024;
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

// The order of the rules (RFC 6376 6.1): a defect of the signature, then a
// limit; the key's availability; the key's defect or a rule between key and
// signature (k, h, t=s); the mathematics; the body; then rules that refuse what
// holds (key_disclosed, weak_hash, weak_key, partial_body, expired, future).
// `t_ahead` is told of any signature with such a t=, refused or not.
// l_too_long decides as a defect, with the mathematics done all the same.
//
// Several records that fit are several candidates: any that verifies decides,
// else the failure that says most (header_changed, bad_signature, wrong_key or
// signature_mismatch, sig_length).  Records that do not fit count only when
// none does: then the most telling one (a limit, revoked, a rule that keeps a
// real key from this signature, a malformed key, not a key at all).  Where the
// answer may lack keys (temporary failure, a limit of DNS), records at hand
// can make a pass, never a failure.
//
// Of candidates that verify alike the one published at the time of receipt is
// named, else one that was published at any time, else the first.  A recovered
// key is no candidate: anybody can put messages of his own into an archive.
// Where nothing else verifies and it does, crypto is kPass and `record` names
// it; result and reason stay what they are without it.
// REQUIRES: `answer` is the one for KeyName(evidence.signature); it may be any
// answer when that name is empty.
Verdict Conclude(const Evidence& evidence, const KeyAnswer& answer,
                 const Policy& policy);

// The same in two steps, so that many signatures share one VerifyBatch: the
// mathematics that Conclude will ask for is appended to `checks`, which view
// evidence and answer ...
void AppendChecks(const Evidence& evidence, const KeyAnswer& answer,
                  std::vector<crypto::Check>& checks);
// ... and Conclude takes its outcomes from the front of `checks`.
Verdict Conclude(const Evidence& evidence, const KeyAnswer& answer,
                 const Policy& policy, std::span<const crypto::Check>& checks);

}  // namespace mailassay::dkim
