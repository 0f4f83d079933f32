#include "lib/audit/row.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <iterator>
#include <utility>

namespace mailassay::audit {
namespace {

using dkim::Reason;
using dkim::Result;

// How much a signature says for its message; lower is better.
enum class Rank : uint8_t {
  kPassAligned,
  kPass,
  kRefused,
  kTemporary,  // and the body is the signed one
  kBroken,
  kKeyUnknown,             // and the body is the signed one
  kBodyChangedKeyUnknown,  // and it is not
  kOther,
};

// Has the key that could tell not been found?  RFC 6376 6.1.3: bh= is compared
// without it.
bool IsKeyUnknown(const dkim::Verdict& verdict) {
  switch (verdict.reason) {
    case Reason::kKeyTooBig:
    case Reason::kLimitKeyTxt:
    case Reason::kLimitKeyTag:
    case Reason::kLimitCname:
    case Reason::kLimitZone:
      return true;
    case Reason::kCryptoEnv:
      return false;
    default:
      break;
  }
  return verdict.result == Result::kTempError ||
         verdict.result == Result::kNeutral || verdict.reason >= Reason::kNoKey;
}

Rank RankOf(const SignatureRow& row) {
  const dkim::Verdict& verdict = row.verdict;
  if (verdict.result == Result::kPass) {
    return row.alignment.relaxed ? Rank::kPassAligned : Rank::kPass;
  }
  switch (verdict.reason) {
    case Reason::kWeakHash:
    case Reason::kWeakKey:
    case Reason::kKeyDisclosed:
    case Reason::kExpired:
    case Reason::kFuture:
    case Reason::kPartialBody:
      return verdict.crypto == dkim::Crypto::kPass ? Rank::kRefused
                                                   : Rank::kOther;
    case Reason::kBodyChanged:
    case Reason::kHeaderChanged:
    case Reason::kHeaderAndBodyChanged:
    case Reason::kBadSignature:
      return Rank::kBroken;
    default:
      break;
  }
  if (!IsKeyUnknown(verdict)) return Rank::kOther;
  switch (verdict.body) {
    case dkim::BodyMatch::kMatch:
      return verdict.result == Result::kTempError ? Rank::kTemporary
                                                  : Rank::kKeyUnknown;
    case dkim::BodyMatch::kMismatch:
      return Rank::kBodyChangedKeyUnknown;
    case dkim::BodyMatch::kNotRun:
      break;
  }
  return Rank::kOther;
}

MessageClass ClassOf(Rank rank) {
  switch (rank) {
    case Rank::kPassAligned:
      return MessageClass::kVerifiedAligned;
    case Rank::kPass:
      return MessageClass::kVerifiedUnaligned;
    case Rank::kRefused:
      return MessageClass::kRefused;
    case Rank::kBroken:
      return MessageClass::kBroken;
    case Rank::kBodyChangedKeyUnknown:
      return MessageClass::kBodyChangedKeyUnknown;
    case Rank::kKeyUnknown:
    case Rank::kTemporary:
    case Rank::kOther:
      break;
  }
  return MessageClass::kUnjudged;
}

bool HasTimeOfReceipt(const mail::ReceivedAt& received) {
  // Date and t= are the sender's word: never a reason to call a signature
  // expired or made in the future.
  return received.source != mail::ReceivedSource::kNone &&
         received.source != mail::ReceivedSource::kDateHeader &&
         received.source != mail::ReceivedSource::kSignature;
}

bool ExpiredAtReceipt(const dkim::Signature& signature,
                      const mail::ReceivedAt& received) {
  return signature.expiration.has_value() && HasTimeOfReceipt(received) &&
         received.seconds - received.margin_seconds > *signature.expiration;
}

void Classify(MessageRow* row) {
  const MessageFacts& facts = *row->facts;
  if (row->signatures.empty()) {
    row->reason = facts.limit;
    if (facts.limit != Reason::kOk) {
      row->message_class = MessageClass::kUnjudged;
    } else {
      row->message_class = mail::ShowsTransport(facts.trace)
                               ? MessageClass::kUnsigned
                               : MessageClass::kNeverSent;
    }
    return;
  }
  Rank best_rank = Rank::kOther;
  for (size_t i = 0; i < row->signatures.size(); ++i) {
    const Rank rank = RankOf(row->signatures[i]);
    if (row->best < 0 || rank < best_rank) {
      row->best = static_cast<int>(i);
      best_rank = rank;
    }
  }
  row->message_class = ClassOf(best_rank);
  row->reason = row->signatures[static_cast<size_t>(row->best)].verdict.reason;
}

}  // namespace

std::string_view MessageClassCode(MessageClass c) {
  switch (c) {
    case MessageClass::kVerifiedAligned:
      return "verified_aligned";
    case MessageClass::kVerifiedUnaligned:
      return "verified_unaligned";
    case MessageClass::kRefused:
      return "refused";
    case MessageClass::kBroken:
      return "broken";
    case MessageClass::kBodyChangedKeyUnknown:
      return "body_changed_key_unknown";
    case MessageClass::kUnjudged:
      return "unjudged";
    case MessageClass::kUnsigned:
      return "unsigned";
    case MessageClass::kNeverSent:
    case MessageClass::kCount:
      break;
  }
  return "never_sent";
}

std::string_view MessageClassLabel(MessageClass c) {
  switch (c) {
    case MessageClass::kVerifiedAligned:
      return "verified and aligned";
    case MessageClass::kVerifiedUnaligned:
      return "verified, not aligned";
    case MessageClass::kRefused:
      return "holds, refused by a rule";
    case MessageClass::kBroken:
      return "broken";
    case MessageClass::kBodyChangedKeyUnknown:
      return "body changed, key unknown";
    case MessageClass::kUnjudged:
      return "can't be judged";
    case MessageClass::kUnsigned:
      return "not signed";
    case MessageClass::kNeverSent:
    case MessageClass::kCount:
      break;
  }
  return "no trace of transport";
}

namespace {

using At = JudgeOptions::At;

struct NamedAt {
  At at;
  std::string_view name;
  std::string_view words;
};
constexpr NamedAt kAts[] = {
    {At::kReceived, "received", "time of receipt"},
    {At::kNow, "now", ""},
    {At::kNewestReceived, "newest-received", "newest Received field"},
    {At::kDeliveryDate, "delivery-date", "Delivery-date field"},
    {At::kMboxFrom, "mbox-from", "mbox From_ line"},
    {At::kDate, "date", "Date field"},
};

NamedAt Find(At at) {
  const auto found =
      std::find_if(std::begin(kAts), std::end(kAts),
                   [at](const NamedAt& named) { return named.at == at; });
  return found == std::end(kAts) ? NamedAt{at, "", ""} : *found;
}

mail::ReceivedAt ReceivedBy(mail::ReceivedSource source,
                            const MessageFacts& facts) {
  return mail::ReceivedBy(source, {facts.received, facts.other_times});
}

mail::ReceivedAt ReceivedBy(At at, const MessageFacts& facts) {
  switch (at) {
    case At::kNewestReceived:
      return ReceivedBy(mail::ReceivedSource::kReceived, facts);
    case At::kDeliveryDate:
      return ReceivedBy(mail::ReceivedSource::kDeliveryDate, facts);
    case At::kMboxFrom:
      return ReceivedBy(mail::ReceivedSource::kMboxFrom, facts);
    default:
      return HasTimeOfReceipt(facts.received) ? facts.received
                                              : mail::ReceivedAt();
  }
}

}  // namespace

std::string_view AtName(At at) { return Find(at).name; }
std::string_view AtWords(At at) { return Find(at).words; }

std::optional<At> AtNamed(std::string_view name) {
  for (const NamedAt& named : kAts) {
    if (named.name == name) return named.at;
  }
  return std::nullopt;
}

dkim::EvaluationTime EvaluationTimeOf(const MessageFacts& facts,
                                      const JudgeOptions& options) {
  if (options.at == At::kNow || options.at == At::kTime) {
    return {.seconds = options.time};
  }
  if (options.at == At::kDate) return {.seconds = facts.date_header};
  const mail::ReceivedAt received = ReceivedBy(options.at, facts);
  if (received.source == mail::ReceivedSource::kNone) return {};
  return {.seconds = received.seconds,
          .margin_seconds = received.margin_seconds};
}

namespace {

// Of a message of which parts are kept elsewhere, a body that is another than
// the signed one accuses nobody; one that fits was whole after all.
void TakeIncomplete(dkim::Verdict* verdict) {
  if (verdict->body == dkim::BodyMatch::kMismatch) {
    verdict->body = dkim::BodyMatch::kNotRun;
  }
  if (verdict->reason == Reason::kHeaderAndBodyChanged) {
    verdict->reason = Reason::kHeaderChanged;
  } else if (verdict->reason == Reason::kBodyChanged ||
             verdict->reason == Reason::kLTooLong) {
    verdict->reason = Reason::kIncomplete;
  }
  verdict->result = dkim::ResultOf(verdict->reason);
}

// t= counts, too, though it is not evidence of receipt by itself: mail that was
// signed days before came late, or this is not when it came first.
bool TimesDisagree(const MessageFacts& facts,
                   const dkim::Signature& signature) {
  if (facts.other_times.disagree) return true;
  const mail::ReceivedAt& received = facts.received;
  return signature.timestamp && HasTimeOfReceipt(received) &&
         std::abs(received.seconds - *signature.timestamp) >
             mail::kDisagreement + received.margin_seconds;
}

std::string_view SuffixOf(std::string_view text, size_t size) {
  return text.substr(text.size() - size);
}

}  // namespace

void AppendChecks(const MessageFacts& facts, Answers answers,
                  std::vector<crypto::Check>& checks) {
  assert(answers.size() == facts.signatures.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    if (answers[i] == nullptr) continue;
    dkim::AppendChecks(facts.signatures[i], *answers[i], checks);
  }
}

MessageRow Judge(
    const MessageFacts& facts,
    const std::vector<std::shared_ptr<const dkim::KeyAnswer>>& answers,
    const dmarc::PublicSuffixList& suffixes, const JudgeOptions& options) {
  std::vector<crypto::Check> checks;
  AppendChecks(facts, answers, checks);
  crypto::VerifyBatch(checks);
  std::span<const crypto::Check> view = checks;
  dmarc::OrganizationCache organizations(suffixes);
  return Judge(facts, answers, organizations, options, view);
}

MessageRow Judge(const MessageFacts& facts, Answers answers,
                 dmarc::OrganizationCache& organizations,
                 const JudgeOptions& options,
                 std::span<const crypto::Check>& checks) {
  assert(answers.size() == facts.signatures.size());
  MessageRow row;
  row.facts = &facts;
  row.evaluated_at = EvaluationTimeOf(facts, options);
  if (!facts.author.domain.empty()) {
    row.from_org = organizations.Find(facts.author.domain);
  }
  // P3: an author who can't be named is aligned with nobody.
  const bool has_author = facts.author.defect == mail::AuthorDefect::kNone;
  static const dkim::KeyAnswer nobody_to_ask;
  row.signatures.resize(facts.signatures.size());
  for (size_t i = 0; i < facts.signatures.size(); ++i) {
    const dkim::Evidence& evidence = facts.signatures[i];
    const std::string_view domain = evidence.signature.domain;
    SignatureRow& signature = row.signatures[i];
    signature.answer = answers[i];
    signature.verdict = dkim::Conclude(
        evidence, signature.answer ? *signature.answer : nobody_to_ask,
        {.time = row.evaluated_at, .min_rsa_bits = options.min_rsa_bits},
        checks);
    if (facts.input != nullptr && facts.input->format == Format::kEmlxPartial) {
      TakeIncomplete(&signature.verdict);
    }
    signature.expired_at_receipt =
        ExpiredAtReceipt(evidence.signature, facts.received);
    if (TimesDisagree(facts, evidence.signature)) {
      signature.verdict.flags.Add(dkim::Flag::kTimesDisagree);
    }
    if (domain.empty()) continue;
    signature.org_domain = domain == facts.author.domain
                               ? SuffixOf(domain, row.from_org.size())
                               : organizations.Find(domain);
    if (has_author) {
      signature.alignment = dmarc::Align({domain, signature.org_domain},
                                         {facts.author.domain, row.from_org});
    }
  }
  Classify(&row);
  return row;
}

}  // namespace mailassay::audit
