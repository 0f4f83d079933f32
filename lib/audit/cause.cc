#include "lib/audit/cause.h"

#include "lib/audit/tally.h"

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

bool IsOfKeyRecord(Reason reason) {
  switch (reason) {
    case Reason::kKeySyntax:
    case Reason::kKeyB64:
    case Reason::kKeyDupTag:
    case Reason::kKeyVersion:
    case Reason::kKeyService:
    case Reason::kKeyHash:
    case Reason::kKeyType:
    case Reason::kKeyParse:
    case Reason::kKeyExponent:
    case Reason::kKeyLength:
    case Reason::kKeyAlgoMismatch:
      return true;
    default:
      return false;
  }
}

// Can damage of the message's octets have made this reason?
bool MayBeDamage(Reason reason) {
  if (dkim::CauseOf(reason) == Cause::kTransit) return true;
  switch (reason) {
    case Reason::kWrongKey:
    case Reason::kSignatureMismatch:
    case Reason::kSigLength:
    case Reason::kNoFrom:
    case Reason::kAuidDomain:
      return true;
    default:
      return reason >= Reason::kSigSyntax && reason < Reason::kNoKey &&
             dkim::CauseOf(reason) == Cause::kUnknown;
  }
}

}  // namespace

Cause CauseOf(const MessageRow& row, size_t index) {
  const SignatureRow& signature = row.signatures[index];
  const Reason reason = signature.verdict.reason;
  if (IsOfKeyRecord(reason) && signature.answer != nullptr) {
    const bool from_dns =
        SourceOf(*signature.answer, RecordOf(signature)) == dkim::kFromDns;
    return from_dns ? Cause::kSigner : Cause::kUnknown;
  }
  if (MayBeDamage(reason) && ShowsDamageOfStoring(row.facts->anomalies)) {
    return Cause::kArchive;
  }
  return dkim::CauseOf(reason);
}

Cause CauseOf(const MessageRow& row) {
  return row.best < 0 ? Cause::kNone
                      : CauseOf(row, static_cast<size_t>(row.best));
}

}  // namespace mailassay::audit
