#include "pipeline/run/recovery_names.h"

#include <algorithm>
#include <utility>

namespace mailassay::run {
namespace {

// Enough to find the eras of a name's keys.
constexpr size_t kKeptPerName = 200;
constexpr size_t kLeastPerName = 8;
// Of a name, besides its signatures.
constexpr size_t kNameBytes = 400;
// Signatures whose checks share lanes.
constexpr size_t kMostOpen = 256;

size_t BytesOf(size_t name_octets) { return kNameBytes + name_octets; }

// What one candidate takes; all are taken for RSA-2048.
constexpr size_t kCandidateBytes = sizeof(audit::RecoveryCandidate) + 256 + 16;

// The key made the signature, even if the header has changed since.
bool IsMadeBy(const crypto::Check& check) {
  return check.outcome == crypto::Outcome::kPass ||
         check.outcome == crypto::Outcome::kOtherDigest;
}

}  // namespace

RecoveryNames::RecoveryNames(keys::KeyStore& keys, Wants wants,
                             size_t cap_bytes)
    : keys_(keys),
      wants_(std::move(wants)),
      cap_bytes_(cap_bytes),
      limit_(kKeptPerName) {}

void RecoveryNames::Add(std::span<const audit::MessageFacts> messages) {
  for (const audit::MessageFacts& facts : messages) {
    for (const dkim::Evidence& evidence : facts.signatures) {
      Consider(facts, evidence);
      if (open_.size() >= kMostOpen) Settle();
    }
  }
  Settle();
}

void RecoveryNames::Consider(const audit::MessageFacts& facts,
                             const dkim::Evidence& evidence) {
  auto candidate = audit::CandidateOf(facts, evidence);
  if (!candidate) return;
  std::string name = dkim::KeyName(evidence.signature);
  if (name.empty() || !wants_(evidence)) return;
  const size_t first_check = checks_.size();
  keys::KeyStore::Answer known = keys_.Request(name);
  if (dkim::IsTemporary(known->status)) {
    ++unanswered_;
    return;
  }
  for (const dkim::KeyRecord& record : known->records) {
    if (!record.key || record.key->type() != crypto::KeyType::kRsa) continue;
    checks_.push_back({.key = record.key.get(),
                       .hash = evidence.signature.hash,
                       .digest = evidence.header_hash,
                       .signature = evidence.signature.signature});
  }
  open_.push_back(
      {std::move(name), *std::move(candidate), std::move(known), first_check});
}

void RecoveryNames::Settle() {
  crypto::VerifyBatch(checks_);
  for (size_t i = 0; i < open_.size(); ++i) {
    const size_t end =
        i + 1 < open_.size() ? open_[i + 1].first_check : checks_.size();
    const auto own = std::span(checks_).subspan(open_[i].first_check,
                                                end - open_[i].first_check);
    if (std::ranges::none_of(own, IsMadeBy)) Keep(std::move(open_[i]));
  }
  open_.clear();
  checks_.clear();
}

void RecoveryNames::Keep(Open open) {
  auto place = names_.find(open.name);
  if (place == names_.end()) {
    if (bytes_ >= cap_bytes_) {
      ++left_out_;
      return;
    }
    bytes_ += BytesOf(open.name.size());
    place = names_.emplace(open.name, audit::RecoveryCandidates(limit_)).first;
  }
  audit::RecoveryCandidates& candidates = place->second;
  bytes_ -= candidates.kept() * kCandidateBytes;
  candidates.Add(std::move(open.candidate));
  bytes_ += candidates.kept() * kCandidateBytes;
  if (bytes_ >= cap_bytes_ && limit_ > kLeastPerName) Shrink();
}

void RecoveryNames::Shrink() {
  limit_ /= 2;
  bytes_ = 0;
  for (auto& [name, candidates] : names_) {
    candidates.SetLimit(limit_);
    bytes_ += BytesOf(name.size()) + candidates.kept() * kCandidateBytes;
  }
}

std::vector<RecoveryNames::Name> RecoveryNames::Take() {
  std::vector<Name> all;
  for (auto& [name, candidates] : names_) {
    all.push_back({name, std::move(candidates)});
  }
  names_.clear();
  bytes_ = 0;
  std::ranges::sort(all, [](const Name& a, const Name& b) {
    const uint64_t more = a.candidates.added(), less = b.candidates.added();
    return more != less ? more > less : a.name < b.name;
  });
  return all;
}

}  // namespace mailassay::run
