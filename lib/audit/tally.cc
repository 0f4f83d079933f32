#include "lib/audit/tally.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <span>
#include <tuple>

#include "lib/audit/cause.h"
#include "lib/audit/varint.h"
#include "lib/mail/calendar.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;
using Time = std::optional<int64_t>;

Time ReceivedTime(const MessageFacts& facts) {
  if (facts.received.source == mail::ReceivedSource::kNone) return {};
  return facts.received.seconds;
}

template <size_t kSize>
void AddAll(const std::array<uint64_t, kSize>& other,
            std::array<uint64_t, kSize>* mine) {
  for (size_t i = 0; i < kSize; ++i) (*mine)[i] += other[i];
}

template <typename Set>
void AddBits(Set set, std::span<uint64_t> counts) {
  for (auto bits = set.bits(); bits != 0; bits &= bits - 1) {
    const auto bit = static_cast<size_t>(std::countr_zero(bits));
    if (bit < counts.size()) ++counts[bit];
  }
}

template <typename Key, typename Find>
uint64_t& CountOf(std::vector<std::pair<Key, uint64_t>>* counts,
                  const Find& key) {
  const auto at = std::lower_bound(
      counts->begin(), counts->end(), key,
      [](const auto& entry, const Find& k) { return entry.first < k; });
  if (at != counts->end() && at->first == key) return at->second;
  return counts->insert(at, {Key(key), 0})->second;
}

// The kMaxNames smallest names of a union are among the smallest of each part,
// so their counts stay exact in any order of merging.
void CountName(std::string_view name, uint64_t count, NameCounts* names,
               bool* more) {
  const bool full = names->size() >= kMaxNames;
  if (full && names->back().first < name) {
    *more = true;
    return;
  }
  CountOf(names, name) += count;
  if (names->size() <= kMaxNames) return;
  names->pop_back();
  *more = true;
}

bool IsPass(const SignatureRow& row) {
  return row.verdict.result == dkim::Result::kPass;
}

bool IsUnsigned(const MessageRow& row) {
  return row.message_class == MessageClass::kUnsigned ||
         row.message_class == MessageClass::kNeverSent;
}

// Another's signature says nothing of how the sender signs.
bool HasAligned(const MessageRow& row) {
  return std::ranges::any_of(row.signatures, [](const SignatureRow& signature) {
    return signature.alignment.relaxed;
  });
}

bool FitsRecoveredKey(const SignatureRow& row) {
  const dkim::KeyRecord* record =
      row.verdict.record >= 0 ? RecordOf(row) : nullptr;
  return record != nullptr &&
         OriginOf(*row.answer, record)->source == dkim::kRecovered;
}

// Since 1970-01; times that no mail has are those of the first and last month.
int32_t MonthOf(Time time) {
  constexpr int64_t kLast = 7258118399;  // 2199-12-31
  constexpr int64_t kDay = 86400;
  if (!time) return SenderTally::kNoMonth;
  const mail::Civil date =
      mail::CivilFromDays(std::clamp<int64_t>(*time, 0, kLast) / kDay);
  return static_cast<int32_t>((date.year - 1970) * 12 + date.month - 1);
}

SenderTally::Month& MonthAt(int32_t month,
                            std::vector<SenderTally::Month>* months) {
  const auto at = std::lower_bound(
      months->begin(), months->end(), month,
      [](const SenderTally::Month& m, int32_t k) { return m.month < k; });
  if (at != months->end() && at->month == month) return *at;
  return *months->insert(at, {.month = month});
}

void EncodeMonths(const std::vector<SenderTally::Month>& months,
                  std::string* out) {
  PutVarint(months.size(), out);
  for (const SenderTally::Month& month : months) {
    PutVarint(static_cast<uint64_t>(month.month), out);
    PutVarint(month.with, out);
    PutVarint(month.without, out);
  }
}

bool DecodeMonths(std::string_view* in,
                  std::vector<SenderTally::Month>* months) {
  uint64_t size = 0;
  if (!GetVarint(in, &size) || size > in->size()) return false;
  months->resize(static_cast<size_t>(size));
  for (SenderTally::Month& month : *months) {
    uint64_t number = 0;
    if (!GetVarint(in, &number) || number > INT32_MAX ||
        !GetVarint(in, &month.with) || !GetVarint(in, &month.without)) {
      return false;
    }
    month.month = static_cast<int32_t>(number);
  }
  return true;
}

bool IsAlignedByRepair(const MessageRow& row) {
  return row.message_class == MessageClass::kVerifiedAligned &&
         row.facts->anomalies.Has(mail::Anomaly::kFromRepaired);
}

// Whether an earlier signature of the message passes for the same d=.
bool CountedBefore(const MessageRow& row, size_t index) {
  const auto& signatures = row.facts->signatures;
  for (size_t i = 0; i < index; ++i) {
    if (IsPass(row.signatures[i]) &&
        signatures[i].signature.domain == signatures[index].signature.domain) {
      return true;
    }
  }
  return false;
}

void EncodeExample(const Example& example, std::string* out) {
  PutVarint(example.input, out);
  PutVarint(example.offset, out);
  PutString(example.place, out);
}

bool DecodeExample(std::string_view* in, Example* example) {
  return GetVarint(in, &example->input) && GetVarint(in, &example->offset) &&
         GetString(in, &example->place);
}

void EncodeNames(const NameCounts& names, bool more, std::string* out) {
  PutVarint(names.size(), out);
  for (const auto& [name, count] : names) {
    PutString(name, out);
    PutVarint(count, out);
  }
  out->push_back(more ? 1 : 0);
}

bool DecodeNames(std::string_view* in, NameCounts* names, bool* more) {
  uint64_t size = 0;
  if (!GetVarint(in, &size) || size > kMaxNames) return false;
  names->resize(static_cast<size_t>(size));
  for (auto& [name, count] : *names) {
    if (!GetString(in, &name) || !GetVarint(in, &count)) return false;
  }
  if (in->empty()) return false;
  *more = in->front() != 0;
  in->remove_prefix(1);
  return true;
}

bool DecodeReasons(std::string_view* in,
                   std::vector<std::pair<Reason, uint64_t>>* reasons) {
  constexpr auto kReasons = static_cast<uint64_t>(Reason::kCount);
  uint64_t size = 0;
  if (!GetVarint(in, &size) || size > kReasons) return false;
  reasons->resize(static_cast<size_t>(size));
  for (auto& [reason, count] : *reasons) {
    uint64_t value = 0;
    if (!GetVarint(in, &value) || value >= kReasons) return false;
    reason = static_cast<Reason>(value);
    if (!GetVarint(in, &count)) return false;
  }
  return true;
}

size_t HeapBytes(const std::string& text) {
  constexpr size_t kInPlace = 15;
  return text.capacity() > kInPlace ? text.capacity() + 17 : 0;
}

size_t HeapBytes(const NameCounts& names) {
  size_t bytes = names.capacity() * sizeof(NameCounts::value_type);
  for (const auto& entry : names) bytes += HeapBytes(entry.first);
  return bytes;
}

size_t HeapBytes(const std::vector<KeyUseTally>& uses) {
  size_t bytes = uses.capacity() * sizeof(KeyUseTally);
  for (const KeyUseTally& use : uses) {
    bytes += HeapBytes(use.example.place) + HeapBytes(use.beside);
  }
  return bytes;
}

std::string StatusOf(const dkim::KeyAnswer& answer,
                     const dkim::KeyRecord* record) {
  if (answer.status != dkim::KeyStatus::kFound || record == nullptr) {
    return std::string(dkim::KeyStatusName(answer.status));
  }
  const dkim::KeyOrigin& origin = *OriginOf(answer, record);
  if (origin.earlier) return "earlier";
  if (record->defect == Reason::kOk) {
    return origin.source == dkim::kFromDns ? "live" : "given";
  }
  return record->defect == Reason::kRevoked ? "revoked" : "bad_record";
}

std::string FlagsOf(const dkim::KeyRecord& record) {
  std::string flags = record.strict_auid ? "strict_auid" : "";
  for (int i = 0; i < static_cast<int>(dkim::Flag::kCount); ++i) {
    const auto flag = static_cast<dkim::Flag>(i);
    if (!record.flags.Has(flag)) continue;
    if (!flags.empty()) flags += ';';
    flags += dkim::FlagName(flag);
  }
  return flags;
}

void Describe(const SignatureRow& row, KeyTally* tally) {
  const dkim::KeyRecord* record = RecordOf(row);
  tally->status = StatusOf(*row.answer, record);
  tally->source = SourceOf(*row.answer, record);
  for (const std::string& target : row.answer->cname_chain) {
    if (!tally->cname_chain.empty()) tally->cname_chain += ' ';
    tally->cname_chain += target;
  }
  if (record == nullptr) return;
  tally->record = record->text;
  tally->flags = FlagsOf(*record);
  if (record->key == nullptr) return;
  const bool rsa = record->key->type() == crypto::KeyType::kRsa;
  tally->type = rsa ? "rsa" : "ed25519";
  tally->bits = static_cast<uint32_t>(record->key->bits());
  tally->exponent = rsa ? record->key->exponent() : 0;
}

// A set of uses; bit i is KeyUse i.
using Uses = uint32_t;

Uses Bit(KeyUse use) { return Uses{1} << static_cast<int>(use); }

bool StandsAlone(const MessageRow& row, size_t index) {
  const auto& signatures = row.facts->signatures;
  return std::none_of(
      signatures.begin(), signatures.end(), [&](const dkim::Evidence& other) {
        return other.signature.key_type == crypto::KeyType::kRsa &&
               other.signature.domain == signatures[index].signature.domain;
      });
}

// The topmost signature that passes; its name, or "".
std::string NameOfPass(const MessageRow& row) {
  for (size_t i = 0; i < row.signatures.size(); ++i) {
    if (IsPass(row.signatures[i])) {
      return dkim::KeyName(row.facts->signatures[i].signature);
    }
  }
  return "";
}

Uses UsesOf(const MessageRow& row, size_t index) {
  const SignatureRow& signature = row.signatures[index];
  const dkim::Signature& field = row.facts->signatures[index].signature;
  const dkim::KeyRecord* record = RecordOf(signature);
  const Reason reason = signature.verdict.reason;
  Uses uses = 0;
  if (reason == Reason::kNoKey) {
    uses |= Bit(KeyUse::kNoKey);
    const bool passes =
        std::any_of(row.signatures.begin(), row.signatures.end(), IsPass);
    if (passes) uses |= Bit(KeyUse::kBesidePass);
  }
  // A signature of another size was made by another key.
  if (reason == Reason::kWrongKey || reason == Reason::kSigLength) {
    uses |= Bit(KeyUse::kWrongKey);
  }
  if (field.hash == crypto::HashAlgorithm::kSha1) uses |= Bit(KeyUse::kSha1);
  if (field.key_type == crypto::KeyType::kEd25519 && StandsAlone(row, index)) {
    uses |= Bit(KeyUse::kLoneEd25519);
  }
  if (record != nullptr && record->flags.Has(dkim::Flag::kTesting)) {
    uses |= Bit(KeyUse::kTesting);
  }
  if (IsPass(signature) &&
      row.message_class == MessageClass::kVerifiedUnaligned) {
    uses |= Bit(KeyUse::kUnaligned);
  }
  return uses;
}

// Do both signatures of the message count in one tally?
bool ShareTally(const MessageRow& row, size_t a, size_t b) {
  const dkim::Signature& first = row.facts->signatures[a].signature;
  const dkim::Signature& second = row.facts->signatures[b].signature;
  return row.signatures[a].answer != nullptr && first.domain == second.domain &&
         first.selector == second.selector &&
         RecordOf(row.signatures[a]) == RecordOf(row.signatures[b]);
}

KeyUseTally& At(KeyUse use, std::vector<KeyUseTally>* uses) {
  const auto at = std::lower_bound(
      uses->begin(), uses->end(), use,
      [](const KeyUseTally& entry, KeyUse u) { return entry.use < u; });
  if (at != uses->end() && at->use == use) return *at;
  return *uses->insert(at, {.use = use});
}

void AddUses(const MessageRow& row, Uses uses, std::vector<KeyUseTally>* to) {
  const Time time = ReceivedTime(*row.facts);
  for (; uses != 0; uses &= uses - 1) {
    const auto use = static_cast<KeyUse>(std::countr_zero(uses));
    KeyUseTally one = {
        .use = use, .messages = 1, .first_at = time, .last_at = time};
    one.example.Note(*row.facts);
    if (use == KeyUse::kBesidePass) one.beside = NameOfPass(row);
    At(use, to).Merge(one);
  }
}

// Does h= name Date?
bool SignsDate(const dkim::Evidence& evidence) {
  std::string_view names = evidence.signed_names;
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find(';'));
    if (name == "date") return true;
    names.remove_prefix(std::min(name.size() + 1, names.size()));
  }
  return false;
}

Time ProvedTime(const MessageRow& row, size_t index) {
  const dkim::Evidence& evidence = row.facts->signatures[index];
  if (evidence.signature.timestamp) return evidence.signature.timestamp;
  return SignsDate(evidence) ? row.facts->date_header : Time();
}

void EncodeUse(const KeyUseTally& use, std::string* out) {
  PutVarint(static_cast<uint64_t>(use.use), out);
  PutVarint(use.messages, out);
  PutOptional(use.first_at, out);
  PutOptional(use.last_at, out);
  EncodeExample(use.example, out);
  PutString(use.beside, out);
}

bool DecodeUse(std::string_view* in, KeyUseTally* use) {
  uint64_t kind = 0;
  if (!GetVarint(in, &kind) || kind >= static_cast<uint64_t>(KeyUse::kCount)) {
    return false;
  }
  use->use = static_cast<KeyUse>(kind);
  return GetVarint(in, &use->messages) && GetOptional(in, &use->first_at) &&
         GetOptional(in, &use->last_at) && DecodeExample(in, &use->example) &&
         GetString(in, &use->beside);
}

void EncodeUses(const std::vector<KeyUseTally>& uses, std::string* out) {
  PutVarint(uses.size(), out);
  for (const KeyUseTally& use : uses) EncodeUse(use, out);
}

bool DecodeUses(std::string_view* in, std::vector<KeyUseTally>* uses) {
  uint64_t size = 0;
  if (!GetVarint(in, &size) || size > static_cast<uint64_t>(KeyUse::kCount)) {
    return false;
  }
  uses->resize(static_cast<size_t>(size));
  for (KeyUseTally& use : *uses) {
    if (!DecodeUse(in, &use)) return false;
  }
  return true;
}

void AppendHex(const Digest& digest, std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (const uint8_t octet : digest.span()) {
    out->push_back(kDigits[octet >> 4]);
    out->push_back(kDigits[octet & 15]);
  }
}

auto Description(const KeyTally& tally) {
  return std::tie(tally.example.input, tally.example.offset, tally.record,
                  tally.type, tally.bits, tally.exponent, tally.status,
                  tally.source, tally.cname_chain, tally.flags);
}

void TakeDescription(const KeyTally& other, KeyTally* mine) {
  mine->record = other.record;
  mine->type = other.type;
  mine->bits = other.bits;
  mine->exponent = other.exponent;
  mine->status = other.status;
  mine->source = other.source;
  mine->cname_chain = other.cname_chain;
  mine->flags = other.flags;
  mine->example = other.example;
}

}  // namespace

void TakeFirst(Time other, Time* mine) {
  if (other.has_value() && (!mine->has_value() || *other < **mine)) {
    *mine = other;
  }
}

void TakeLast(Time other, Time* mine) {
  if (other.has_value() && (!mine->has_value() || *other > **mine)) {
    *mine = other;
  }
}

void Example::Merge(const Example& other) {
  if (std::tie(other.input, other.offset) < std::tie(input, offset)) {
    *this = other;
  }
}

void Example::Note(const MessageFacts& facts) {
  const uint64_t ordinal = facts.input->ordinal;
  if (std::tie(ordinal, facts.offset) < std::tie(input, offset)) {
    *this = {ordinal, facts.offset, Locate(facts)};
  }
}

void Totals::Add(const MessageRow& row) {
  ++messages;
  message_bytes += row.facts->length;
  signatures += row.signatures.size();
  carriers += row.facts->attached_messages > 0 ? 1 : 0;
  attached_messages += row.facts->attached_messages;
  ++classes[static_cast<size_t>(row.message_class)];
  ReasonCount& reason = reasons[{row.message_class, row.reason}];
  ++reason.count;
  reason.example.Note(*row.facts);
  dkim::FlagSet passing_flags;
  bool strict = false;
  for (const SignatureRow& signature : row.signatures) {
    ++signature_reasons[static_cast<size_t>(signature.verdict.reason)];
    recovered += FitsRecoveredKey(signature) ? 1 : 0;
    if (!IsPass(signature)) continue;
    passing_flags.Add(signature.verdict.flags);
    strict |= signature.alignment.strict;
  }
  aligned_strict += strict ? 1 : 0;
  aligned_repaired += IsAlignedByRepair(row) ? 1 : 0;
  via_list += row.facts->via_list.empty() ? 0 : 1;
  AddBits(passing_flags, flags);
  AddBits(row.facts->anomalies, anomalies);
  ++causes[static_cast<size_t>(CauseOf(row))];
  if (IsUnsigned(row)) {
    ++unsigned_traces[static_cast<size_t>(row.facts->trace)];
  }
}

void Totals::Merge(const Totals& other) {
  duplicates += other.duplicates;
  messages += other.messages;
  message_bytes += other.message_bytes;
  signatures += other.signatures;
  aligned_strict += other.aligned_strict;
  carriers += other.carriers;
  attached_messages += other.attached_messages;
  aligned_repaired += other.aligned_repaired;
  via_list += other.via_list;
  AddAll(other.classes, &classes);
  for (const auto& [key, count] : other.reasons) {
    ReasonCount& mine = reasons[key];
    mine.count += count.count;
    mine.example.Merge(count.example);
  }
  AddAll(other.signature_reasons, &signature_reasons);
  AddAll(other.flags, &flags);
  AddAll(other.anomalies, &anomalies);
  AddAll(other.causes, &causes);
  AddAll(other.unsigned_traces, &unsigned_traces);
  recovered += other.recovered;
}

void SenderTally::Add(const MessageRow& row) {
  const MessageFacts& facts = *row.facts;
  if (from_org.empty()) from_org = row.from_org;
  ++count;
  ++classes[static_cast<size_t>(row.message_class)];
  signed_count += IsUnsigned(row) ? 0 : 1;
  const bool came_unsigned =
      IsUnsigned(row) && facts.trace == mail::Trace::kReceived;
  if (came_unsigned) {
    ++MonthAt(MonthOf(ReceivedTime(facts)), &months).without;
  } else if (HasAligned(row)) {
    ++MonthAt(MonthOf(ReceivedTime(facts)), &months).with;
  }
  if (row.reason != Reason::kOk) ++CountOf(&reasons, row.reason);
  if (row.best >= 0) {
    const SignatureRow& best = row.signatures[static_cast<size_t>(row.best)];
    expired_at_receipt += best.expired_at_receipt ? 1 : 0;
    weak_key += best.verdict.flags.Has(dkim::Flag::kKeyLt2048) ||
                        best.verdict.reason == Reason::kWeakKey
                    ? 1
                    : 0;
  }
  bool strict = false, any_sha1 = false, any_l = false;
  for (size_t i = 0; i < row.signatures.size(); ++i) {
    const dkim::Signature& signature = facts.signatures[i].signature;
    any_sha1 |= signature.hash == crypto::HashAlgorithm::kSha1;
    any_l |= signature.body_length.has_value();
    if (row.signatures[i].alignment.relaxed && !signature.selector.empty()) {
      CountName(signature.selector, 1, &selectors, &more_selectors);
    }
    if (!IsPass(row.signatures[i])) continue;
    strict |= row.signatures[i].alignment.strict;
    if (!CountedBefore(row, i)) {
      CountName(signature.domain, 1, &dkim_domains, &more_dkim_domains);
    }
  }
  aligned_strict += strict ? 1 : 0;
  aligned_repaired += IsAlignedByRepair(row) ? 1 : 0;
  via_list += row.facts->via_list.empty() ? 0 : 1;
  sha1 += any_sha1 ? 1 : 0;
  l_tag += any_l ? 1 : 0;
  TakeFirst(ReceivedTime(facts), &first_seen);
  TakeLast(ReceivedTime(facts), &last_seen);
  example.Note(facts);
  if (row.message_class != MessageClass::kVerifiedAligned) trouble.Note(facts);
}

void SenderTally::Merge(const SenderTally& other) {
  if (from_org.empty()) from_org = other.from_org;
  count += other.count;
  AddAll(other.classes, &classes);
  signed_count += other.signed_count;
  aligned_strict += other.aligned_strict;
  aligned_repaired += other.aligned_repaired;
  via_list += other.via_list;
  expired_at_receipt += other.expired_at_receipt;
  weak_key += other.weak_key;
  sha1 += other.sha1;
  l_tag += other.l_tag;
  for (const Month& month : other.months) {
    Month& mine = MonthAt(month.month, &months);
    mine.with += month.with;
    mine.without += month.without;
  }
  for (const auto& [reason, n] : other.reasons) CountOf(&reasons, reason) += n;
  for (const auto& [name, n] : other.dkim_domains) {
    CountName(name, n, &dkim_domains, &more_dkim_domains);
  }
  for (const auto& [name, n] : other.selectors) {
    CountName(name, n, &selectors, &more_selectors);
  }
  more_dkim_domains |= other.more_dkim_domains;
  more_selectors |= other.more_selectors;
  TakeFirst(other.first_seen, &first_seen);
  TakeLast(other.last_seen, &last_seen);
  trouble.Merge(other.trouble);
  example.Merge(other.example);
}

void SenderTally::Encode(std::string* out) const {
  PutString(from_org, out);
  for (const uint64_t n :
       {count, signed_count, aligned_strict, aligned_repaired, via_list,
        expired_at_receipt, weak_key, sha1, l_tag}) {
    PutVarint(n, out);
  }
  for (const uint64_t n : classes) PutVarint(n, out);
  PutVarint(reasons.size(), out);
  for (const auto& [reason, n] : reasons) {
    PutVarint(static_cast<uint64_t>(reason), out);
    PutVarint(n, out);
  }
  EncodeMonths(months, out);
  EncodeNames(dkim_domains, more_dkim_domains, out);
  EncodeNames(selectors, more_selectors, out);
  PutOptional(first_seen, out);
  PutOptional(last_seen, out);
  EncodeExample(trouble, out);
  EncodeExample(example, out);
}

bool SenderTally::Decode(std::string_view* in) {
  if (!GetString(in, &from_org)) return false;
  for (uint64_t* n :
       {&count, &signed_count, &aligned_strict, &aligned_repaired, &via_list,
        &expired_at_receipt, &weak_key, &sha1, &l_tag}) {
    if (!GetVarint(in, n)) return false;
  }
  for (uint64_t& n : classes) {
    if (!GetVarint(in, &n)) return false;
  }
  return DecodeReasons(in, &reasons) && DecodeMonths(in, &months) &&
         DecodeNames(in, &dkim_domains, &more_dkim_domains) &&
         DecodeNames(in, &selectors, &more_selectors) &&
         GetOptional(in, &first_seen) && GetOptional(in, &last_seen) &&
         DecodeExample(in, &trouble) && DecodeExample(in, &example);
}

size_t SenderTally::MemoryBytes() const {
  return HeapBytes(from_org) + reasons.capacity() * sizeof(reasons[0]) +
         months.capacity() * sizeof(Month) + HeapBytes(dkim_domains) +
         HeapBytes(selectors) + HeapBytes(trouble.place) +
         HeapBytes(example.place);
}

std::string SignedSince(const SenderTally& tally) {
  constexpr double kOnceIn = 100;
  constexpr int32_t kNever = -1;
  int32_t last_without = kNever;
  for (const SenderTally::Month& month : tally.months) {
    if (month.without > 0) last_without = month.month;
  }
  uint64_t without = 0, with = 0, since = 0;
  int32_t first = kNever;
  for (const SenderTally::Month& month : tally.months) {
    without += month.without;
    if (month.month <= last_without) {
      with += month.with;
    } else if (month.month != SenderTally::kNoMonth && month.with > 0) {
      if (first == kNever) first = month.month;
      since += month.with;
    }
  }
  if (without == 0 || first == kNever) return {};
  // One more with a signature: few messages prove little.
  const double share =
      static_cast<double>(without) / static_cast<double>(without + with + 1);
  if (static_cast<double>(since) * std::log1p(-share) > -std::log(kOnceIn)) {
    return {};
  }
  constexpr int32_t kMonths = 12;
  const int32_t year = 1970 + first / kMonths, month = first % kMonths + 1;
  return std::to_string(year) + (month < 10 ? "-0" : "-") +
         std::to_string(month);
}

const dkim::KeyRecord* RecordOf(const SignatureRow& row) {
  if (row.answer == nullptr || row.answer->records.empty()) return nullptr;
  const std::vector<dkim::KeyRecord>& records = row.answer->records;
  const int decided = row.verdict.record;
  if (decided >= 0 && static_cast<size_t>(decided) < records.size()) {
    return &records[static_cast<size_t>(decided)];
  }
  for (const dkim::KeyRecord& record : records) {
    if (record.key != nullptr) return &record;
  }
  return &records.front();
}

const dkim::KeyOrigin* OriginOf(const dkim::KeyAnswer& answer,
                                const dkim::KeyRecord* record) {
  if (record == nullptr) return nullptr;
  assert(answer.origins.size() == answer.records.size());
  return &answer.origins[static_cast<size_t>(record - answer.records.data())];
}

std::string_view SourceOf(const dkim::KeyAnswer& answer,
                          const dkim::KeyRecord* record) {
  if (record != nullptr) return OriginOf(answer, record)->source;
  return answer.source.empty() ? std::string_view("none")
                               : std::string_view(answer.source);
}

std::string HexOf(const Digest& digest) {
  std::string hex;
  AppendHex(digest, &hex);
  return hex;
}

void KeyTallyName(const MessageRow& row, size_t index, std::string* out) {
  const dkim::Signature& signature = row.facts->signatures[index].signature;
  out->assign(signature.domain);
  out->push_back('\0');
  out->append(signature.selector);
  out->push_back('\0');
  const dkim::KeyRecord* record = RecordOf(row.signatures[index]);
  if (record != nullptr && record->key != nullptr) {
    AppendHex(record->key->id(), out);
  }
}

KeyTallyParts PartsOfKeyTally(std::string_view key) {
  std::array<std::string_view, 3> parts;
  for (std::string_view& part : parts) {
    part = key.substr(0, key.find('\0'));
    key.remove_prefix(std::min(part.size() + 1, key.size()));
  }
  return {parts[0], parts[1], parts[2]};
}

void KeyUseTally::Merge(const KeyUseTally& other) {
  messages += other.messages;
  TakeFirst(other.first_at, &first_at);
  TakeLast(other.last_at, &last_at);
  if (std::tie(other.example.input, other.example.offset) <
      std::tie(example.input, example.offset)) {
    example = other.example;
    beside = other.beside;
  }
}

const KeyUseTally* KeyTally::Find(KeyUse use) const {
  for (const KeyUseTally& entry : uses) {
    if (entry.use == use) return &entry;
  }
  return nullptr;
}

uint64_t KeyTally::MessagesOf(KeyUse use) const {
  const KeyUseTally* found = Find(use);
  return found == nullptr ? 0 : found->messages;
}

void KeyTally::Add(const MessageRow& row, size_t index) {
  const SignatureRow& signature = row.signatures[index];
  // Describing costs several strings: only the first message's count.
  const auto place =
      std::make_pair(row.facts->input->ordinal, row.facts->offset);
  if (count == 0) {
    example.Note(*row.facts);
    Describe(signature, this);
  } else if (place <= std::make_pair(example.input, example.offset)) {
    KeyTally other;
    other.example.Note(*row.facts);
    Describe(signature, &other);
    if (Description(other) < Description(*this)) TakeDescription(other, this);
  }
  ++count;
  const Time time = ReceivedTime(*row.facts);
  TakeFirst(time, &first_mail_at);
  TakeLast(time, &last_mail_at);
  // A message counts once in each sum of messages.
  bool repeated = false;
  Uses counted = 0;
  for (size_t i = 0; i < index; ++i) {
    if (!ShareTally(row, i, index)) continue;
    repeated = true;
    counted |= UsesOf(row, i);
  }
  messages += repeated ? 0 : 1;
  AddUses(row, UsesOf(row, index) & ~counted, &uses);
  if (signature.verdict.crypto == dkim::Crypto::kFail) ++fail;
  if (!IsPass(signature)) return;
  ++pass;
  TakeFirst(ProvedTime(row, index), &first_proved_at);
  TakeLast(ProvedTime(row, index), &last_proved_at);
  TakeFirst(time, &first_pass_at);
  TakeLast(time, &last_pass_at);
}

void KeyTally::Merge(const KeyTally& other) {
  if (other.count == 0) return;
  if (count == 0 || Description(other) < Description(*this)) {
    TakeDescription(other, this);
  }
  count += other.count;
  pass += other.pass;
  fail += other.fail;
  messages += other.messages;
  for (const KeyUseTally& use : other.uses) At(use.use, &uses).Merge(use);
  TakeFirst(other.first_proved_at, &first_proved_at);
  TakeLast(other.last_proved_at, &last_proved_at);
  TakeFirst(other.first_mail_at, &first_mail_at);
  TakeLast(other.last_mail_at, &last_mail_at);
  TakeFirst(other.first_pass_at, &first_pass_at);
  TakeLast(other.last_pass_at, &last_pass_at);
}

void KeyTally::Encode(std::string* out) const {
  for (const std::string* text :
       {&record, &type, &status, &source, &cname_chain, &flags}) {
    PutString(*text, out);
  }
  for (const uint64_t n :
       {uint64_t{bits}, exponent, count, pass, fail, messages}) {
    PutVarint(n, out);
  }
  for (const Time& time : {first_mail_at, last_mail_at, first_pass_at,
                           last_pass_at, first_proved_at, last_proved_at}) {
    PutOptional(time, out);
  }
  EncodeUses(uses, out);
  EncodeExample(example, out);
}

bool KeyTally::Decode(std::string_view* in) {
  for (std::string* text :
       {&record, &type, &status, &source, &cname_chain, &flags}) {
    if (!GetString(in, text)) return false;
  }
  uint64_t wide_bits = 0;
  for (uint64_t* n : {&wide_bits, &exponent, &count, &pass, &fail, &messages}) {
    if (!GetVarint(in, n)) return false;
  }
  if (wide_bits > UINT32_MAX) return false;
  bits = static_cast<uint32_t>(wide_bits);
  for (Time* time : {&first_mail_at, &last_mail_at, &first_pass_at,
                     &last_pass_at, &first_proved_at, &last_proved_at}) {
    if (!GetOptional(in, time)) return false;
  }
  return DecodeUses(in, &uses) && DecodeExample(in, &example);
}

size_t KeyTally::MemoryBytes() const {
  return HeapBytes(record) + HeapBytes(type) + HeapBytes(status) +
         HeapBytes(source) + HeapBytes(cname_chain) + HeapBytes(flags) +
         HeapBytes(example.place) + HeapBytes(uses);
}

void FindingTally::Add(const MessageFacts& facts) {
  ++count;
  example.Note(facts);
  TakeFirst(ReceivedTime(facts), &first_at);
  TakeLast(ReceivedTime(facts), &last_at);
}

void FindingTally::Merge(const FindingTally& other) {
  count += other.count;
  example.Merge(other.example);
  TakeFirst(other.first_at, &first_at);
  TakeLast(other.last_at, &last_at);
}

void FindingTally::Encode(std::string* out) const {
  PutVarint(count, out);
  EncodeExample(example, out);
  PutOptional(first_at, out);
  PutOptional(last_at, out);
}

bool FindingTally::Decode(std::string_view* in) {
  return GetVarint(in, &count) && DecodeExample(in, &example) &&
         GetOptional(in, &first_at) && GetOptional(in, &last_at);
}

size_t FindingTally::MemoryBytes() const { return HeapBytes(example.place); }

}  // namespace mailassay::audit
