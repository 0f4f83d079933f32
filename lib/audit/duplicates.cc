#include "lib/audit/duplicates.h"

#include <utility>

#include "lib/audit/varint.h"
#include "lib/crypto/hash.h"

namespace mailassay::audit {
namespace {

// Enough that no two messages meet by chance, in archives of any size.
constexpr size_t kIdOctets = 16;

std::string_view AsText(std::span<const uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

// The order of numbers is the order of their octets.
void PutBigEndian(uint64_t value, int octets, std::string* out) {
  for (int shift = 8 * (octets - 1); shift >= 0; shift -= 8) {
    out->push_back(static_cast<char>(value >> shift & 0xff));
  }
}

uint64_t GetBigEndian(std::string_view octets) {
  uint64_t value = 0;
  for (const char c : octets) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

std::string IdOf(const MessageFacts& facts) {
  if (facts.message_id.empty() && facts.signatures.empty()) return {};
  std::string text;
  PutString(facts.message_id, &text);
  PutVarint(facts.length, &text);
  for (const dkim::Evidence& evidence : facts.signatures) {
    PutString(AsText(evidence.signature.signature), &text);
  }
  const Digest digest = crypto::Hash(crypto::HashAlgorithm::kSha256, text);
  return std::string(AsText(digest.span()).substr(0, kIdOctets));
}

}  // namespace

std::string_view DuplicateRuleName(DuplicateRule rule) {
  switch (rule) {
    case DuplicateRule::kId:
      return "id";
    case DuplicateRule::kRaw:
      return "raw";
    case DuplicateRule::kNone:
    case DuplicateRule::kCount:
      break;
  }
  return "none";
}

void DuplicateFinder::Same::Merge(const Same& other) {
  if (other.original.empty()) return;
  if (original.empty()) {
    *this = other;
    return;
  }
  Place later = other.first;
  if (other.first < first) {
    later = std::exchange(first, other.first);
    original = other.original;
  }
  others.push_back(later);
  others.insert(others.end(), other.others.begin(), other.others.end());
}

void DuplicateFinder::Same::Encode(std::string* out) const {
  PutVarint(first.part, out);
  PutVarint(first.message, out);
  PutString(original, out);
  PutVarint(others.size(), out);
  for (const Place& place : others) {
    PutVarint(place.part, out);
    PutVarint(place.message, out);
  }
}

bool DuplicateFinder::Same::Decode(std::string_view* in) {
  const auto get = [in](Place* place) {
    uint64_t message = 0;
    if (!GetVarint(in, &place->part) || !GetVarint(in, &message)) return false;
    place->message = static_cast<uint32_t>(message);
    return true;
  };
  uint64_t count = 0;
  if (!get(&first) || !GetString(in, &original) || !GetVarint(in, &count) ||
      count > in->size()) {
    return false;
  }
  others.resize(count);
  for (Place& place : others) {
    if (!get(&place)) return false;
  }
  return true;
}

DuplicateFinder::DuplicateFinder(DuplicateRule rule, size_t cap_bytes,
                                 RunStorage* storage)
    : rule_(rule),
      cap_bytes_(cap_bytes / 2),
      storage_(storage),
      messages_(cap_bytes / 2, storage) {}

std::string DuplicateFinder::KeyOf(const MessageFacts& facts) const {
  return rule_ == DuplicateRule::kRaw
             ? std::string(AsText(facts.raw_sha256.span()))
             : IdOf(facts);
}

void DuplicateFinder::Add(uint64_t part,
                          std::span<const MessageFacts> messages) {
  for (size_t i = 0; i < messages.size(); ++i) {
    const std::string key = KeyOf(messages[i]);
    if (key.empty()) continue;
    Same same;
    same.first = {part, static_cast<uint32_t>(i)};
    same.original = Locate(messages[i]);
    messages_.Merge(key, same);
  }
}

Duplicates DuplicateFinder::Finish() {
  SpillMap<Original> places(cap_bytes_, storage_);
  std::string key;
  messages_.ForEach([&](std::string_view, const Same& same) {
    for (const Place& place : same.others) {
      key.clear();
      PutBigEndian(place.part, 8, &key);
      PutBigEndian(place.message, 4, &key);
      places.Merge(key, {same.original});
    }
  });
  // Begun late: nobody else may append while a run is written.
  std::optional<RunWriter> writer;
  places.ForEach([&](std::string_view place, const Original& original) {
    if (!writer) writer.emplace(storage_);
    writer->Add(place, original.text);
  });
  return Duplicates(storage_, writer ? writer->Finish(0) : Run());
}

Duplicates::Duplicates(RunStorage* storage, const Run& run)
    : reader_(storage, run) {
  Read();
}

void Duplicates::Read() {
  more_ = reader_.Next();
  if (!more_) return;
  const std::string_view key = reader_.key();
  part_ = GetBigEndian(key.substr(0, 8));
  next_.message = static_cast<uint32_t>(GetBigEndian(key.substr(8)));
  next_.original = reader_.value();
}

std::vector<Duplicate> Duplicates::Take(uint64_t part) {
  std::vector<Duplicate> taken;
  for (; more_ && part_ <= part; Read()) {
    if (part_ == part) taken.push_back(next_);
  }
  return taken;
}

}  // namespace mailassay::audit
