#include "lib/audit/cause.h"

namespace mailassay::audit {
namespace {

using dkim::Cause;
using dkim::Reason;

// No server sends such messages on: RFC 5321 4.5.2 and 2.3.8 want CRLF and have
// no NUL, and a header without an end has lost its body.
bool ShowsDamageOfStoring(const mail::AnomalySet& anomalies) {
  return anomalies.Has(mail::Anomaly::kNul) ||
         anomalies.Has(mail::Anomaly::kNoBodySeparator) ||
         anomalies.Has(mail::Anomaly::kCrCrLf);
}

// Can damage of the message's octets have made this reason?  A body that is the
// one of bh= has come through whole.
bool MayBeDamage(const dkim::Verdict& verdict) {
  const Reason reason = verdict.reason;
  if (verdict.body == dkim::BodyMatch::kMatch) return false;
  if (dkim::CauseOf(reason) == Cause::kTransit) return true;
  switch (reason) {
    case Reason::kWrongKey:
    case Reason::kSignatureMismatch:
    case Reason::kSigLength:
      return verdict.body == dkim::BodyMatch::kMismatch;
    case Reason::kNoFrom:
    case Reason::kAuidDomain:
      return true;
    case Reason::kAuidStrict:
      return false;
    default:
      return reason >= Reason::kSigSyntax && reason < Reason::kNoKey &&
             dkim::CauseOf(reason) == Cause::kUnknown;
  }
}

}  // namespace

Cause CauseOf(const MessageRow& row, size_t index) {
  const dkim::Verdict& verdict = row.signatures[index].verdict;
  if (MayBeDamage(verdict) && ShowsDamageOfStoring(row.facts->anomalies)) {
    return Cause::kArchive;
  }
  return dkim::CauseOf(verdict.reason);
}

Cause CauseOf(const MessageRow& row) {
  return row.best < 0 ? Cause::kNone
                      : CauseOf(row, static_cast<size_t>(row.best));
}

}  // namespace mailassay::audit
