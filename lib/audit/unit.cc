#include "lib/audit/unit.h"

#include <algorithm>
#include <utility>

#include "lib/audit/varint.h"

namespace mailassay::audit {
namespace {

using dkim::BodyMatch;
using dkim::Reason;

constexpr char kPart = '\0';
constexpr uint64_t kLeastMessages = 5;
constexpr size_t kLeastSigners = 3;
// A path may be as deep as its archive's maker likes.
constexpr size_t kMostParts = 32;
// 19 in 20.
constexpr bool IsNearlyAll(uint64_t some, uint64_t all) {
  return some * 20 >= all * 19;
}

const dkim::Evidence& BestEvidence(const MessageRow& row) {
  return row.facts->signatures[static_cast<size_t>(row.best)];
}

// The path of a member in its container, or of a file; as parts.  What lies
// deeper than kMostParts is the last part, slashes and all.
void AppendParts(std::string_view path, std::string* key) {
  auto parts = static_cast<size_t>(std::ranges::count(*key, kPart));
  for (const char c : path) {
    const bool ends_part = c == '/' && parts < kMostParts;
    parts += ends_part ? 1 : 0;
    key->push_back(ends_part ? kPart : c);
  }
}

// Without the last part of the path.
std::string_view DirectoryOf(std::string_view path) {
  return path.substr(0, path.rfind('/') == path.npos ? 0 : path.rfind('/'));
}

// The maildir whose cur/ or new/ the directory is.
std::string_view MaildirOf(std::string_view directory) {
  for (const std::string_view last : {"cur", "new"}) {
    if (directory == last) return {};
    if (directory.ends_with(last) &&
        directory[directory.size() - last.size() - 1] == '/') {
      return directory.substr(0, directory.size() - last.size() - 1);
    }
  }
  return directory;
}

void AddSigner(std::string_view name, std::vector<std::string>* signers) {
  const auto at = std::lower_bound(signers->begin(), signers->end(), name);
  if (at != signers->end() && *at == name) return;
  if (at == signers->end() && signers->size() >= UnitTally::kMaxSigners) return;
  signers->insert(at, std::string(name));
  if (signers->size() > UnitTally::kMaxSigners) signers->pop_back();
}

void MergeSum(const UnitTally::Sum& other, UnitTally::Sum* mine) {
  mine->messages += other.messages;
  mine->by_lists += other.by_lists;
  mine->key_unknown += other.key_unknown;
  for (const std::string& name : other.signers) {
    AddSigner(name, &mine->signers);
  }
  mine->finding.Merge(other.finding);
}

// Does the best signature tell that nothing was changed?
bool IsIntact(const MessageRow& row) {
  return row.message_class == MessageClass::kVerifiedAligned ||
         row.message_class == MessageClass::kVerifiedUnaligned ||
         row.message_class == MessageClass::kRefused;
}

UnitCause CauseFrom(const UnitTally::Sum& sum, uint64_t of_messages) {
  return {.damage = {},
          .messages = sum.messages,
          .of_messages = of_messages,
          .signers = sum.signers.size(),
          .by_lists = IsNearlyAll(sum.by_lists, sum.messages),
          .key_unknown = sum.key_unknown,
          .finding = sum.finding};
}

bool Fits(const UnitTally::Sum& sum, uint64_t of_messages) {
  return sum.messages >= kLeastMessages &&
         sum.signers.size() >= kLeastSigners &&
         IsNearlyAll(sum.messages, of_messages);
}

}  // namespace

std::optional<Damage> DamageOf(const MessageRow& row) {
  if (row.message_class == MessageClass::kBodyChangedKeyUnknown) {
    return Damage::kBody;
  }
  switch (row.reason) {
    case Reason::kBodyChanged:
      return Damage::kBody;
    case Reason::kHeaderChanged:
      return Damage::kHeader;
    case Reason::kHeaderAndBodyChanged:
      return Damage::kBoth;
    case Reason::kLTooLong:
    case Reason::kNoFrom:
      return Damage::kField;
    // Well formed, and nothing on the way makes it so.
    case Reason::kAuidDomain:
      return std::nullopt;
    default:
      break;
  }
  const bool malformed = row.reason >= Reason::kSigSyntax &&
                         row.reason < Reason::kNoKey &&
                         dkim::CauseOf(row.reason) == dkim::Cause::kUnknown;
  const bool of_record =
      row.best >= 0 &&
      row.signatures[static_cast<size_t>(row.best)].verdict.record >= 0;
  if (!malformed || of_record) return std::nullopt;
  return Damage::kField;
}

std::string UnitOf(const Input& input) {
  std::string key;
  std::string_view path = input.file;
  if (!input.archive.empty() && path.starts_with(input.archive) &&
      path.substr(input.archive.size()).starts_with('!')) {
    AppendParts(input.archive, &key);
    key += '!';
    path.remove_prefix(input.archive.size() + 1);
  }
  if (input.format == Format::kMaildir) path = MaildirOf(DirectoryOf(path));
  if (input.format == Format::kEml) path = DirectoryOf(path);
  if (path.empty()) return key;
  if (!key.empty()) key += kPart;
  AppendParts(path, &key);
  return key;
}

std::string UnitName(std::string_view key) {
  if (key.empty()) return "all that was read";
  std::string name;
  for (const char c : key) {
    if (c != kPart) {
      name += c;
    } else if (!name.ends_with('!')) {
      name += '/';
    }
  }
  if (name.ends_with('!')) name.pop_back();
  return name;
}

void UnitTally::Add(const MessageRow& row) {
  if (row.best < 0) return;
  if (const std::optional<Damage> damage = DamageOf(row)) {
    Sum& sum = sums[static_cast<size_t>(*damage)];
    ++sum.messages;
    sum.by_lists += row.facts->list_id.empty() ? 0 : 1;
    sum.key_unknown +=
        row.message_class == MessageClass::kBodyChangedKeyUnknown ? 1 : 0;
    AddSigner(row.signatures[static_cast<size_t>(row.best)].org_domain,
              &sum.signers);
    sum.finding.Add(*row.facts);
  } else if (IsIntact(row)) {
    ++intact;
  } else if (BestEvidence(row).body == BodyMatch::kMatch) {
    ++undecided;
  }
}

void UnitTally::Merge(const UnitTally& other) {
  intact += other.intact;
  undecided += other.undecided;
  for (size_t i = 0; i < kDamages; ++i) MergeSum(other.sums[i], &sums[i]);
}

void UnitTally::Encode(std::string* out) const {
  PutVarint(intact, out);
  PutVarint(undecided, out);
  for (const Sum& sum : sums) {
    PutVarint(sum.messages, out);
    if (sum.messages == 0) continue;
    PutVarint(sum.by_lists, out);
    PutVarint(sum.key_unknown, out);
    PutVarint(sum.signers.size(), out);
    for (const std::string& name : sum.signers) PutString(name, out);
    sum.finding.Encode(out);
  }
}

bool UnitTally::Decode(std::string_view* in) {
  if (!GetVarint(in, &intact) || !GetVarint(in, &undecided)) return false;
  for (Sum& sum : sums) {
    if (!GetVarint(in, &sum.messages)) return false;
    if (sum.messages == 0) continue;
    uint64_t signers = 0;
    if (!GetVarint(in, &sum.by_lists) || !GetVarint(in, &sum.key_unknown) ||
        !GetVarint(in, &signers) || signers > kMaxSigners) {
      return false;
    }
    sum.signers.resize(static_cast<size_t>(signers));
    for (std::string& name : sum.signers) {
      if (!GetString(in, &name)) return false;
    }
    if (!sum.finding.Decode(in)) return false;
  }
  return true;
}

size_t UnitTally::MemoryBytes() const {
  constexpr size_t kInPlace = 15;
  size_t bytes = 0;
  for (const Sum& sum : sums) {
    bytes += sum.signers.capacity() * sizeof(std::string) +
             sum.finding.MemoryBytes();
    for (const std::string& name : sum.signers) {
      bytes += name.capacity() > kInPlace ? name.capacity() + 17 : 0;
    }
  }
  return bytes;
}

std::optional<UnitCause> CauseOfAll(const UnitTally& tally) {
  UnitTally::Sum all;
  for (const UnitTally::Sum& sum : tally.sums) MergeSum(sum, &all);
  const uint64_t told = tally.intact + all.messages;
  for (size_t i = 0; i < kDamages; ++i) {
    const auto damage = static_cast<Damage>(i);
    // A body that is intact is no evidence of the header, but of the body and
    // of the signature field.
    const bool of_header = damage == Damage::kHeader || damage == Damage::kBoth;
    const uint64_t of = told + (of_header ? 0 : tally.undecided);
    if (!Fits(tally.sums[i], of)) continue;
    // A few that tell say nothing of the many that do not.
    if (of_header && tally.undecided > told) continue;
    UnitCause cause = CauseFrom(tally.sums[i], of);
    cause.damage = damage;
    cause.untold = of_header ? tally.undecided : 0;
    return cause;
  }
  const uint64_t of = told + tally.undecided;
  if (!Fits(all, of)) return std::nullopt;
  return CauseFrom(all, of);
}

}  // namespace mailassay::audit
