// One message, for people: first what it says of itself, then what its
// signatures prove.
#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "lib/audit/cause.h"
#include "lib/audit/figures.h"
#include "lib/audit/summary.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;
using dkim::Result;

constexpr size_t kColumns = 98;
constexpr size_t kLongText = 4 * kColumns;  // of one text from the message
constexpr size_t kSignatures = 64;          // shown

// "label      text", wrapped under the text.
void AppendField(std::string_view label, std::string_view safe,
                 std::string* out) {
  if (!safe.empty()) AppendWrapped(PadRight(label, 12), safe, kColumns, out);
}

std::string_view ReceivedWords(mail::ReceivedSource source) {
  switch (source) {
    case mail::ReceivedSource::kReceived:
      return "by its newest Received field";
    case mail::ReceivedSource::kDeliveryDate:
      return "by its Delivery-date field";
    case mail::ReceivedSource::kMboxFrom:
      return "by the mbox From_ line";
    case mail::ReceivedSource::kDateHeader:
      return "only by its Date field, which the sender wrote";
    case mail::ReceivedSource::kOlderReceived:
      return "by an older Received field";
    case mail::ReceivedSource::kSignature:
      return "only by t= of its signature, which the signer wrote";
    case mail::ReceivedSource::kNone:
    case mail::ReceivedSource::kCount:
      break;
  }
  return "unknown";
}

std::string_view AuthorWords(mail::AuthorDefect defect) {
  switch (defect) {
    case mail::AuthorDefect::kNone:
      return "";
    case mail::AuthorDefect::kNoFrom:
      return "there is no From field";
    case mail::AuthorDefect::kMultiFrom:
      return "there is more than one From field";
    case mail::AuthorDefect::kSyntax:
      return "the From field is not what RFC 5322 allows";
    case mail::AuthorDefect::kMultiAuthor:
      return "the From field names authors of several domains";
    case mail::AuthorDefect::kBadDomain:
      return "the author's domain is not a domain name";
  }
  return "";
}

std::string AuthorLine(const MessageRow& row) {
  const mail::Author& author = row.facts->author;
  std::string line = SafeText(author.address, kLongText);
  if (!author.domain.empty()) {
    absl::StrAppend(&line, line.empty() ? "" : "; ", "domain ",
                    SafeText(author.domain, kLongText));
  }
  if (!row.from_org.empty() && row.from_org != author.domain) {
    absl::StrAppend(&line, " of ", SafeText(row.from_org, kLongText));
  }
  if (author.defect != mail::AuthorDefect::kNone) {
    absl::StrAppend(&line, line.empty() ? "" : "; ",
                    "no one author: ", std::string(AuthorWords(author.defect)));
  }
  return line;
}

// Who wrote, where a list stands in From; empty: none does.
std::string OriginalAuthorLine(const MessageFacts& facts) {
  if (facts.via_list.empty()) return "";
  if (facts.author_original.empty()) {
    return "a list stands in From, and does not say who wrote";
  }
  return absl::StrCat(
      SafeText(facts.author_original, kLongText),
      ", as the list in From says (",
      std::string(mail::ListAuthorSourceName(facts.author_original_source)),
      "); not authenticated");
}

// "; its ... says TIME" of evidence that lies more than a day from `at`.
void AppendOther(const mail::ReceivedAt& other, std::string_view name,
                 const mail::ReceivedAt& at, std::string* line) {
  if (other.source == mail::ReceivedSource::kNone ||
      std::abs(other.seconds - at.seconds) <= mail::kDisagreement) {
    return;
  }
  absl::StrAppend(line, "; ", std::string(name), " says ",
                  mail::FormatTime(other.seconds));
}

std::string ReceivedLine(const MessageFacts& facts) {
  const mail::ReceivedAt& at = facts.received;
  const std::string words(ReceivedWords(at.source));
  if (at.source == mail::ReceivedSource::kNone) return words;
  std::string line = mail::FormatTime(at.seconds) + ", " + words;
  const mail::OtherTimes& others = facts.other_times;
  AppendOther(others.newest_received, "the newest, of a later import,", at,
              &line);
  AppendOther(others.delivery_date, "Delivery-date", at, &line);
  AppendOther(others.mbox_from, "the From_ line", at, &line);
  return line;
}

void AppendFacts(const MessageRow& row, std::string* out) {
  const MessageFacts& facts = *row.facts;
  AppendField("Message",
              absl::StrCat(SafeText(Locate(facts), kLongText), " (",
                           std::string(FormatName(facts.input->format)), ", ",
                           Grouped(facts.length), " octets)"),
              out);
  AppendField("From", AuthorLine(row), out);
  AppendField("Message-ID", SafeText(facts.message_id, kLongText), out);
  if (facts.date_header.has_value()) {
    AppendField("Date", mail::FormatTime(*facts.date_header), out);
  }
  AppendField("Received", ReceivedLine(facts), out);
  AppendField("Envelope", SafeText(facts.envelope_from, kLongText), out);
  AppendField("List", SafeText(facts.list_id, kLongText), out);
  AppendField("Author", OriginalAuthorLine(facts), out);
  std::string notices;
  for (int i = 0; i < static_cast<int>(mail::Anomaly::kCount); ++i) {
    const auto anomaly = static_cast<mail::Anomaly>(i);
    if (!facts.anomalies.Has(anomaly)) continue;
    absl::StrAppend(&notices, notices.empty() ? "" : ", ",
                    std::string(mail::AnomalyName(anomaly)));
  }
  if (facts.attached_messages > 0) {
    AppendField("Carries",
                absl::StrCat(Grouped(facts.attached_messages),
                             facts.attached_messages == 1
                                 ? " attached message that was not looked at"
                                 : " attached messages that were not looked "
                                   "at"),
                out);
  }
  if (facts.input->format == Format::kEmlxPartial) {
    AppendField("File",
                "a part of the message only: Apple Mail keeps its attachments "
                "in other files",
                out);
  }
  AppendField("Notice", notices, out);
}

std::string UnsignedSentence(mail::Trace trace) {
  constexpr std::string_view kNone = "the message has no DKIM-Signature field";
  switch (trace) {
    case mail::Trace::kNews:
      return absl::StrCat(std::string(kNone), "; it is of a newsgroup");
    case mail::Trace::kListArchive:
      return absl::StrCat(std::string(kNone),
                          "; it is of a list's archive, which may have dropped "
                          "it with the Received fields");
    default:
      break;
  }
  return std::string(kNone);
}

std::string ClassSentence(const MessageRow& row) {
  switch (row.message_class) {
    case MessageClass::kVerifiedAligned:
      return "a valid signature of the author's own domain stands behind it";
    case MessageClass::kVerifiedUnaligned:
      if (row.facts->author.defect != mail::AuthorDefect::kNone) {
        return "a signature is valid, but there is no one author it could be "
               "aligned with";
      }
      return "a signature is valid, but of another domain than the author's";
    case MessageClass::kRefused:
      return absl::StrCat("a signature holds, but: ",
                          std::string(dkim::ReasonSentence(row.reason)));
    case MessageClass::kBodyChangedKeyUnknown:
      return absl::StrCat("the body is not the one of bh=; no key tells more: ",
                          std::string(dkim::ReasonSentence(row.reason)));
    case MessageClass::kBroken:
    case MessageClass::kUnjudged:
      return std::string(dkim::ReasonSentence(row.reason));
    case MessageClass::kUnsigned:
      return UnsignedSentence(row.facts->trace);
    case MessageClass::kNeverSent:
    case MessageClass::kCount:
      break;
  }
  switch (row.facts->trace) {
    case mail::Trace::kAuthor:
      return "no DKIM-Signature and no trace of transport: marks of the "
             "author's own copy stand, as in sent items and drafts";
    case mail::Trace::kList:
      return "no DKIM-Signature and no trace of transport, only marks of a "
             "list "
             "or newsgroup";
    case mail::Trace::kStore:
      return "no DKIM-Signature and no trace of transport, only marks of a "
             "mail service's store";
    default:
      break;
  }
  return "no DKIM-Signature and no trace of transport: no Received field";
}

// A word for the verdict that accuses nobody of what is only unknown.
std::string_view VerdictWord(const dkim::Verdict& verdict) {
  switch (verdict.result) {
    case Result::kPass:
      return "PASS";
    case Result::kTempError:
      return "NOT JUDGED";
    case Result::kPolicy:
      return verdict.crypto == dkim::Crypto::kPass ? "REFUSED" : "NOT JUDGED";
    case Result::kFail:
      return "BROKEN";
    default:
      break;
  }
  return dkim::CauseOf(verdict.reason) == dkim::Cause::kSigner ? "NOT VALID"
                                                               : "NOT JUDGED";
}

std::string OrMissing(std::string_view name, std::string_view as_written) {
  if (!name.empty()) return SafeText(name, kLongText);
  return as_written.empty() ? "(missing)" : SafeText(as_written, kLongText);
}

std::string KeyWords(const SignatureRow& row) {
  const dkim::KeyRecord* record =
      row.verdict.record >= 0 ? RecordOf(row) : nullptr;
  if (record != nullptr && record->key != nullptr) {
    const bool rsa = record->key->type() == crypto::KeyType::kRsa;
    const std::string type =
        rsa ? absl::StrCat("RSA ", record->key->bits()) : "Ed25519";
    return absl::StrCat(type, ", key from ",
                        SafeText(SourceOf(*row.answer, record), kLongText));
  }
  if (row.answer == nullptr) return "no name to ask for a key";
  if (record != nullptr || row.answer->status == dkim::KeyStatus::kFound) {
    return absl::StrCat(
        "record from ",
        SafeText(SourceOf(*row.answer, RecordOf(row)), kLongText));
  }
  const bool by_file = row.answer->source.starts_with(dkim::kFromFile);
  return absl::StrCat(
      "no key: ", std::string(dkim::KeyStatusName(row.answer->status)),
      by_file ? ", says " : "",
      by_file ? SafeText(row.answer->source, kLongText) : "");
}

std::string VerdictLine(const SignatureRow& row, const MessageRow& message) {
  const dkim::Verdict& verdict = row.verdict;
  std::string line =
      absl::StrCat(std::string(VerdictWord(verdict)), ": ",
                   std::string(dkim::ReasonSentence(verdict.reason)));
  if (verdict.reason != Reason::kOk) {
    absl::StrAppend(&line, " [", std::string(dkim::ReasonCode(verdict.reason)),
                    "]");
  }
  if (message.facts->author.defect != mail::AuthorDefect::kNone) {
    return line + "; aligned with nobody";
  }
  if (row.alignment.strict) return line + "; d= is the author's domain";
  if (row.alignment.relaxed) {
    return line + "; d= is aligned with the author's domain";
  }
  return line + "; d= is not aligned with the author's domain";
}

std::string CauseLine(const MessageRow& message, size_t index) {
  const dkim::Cause cause = CauseOf(message, index);
  if (cause == dkim::Cause::kNone) return {};
  return std::string(dkim::CauseSentence(cause));
}

// "a;b" as "a b".
std::string Names(std::string_view list) {
  std::string names = SafeText(list, kLongText);
  std::replace(names.begin(), names.end(), ';', ' ');
  return names;
}

std::string SignedLine(const dkim::Evidence& evidence) {
  std::string line = Names(evidence.signed_names);
  if (!evidence.from_signed) line += " (not every From)";
  if (!evidence.oversigned.empty()) {
    absl::StrAppend(&line, "; against additions: ", Names(evidence.oversigned));
  }
  return SafeText(line, kLongText);
}

std::string BetterLine(const dkim::Evidence& evidence) {
  if (evidence.missing_recommended.empty()) return {};
  return Names(evidence.missing_recommended) + " signed too (RFC 6376 5.4.1)";
}

std::string BodyLine(const dkim::Evidence& evidence) {
  const auto& length = evidence.signature.body_length;
  const std::string all = Grouped(evidence.body_bytes);
  std::string line;
  if (!length.has_value()) {
    line = absl::StrCat("whole (", all, " octets)");
  } else if (evidence.signed_body_bytes >= evidence.body_bytes) {
    line = absl::StrCat("whole (", all, " octets), by l=", Grouped(*length));
  } else {
    line =
        absl::StrCat("the first ", Grouped(evidence.signed_body_bytes), " of ",
                     all, " octets; what follows is not signed (l=)");
  }
  switch (evidence.body) {
    case dkim::BodyMatch::kMatch:
      return line + ", as it was signed";
    case dkim::BodyMatch::kMismatch:
      return line + ", not as it was signed";
    case dkim::BodyMatch::kNotRun:
      break;
  }
  return "not hashed";
}

std::string TimesLine(const SignatureRow& row,
                      const dkim::Signature& signature) {
  std::string line;
  if (signature.timestamp.has_value()) {
    line = "signed " + mail::FormatTime(*signature.timestamp);
  }
  if (signature.expiration.has_value()) {
    absl::StrAppend(&line, line.empty() ? "" : ", ", "expires ",
                    mail::FormatTime(*signature.expiration));
  }
  if (row.expired_at_receipt) line += ", before the message was received";
  return line;
}

std::string FlagsLine(dkim::FlagSet flags) {
  std::string line;
  for (int i = 0; i < static_cast<int>(dkim::Flag::kCount); ++i) {
    const auto flag = static_cast<dkim::Flag>(i);
    if (!flags.Has(flag)) continue;
    absl::StrAppend(&line, line.empty() ? "" : ", ",
                    std::string(dkim::FlagName(flag)));
  }
  return line;
}

void AppendPart(std::string_view label, std::string_view safe,
                std::string* out) {
  if (safe.empty()) return;
  AppendWrapped(absl::StrCat("   ", PadRight(label, 12)), safe, kColumns, out);
}

void AppendSignature(const MessageRow& message, size_t index,
                     std::string* out) {
  const dkim::Evidence& evidence = message.facts->signatures[index];
  const dkim::Signature& signature = evidence.signature;
  const SignatureRow& row = message.signatures[index];
  const std::string identity = absl::StrCat(
      "d=", OrMissing(signature.domain, signature.header_d),
      " s=", OrMissing(signature.selector, signature.header_s),
      " a=", OrMissing(signature.header_a, ""), " (", KeyWords(row), ")");
  AppendWrapped(absl::StrCat(index + 1, ". "), identity, kColumns, out);
  AppendPart("verdict", VerdictLine(row, message), out);
  AppendPart("cause", CauseLine(message, index), out);
  if (signature.defect != Reason::kOk || evidence.limit != Reason::kOk) return;
  AppendPart("signed", SignedLine(evidence), out);
  AppendPart("not signed", Names(evidence.unsigned_names), out);
  AppendPart("better", BetterLine(evidence), out);
  AppendPart("body", BodyLine(evidence), out);
  AppendPart("times", TimesLine(row, signature), out);
  AppendPart("flags", FlagsLine(row.verdict.flags), out);
}

}  // namespace

std::string Detail(const MessageRow& row) {
  std::string out;
  AppendFacts(row, &out);
  AppendField("Verdict",
              absl::StrCat(std::string(MessageClassLabel(row.message_class)),
                           ": ", ClassSentence(row)),
              &out);
  const size_t count = row.signatures.size();
  for (size_t i = 0; i < std::min(count, kSignatures); ++i) {
    out += '\n';
    AppendSignature(row, i, &out);
  }
  if (count > kSignatures) {
    absl::StrAppend(&out, "\nand ", Grouped(count - kSignatures),
                    " more signatures (signatures.csv)\n");
  }
  return out;
}

}  // namespace mailassay::audit
