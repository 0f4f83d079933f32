// Each table is described once, for two sinks: CsvWriter and RecordWriter. They
// take the same cells; where a record leaves out what another table of the
// database says, or holds more, Sink::kStores tells them apart.
#include "lib/audit/tables.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <vector>

#include "lib/audit/record.h"
#include "lib/base/base64.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;
using dkim::Result;

std::string_view LineEndsName(mail::LineEnds ends) {
  switch (ends) {
    case mail::LineEnds::kLf:
      return "lf";
    case mail::LineEnds::kCrlf:
      return "crlf";
    case mail::LineEnds::kMixed:
      return "mixed";
    case mail::LineEnds::kNone:
      break;
  }
  return "none";
}

std::string_view EnvelopeSourceName(EnvelopeFromSource source) {
  switch (source) {
    case EnvelopeFromSource::kReturnPath:
      return "return_path";
    case EnvelopeFromSource::kMboxFrom:
      return "mbox_from";
    case EnvelopeFromSource::kNone:
      break;
  }
  return "none";
}

std::string_view CanonName(dkim::Canonicalization c) {
  return c == dkim::Canonicalization::kRelaxed ? "relaxed" : "simple";
}

// The names of a set's members, in the order of the enumeration.
template <typename Member, typename Set, typename Name>
std::string Join(Set set, Name name) {
  std::string out;
  if (set.empty()) return out;
  for (int i = 0; i < static_cast<int>(Member::kCount); ++i) {
    if (!set.Has(static_cast<Member>(i))) continue;
    if (!out.empty()) out += ';';
    out += name(static_cast<Member>(i));
  }
  return out;
}

// The digits of some octets, base64 or hexadecimal; few enough to stand here.
struct Digits {
  char digits[2 * sizeof(Digest::bytes)];
  size_t size = 0;
  std::string_view text() const { return {digits, size}; }
};

Digits Base64Of(std::span<const uint8_t> octets) {
  Digits out;
  EncodeBase64(octets, out.digits);
  out.size = Base64Size(octets.size());
  return out;
}

Digits HexadecimalOf(const Digest& digest) {
  Digits out;
  for (const uint8_t octet : digest.span()) {
    out.digits[out.size++] = "0123456789abcdef"[octet >> 4];
    out.digits[out.size++] = "0123456789abcdef"[octet & 15];
  }
  return out;
}

// RFC 8601 2.7.1: the first 8 characters tell signatures apart.
Digits FirstOfB(std::span<const uint8_t> signature) {
  constexpr size_t kOctetsOf8 = 6;
  return Base64Of(signature.first(std::min(signature.size(), kOctetsOf8)));
}

// A record names the input by its number, and leaves out the part path while
// there are no parts.
template <typename Sink>
void PutPlace(const MessageFacts& facts, Sink* sink) {
  if constexpr (Sink::kStores) {
    sink->Number(facts.input->ordinal).Number(facts.offset);
  } else {
    sink->Text(facts.input->file).Number(facts.offset).Word("");
    sink->Text(facts.input->archive).Word(FormatName(facts.input->format));
  }
}

// Of a signature, whose record follows its message's.
template <typename Sink>
void PutMessageOf(const MessageFacts& facts, Sink* sink) {
  if constexpr (!Sink::kStores) {
    sink->Text(facts.input->file).Number(facts.offset).Word("");
  }
}

// Octets in a record, hexadecimal in CSV; may be absent.
template <typename Sink>
void PutSha256(const Digest& id, Sink* sink) {
  if (id.size == 0) {
    sink->Word("");
    return;
  }
  if constexpr (Sink::kStores) {
    sink->Octets(id.span());
  } else {
    sink->Word(HexadecimalOf(id).text());
  }
}

// REQUIRES: hexadecimal digits, an even number of them.
std::vector<uint8_t> OctetsOfHex(std::string_view hex) {
  std::vector<uint8_t> octets(hex.size() / 2);
  for (size_t i = 0; i < octets.size(); ++i) {
    std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, octets[i], 16);
  }
  return octets;
}

struct Passes {
  uint64_t all = 0, relaxed = 0, strict = 0;
};

Passes CountPasses(const MessageRow& row) {
  Passes passes;
  for (const SignatureRow& signature : row.signatures) {
    if (signature.verdict.result != Result::kPass) continue;
    ++passes.all;
    passes.relaxed += signature.alignment.relaxed ? 1 : 0;
    passes.strict += signature.alignment.strict ? 1 : 0;
  }
  return passes;
}

Result ResultOf(const MessageRow& row) {
  if (row.best >= 0) {
    return row.signatures[static_cast<size_t>(row.best)].verdict.result;
  }
  return row.reason == Reason::kOk ? Result::kNone : dkim::ResultOf(row.reason);
}

// The name compared and asked for, or what stands there when it is none.
std::string_view DomainOf(const dkim::Signature& signature) {
  return signature.domain.empty() ? signature.header_d : signature.domain;
}
std::string_view SelectorOf(const dkim::Signature& signature) {
  return signature.selector.empty() ? signature.header_s : signature.selector;
}

template <typename Sink>
void PutMessageVerdict(const MessageRow& row, Sink* sink) {
  const Passes passes = CountPasses(row);
  sink->Number(row.signatures.size())
      .Number(passes.all)
      .Number(passes.relaxed)
      .Number(passes.strict);
  if constexpr (!Sink::kStores) sink->Word(dkim::ResultName(ResultOf(row)));
  const bool judged = row.best >= 0 || row.reason != Reason::kOk;
  sink->Word(judged ? dkim::ReasonCode(row.reason) : std::string_view());
  if (row.best >= 0) {
    const dkim::Signature& best =
        row.facts->signatures[static_cast<size_t>(row.best)].signature;
    sink->Text(DomainOf(best)).Text(SelectorOf(best));
  } else {
    sink->Word("").Word("");
  }
  if constexpr (!Sink::kStores) {
    sink->Bool(row.message_class == MessageClass::kVerifiedAligned);
  }
  sink->Word(MessageClassCode(row.message_class));
}

template <typename Sink>
void PutTags(const dkim::Signature& signature, Sink* sink) {
  sink->Text(DomainOf(signature))
      .Text(SelectorOf(signature))
      .Text(signature.header_i)
      .Text(signature.header_a)
      .Word(CanonName(signature.header_canon))
      .Word(CanonName(signature.body_canon))
      .Text(signature.query)
      .Signed(signature.timestamp)
      .Signed(signature.expiration)
      .Number(signature.body_length);
}

template <typename Sink>
void PutEvidence(const dkim::Evidence& evidence, Sink* sink) {
  const Digits bh = Base64Of(evidence.signature.body_hash.span());
  const bool same = evidence.body_hash == evidence.signature.body_hash;
  sink->Number(evidence.signed_body_bytes)
      .Number(evidence.body_bytes)
      .Number(uint64_t{evidence.h_count})
      .Bool(evidence.from_signed)
      .Text(evidence.oversigned)
      .Text(evidence.missing_recommended)
      .Text(FirstOfB(evidence.signature.signature).text())
      .Text(bh.text())
      .Text((same ? bh : Base64Of(evidence.body_hash.span())).text());
}

template <typename Sink>
void PutVerdict(const SignatureRow& row, const MessageRow& message,
                Sink* sink) {
  const dkim::Verdict& verdict = row.verdict;
  sink->Word(dkim::BodyMatchName(verdict.body))
      .Word(dkim::CryptoName(verdict.crypto));
  if constexpr (!Sink::kStores) sink->Word(dkim::ResultName(verdict.result));
  sink->Word(dkim::ReasonCode(verdict.reason));
  if constexpr (!Sink::kStores) {
    sink->Text(dkim::ReasonSentence(verdict.reason));
  }
  sink->Word(Join<dkim::Flag>(verdict.flags, dkim::FlagName))
      .Bool(row.expired_at_receipt);
  if constexpr (!Sink::kStores) sink->Time(message.evaluated_at.seconds);
}

// 0 says nothing.
template <typename Value>
std::optional<Value> Known(Value value) {
  return value == 0 ? std::nullopt : std::optional<Value>(value);
}

template <typename Sink>
void PutKeyOf(const SignatureRow& row, Sink* sink) {
  const dkim::KeyRecord* record =
      row.verdict.record >= 0 ? RecordOf(row) : nullptr;
  if (record == nullptr || record->key == nullptr) {
    sink->Word("").Word("").Word("none").Word("").Word("").Word("");
  } else {
    const dkim::KeyOrigin& origin = *OriginOf(*row.answer, record);
    PutSha256(record->key->id(), sink);
    sink->Number(record->key->bits())
        .Text(origin.source)
        .Time(Known(origin.first_seen))
        .Time(Known(origin.last_seen))
        .Number(Known(origin.recovered_from));
  }
  sink->Word(dkim::DnssecName(row.answer == nullptr ? dkim::Dnssec::kUnknown
                                                    : row.answer->dnssec));
}

uint64_t CountOf(const SenderTally& tally, MessageClass c) {
  return tally.classes[static_cast<size_t>(c)];
}

// The messages with a signature by what became of the best one; the members
// add up to `signed`.
struct Outcomes {
  uint64_t fail_body = 0, fail_signature = 0, fail_both = 0, wrong_key = 0,
           no_key = 0, revoked = 0, policy = 0, temperror = 0, permerror = 0;
};

uint64_t* OutcomeOf(Reason reason, Outcomes* outcomes) {
  switch (reason) {
    case Reason::kBodyChanged:
      return &outcomes->fail_body;
    case Reason::kHeaderChanged:
    case Reason::kBadSignature:
      return &outcomes->fail_signature;
    case Reason::kHeaderAndBodyChanged:
      return &outcomes->fail_both;
    case Reason::kNoKey:
      return &outcomes->no_key;
    case Reason::kRevoked:
      return &outcomes->revoked;
    default:
      break;
  }
  switch (dkim::ResultOf(reason)) {
    case Result::kNeutral:  // another key, or damage that looks so
      return &outcomes->wrong_key;
    case Result::kPolicy:
      return &outcomes->policy;
    case Result::kTempError:
      return &outcomes->temperror;
    default:
      return &outcomes->permerror;
  }
}

template <typename Sink>
void PutOutcomes(const SenderTally& tally, uint64_t passed, Sink* sink) {
  Outcomes outcomes;
  for (const auto& [reason, count] : tally.reasons) {
    *OutcomeOf(reason, &outcomes) += count;
  }
  sink->Number(tally.signed_count)
      .Number(passed)
      .Number(outcomes.fail_body)
      .Number(outcomes.fail_signature)
      .Number(outcomes.fail_both)
      .Number(outcomes.wrong_key)
      .Number(outcomes.no_key)
      .Number(outcomes.revoked)
      .Number(outcomes.policy)
      .Number(outcomes.temperror)
      .Number(outcomes.permerror)
      .Number(tally.expired_at_receipt);
}

// The most frequent names as "name:count", joined by ";".
std::string JoinCounts(NameCounts names, bool more) {
  constexpr size_t kShown = 20;
  std::stable_sort(
      names.begin(), names.end(),
      [](const auto& a, const auto& b) { return a.second > b.second; });
  std::string out;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    if (i > 0) out += ';';
    out += names[i].first + ':' + std::to_string(names[i].second);
  }
  if (names.size() > kShown || more) out += ";...";
  return out;
}

template <typename Sink>
void PutTopReason(const SenderTally& tally, Sink* sink) {
  const auto top = std::max_element(
      tally.reasons.begin(), tally.reasons.end(),
      [](const auto& a, const auto& b) { return a.second < b.second; });
  if (top == tally.reasons.end()) {
    sink->Word("").Number(uint64_t{0});
  } else {
    sink->Word(dkim::ReasonCode(top->first)).Number(top->second);
  }
}

template <typename Sink>
void PutMessage(const MessageRow& row, Sink* sink) {
  const MessageFacts& facts = *row.facts;
  PutPlace(facts, sink);
  const bool received = facts.received.source != mail::ReceivedSource::kNone;
  sink->Number(facts.length);
  PutSha256(facts.raw_sha256, sink);
  sink->Text(facts.message_id)
      .Text(facts.duplicate_of)
      .Time(facts.date_header)
      .Time(received ? std::optional(facts.received.seconds) : std::nullopt)
      .Word(mail::ReceivedSourceName(facts.received.source));
  if constexpr (Sink::kStores) sink->Time(row.evaluated_at.seconds);
  sink->Text(facts.author.domain)
      .Text(row.from_org)
      .Word(mail::AuthorDefectName(facts.author.defect))
      .Number(facts.author.from_count)
      .Text(facts.envelope_from)
      .Word(EnvelopeSourceName(facts.envelope_from_source))
      .Text(facts.list_id)
      .Word(mail::TraceName(facts.trace))
      .Text(facts.via_list)
      .Text(facts.author_original)
      .Word(mail::ListAuthorSourceName(facts.author_original_source));
  PutMessageVerdict(row, sink);
  sink->Number(facts.body_size)
      .Text(facts.body_encoding)
      .Bool(facts.has_8bit)
      .Word(LineEndsName(facts.line_ends))
      .Word(Join<mail::Anomaly>(facts.anomalies, mail::AnomalyName))
      .Bool(facts.list_unsubscribe)
      .Bool(facts.list_unsubscribe_post)
      .Number(facts.attached_messages);
}

template <typename Sink>
void PutSignature(const MessageRow& row, size_t index, Sink* sink) {
  const dkim::Evidence& evidence = row.facts->signatures[index];
  const SignatureRow& signature = row.signatures[index];
  PutMessageOf(*row.facts, sink);
  sink->Number(uint64_t{evidence.index});
  if constexpr (!Sink::kStores) sink->Word("dkim");
  PutTags(evidence.signature, sink);
  PutEvidence(evidence, sink);
  PutVerdict(signature, row, sink);
  PutKeyOf(signature, sink);
  sink->Bool(signature.alignment.relaxed)
      .Bool(signature.alignment.strict)
      .Text(signature.org_domain);
  if constexpr (Sink::kStores) {
    sink->Text(evidence.signed_names)
        .Text(evidence.unsigned_names)
        .Octets(evidence.header_hash.span())
        .Octets(evidence.signature.signature);
  }
}

template <typename Sink>
void PutSender(std::string_view header_from, const SenderTally& tally,
               Sink* sink) {
  sink->Text(header_from).Text(tally.from_org).Number(tally.count);
  for (const uint64_t count : tally.classes) sink->Number(count);
  const uint64_t aligned = CountOf(tally, MessageClass::kVerifiedAligned);
  const uint64_t unaligned = CountOf(tally, MessageClass::kVerifiedUnaligned);
  PutOutcomes(tally, aligned + unaligned, sink);
  sink->Number(aligned)
      .Number(unaligned)
      .Number(tally.aligned_strict)
      .Number(tally.aligned_repaired)
      .Number(tally.via_list)
      .Text(JoinCounts(tally.dkim_domains, tally.more_dkim_domains))
      .Text(JoinCounts(tally.selectors, tally.more_selectors))
      .Number(tally.weak_key)
      .Number(tally.sha1)
      .Number(tally.l_tag)
      .Time(tally.first_seen)
      .Time(tally.last_seen);
  PutTopReason(tally, sink);
  sink->Text(tally.shown().place);
}

template <typename Sink>
void PutKey(std::string_view key, const KeyTally& tally, Sink* sink) {
  const KeyTallyParts parts = PartsOfKeyTally(key);
  sink->Text(parts.domain).Text(parts.selector);
  if constexpr (Sink::kStores) {
    sink->Octets(OctetsOfHex(parts.key_id));
  } else {
    sink->Text(parts.key_id);
  }
  const bool has_key = !tally.type.empty();
  const bool rsa = tally.type == "rsa";
  sink->Text(tally.record)
      .Word(tally.type)
      .Number(has_key ? std::optional<uint64_t>(tally.bits) : std::nullopt)
      .Number(rsa ? std::optional(tally.exponent) : std::nullopt)
      .Word(tally.flags)
      .Text(tally.cname_chain)
      .Word(tally.status)
      .Text(tally.source)
      .Time(tally.first_mail_at)
      .Time(tally.last_mail_at)
      .Time(tally.first_pass_at)
      .Time(tally.last_pass_at)
      .Number(tally.count)
      .Number(tally.pass)
      .Number(tally.fail)
      .Number(tally.messages)
      .Number(tally.MessagesOf(KeyUse::kNoKey))
      .Number(tally.MessagesOf(KeyUse::kBesidePass))
      .Number(tally.MessagesOf(KeyUse::kWrongKey))
      .Number(tally.MessagesOf(KeyUse::kSha1))
      .Number(tally.MessagesOf(KeyUse::kLoneEd25519))
      .Time(tally.first_proved_at)
      .Time(tally.last_proved_at)
      .Text(tally.example.place);
}

template <typename Sink>
void PutKeyFinding(const KeyFinding& finding, Sink* sink) {
  sink->Text(finding.domain)
      .Text(finding.selector)
      .Word(KeyFaultCode(finding.fault))
      .Word(SeverityName(finding.severity))
      .Text(finding.provider)
      .Number(finding.messages)
      .Time(finding.first_mail_at)
      .Time(finding.last_mail_at)
      .Text(finding.detail)
      .Text(finding.fix)
      .Text(finding.example);
}

template <typename Sink>
void PutError(const ErrorRow& row, Sink* sink) {
  sink->Text(row.file).Number(row.offset);
  if constexpr (!Sink::kStores) sink->Word("");
  sink->Number(row.length)
      .Word(ErrorCodeName(row.code))
      .Text(row.kind)
      .Text(row.text);
}

std::string HeaderOf(Table table) {
  std::string header;
  for (const Column& column : ColumnsOf(table)) {
    if (!column.in_csv()) continue;
    if (!header.empty()) header += ',';
    header += column.name;
  }
  return header + "\r\n";
}

}  // namespace

std::string_view TableHeader(Table table) {
  constexpr auto kTables = static_cast<size_t>(Table::kCount);
  static const auto headers = [] {
    std::array<std::string, kTables> made;
    for (size_t t = 0; t < kTables; ++t) {
      made[t] = HeaderOf(static_cast<Table>(t));
    }
    return made;
  }();
  return headers[static_cast<size_t>(table)];
}

void WriteMessage(const MessageRow& row, const CsvOptions& options,
                  std::string* out) {
  CsvWriter csv(out, options);
  PutMessage(row, &csv);
  csv.EndRow();
}

void WriteSignatures(const MessageRow& row, const CsvOptions& options,
                     std::string* out) {
  CsvWriter csv(out, options);
  for (size_t i = 0; i < row.signatures.size(); ++i) {
    PutSignature(row, i, &csv);
    csv.EndRow();
  }
}

void WriteSender(std::string_view header_from, const SenderTally& tally,
                 const CsvOptions& options, std::string* out) {
  CsvWriter csv(out, options);
  PutSender(header_from, tally, &csv);
  csv.EndRow();
}

void WriteKey(std::string_view key, const KeyTally& tally,
              const CsvOptions& options, std::string* out) {
  CsvWriter csv(out, options);
  PutKey(key, tally, &csv);
  csv.EndRow();
}

void WriteKeyFinding(const KeyFinding& finding, const CsvOptions& options,
                     std::string* out) {
  CsvWriter csv(out, options);
  PutKeyFinding(finding, &csv);
  csv.EndRow();
}

void WriteError(const ErrorRow& row, const CsvOptions& options,
                std::string* out) {
  CsvWriter csv(out, options);
  PutError(row, &csv);
  csv.EndRow();
}

void WriteMessageRecord(const MessageRow& row, std::string* out) {
  RecordWriter record(Table::kMessages, out);
  PutMessage(row, &record);
}

void WriteSignatureRecords(const MessageRow& row, std::string* out) {
  for (size_t i = 0; i < row.signatures.size(); ++i) {
    RecordWriter record(Table::kSignatures, out);
    PutSignature(row, i, &record);
  }
}

void WriteSenderRecord(std::string_view header_from, const SenderTally& tally,
                       std::string* out) {
  RecordWriter record(Table::kSenders, out);
  PutSender(header_from, tally, &record);
}

void WriteKeyRecord(std::string_view key, const KeyTally& tally,
                    std::string* out) {
  RecordWriter record(Table::kKeys, out);
  PutKey(key, tally, &record);
}

void WriteKeyFindingRecord(const KeyFinding& finding, std::string* out) {
  RecordWriter record(Table::kKeyFindings, out);
  PutKeyFinding(finding, &record);
}

void WriteErrorRecord(const ErrorRow& row, std::string* out) {
  RecordWriter record(Table::kErrors, out);
  PutError(row, &record);
}

bool IsException(const MessageRow& row) {
  switch (row.message_class) {
    case MessageClass::kRefused:
    case MessageClass::kBroken:
    case MessageClass::kBodyChangedKeyUnknown:
    case MessageClass::kUnjudged:
      return true;
    default:
      return false;
  }
}

}  // namespace mailassay::audit
