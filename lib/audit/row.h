// A message judged: its facts, the verdict of each signature, alignment, and
// the one class that the message counts in.  This is what every table, tally
// and summary is made from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "lib/audit/facts.h"
#include "lib/dkim/key_answer.h"
#include "lib/dkim/verdict.h"
#include "lib/dmarc/alignment.h"
#include "lib/dmarc/organization_cache.h"

namespace mailassay::audit {

// Each message is in exactly one; the classes add up to all messages.
enum class MessageClass : uint8_t {
  kVerifiedAligned,    // a signature passes and is aligned (relaxed) with the
                       // one author domain
  kVerifiedUnaligned,  // a signature passes, none of them aligned
  kRefused,            // the mathematics holds, a rule refuses it
  kBroken,             // body_changed, header_changed, bad_signature
  kBodyChangedKeyUnknown,  // no key decides, and the body is not that of bh=
  kUnjudged,               // no key, another key, temporary, malformed, a limit
  kUnsigned,               // no DKIM-Signature field
  kNeverSent,              // none, and no trace of transport
  kCount,
};
std::string_view MessageClassCode(MessageClass c);   // "verified_aligned"
std::string_view MessageClassLabel(MessageClass c);  // "verified and aligned"

struct SignatureRow {
  dkim::Verdict verdict;
  std::shared_ptr<const dkim::KeyAnswer> answer;  // null: name not askable
  dmarc::Alignment alignment;   // of d= with the author domain; both false when
                                // the author has a defect
  std::string_view org_domain;  // of d=; a view into the evidence's domain
  bool expired_at_receipt = false;  // x= had passed when received (never by
                                    // Date alone)
};

struct MessageRow {
  const MessageFacts* facts = nullptr;              // must outlive the row
  absl::InlinedVector<SignatureRow, 4> signatures;  // as facts->signatures
  MessageClass message_class = MessageClass::kUnsigned;
  int best = -1;  // the signature that decides; -1: none
  dkim::Reason reason = dkim::Reason::kOk;  // of the best signature; kOk
                                            // without one
  std::string_view from_org;  // organizational domain of the author domain
  dkim::EvaluationTime evaluated_at;
};

struct JudgeOptions {
  enum class At : uint8_t {
    kReceived,  // when received, by the best evidence of each message
    kNow,
    kTime,
    // When received, by this alone; a message without it is not judged by t=
    // and x=.
    kNewestReceived,
    kDeliveryDate,
    kMboxFrom,
    kDate,  // the sender's word
  };
  At at = At::kReceived;
  int64_t time = 0;  // of kNow (the run's start) and kTime, Unix seconds
  uint32_t min_rsa_bits = 1024;  // dkim::Policy
};

// What names the evaluation time, for --at and the settings of an audit:
// received, now, newest-received, delivery-date, mbox-from, date; empty of
// kTime, which is a number.
std::string_view AtName(JudgeOptions::At at);
std::optional<JudgeOptions::At> AtNamed(std::string_view name);
// For people: "time of receipt", "newest Received field" ...; empty of kNow and
// kTime.
std::string_view AtWords(JudgeOptions::At at);

// The time a message is judged at.  Under kReceived a Date header is no
// evaluation time for t= and x= (seconds stays nullopt).
dkim::EvaluationTime EvaluationTimeOf(const MessageFacts& facts,
                                      const JudgeOptions& options);

// The answers for a message's signatures: of signature i's KeyName, null when
// that is empty.
using Answers = std::span<const std::shared_ptr<const dkim::KeyAnswer>>;

// Appends the mathematics that Judge needs (dkim::AppendChecks).
void AppendChecks(const MessageFacts& facts, Answers answers,
                  std::vector<crypto::Check>& checks);

// Judges one message.  The outcomes of its checks are taken from the front of
// `checks`.
//
// The best signature: pass and aligned, pass, refused by a rule; then, because
// weather must not make an accusation, a temporary failure whose body matches;
// then broken; then those that no key decides, first with a body that matches,
// then with one that does not; then the rest; the topmost of equals.
MessageRow Judge(const MessageFacts& facts, Answers answers,
                 dmarc::OrganizationCache& organizations,
                 const JudgeOptions& options,
                 std::span<const crypto::Check>& checks);
// The same for a message alone: its mathematics is done here.
MessageRow Judge(
    const MessageFacts& facts,
    const std::vector<std::shared_ptr<const dkim::KeyAnswer>>& answers,
    const dmarc::PublicSuffixList& suffixes, const JudgeOptions& options);

}  // namespace mailassay::audit
