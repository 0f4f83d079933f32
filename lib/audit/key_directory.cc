#include "lib/audit/key_directory.h"

#include <algorithm>
#include <span>

#include "lib/base/concat.h"
#include "lib/crypto/batch_gcd.h"

namespace mailassay::audit {
namespace {

constexpr size_t kKeyBytes = 1024;  // without the modulus
constexpr size_t kTimesModulus = 80;

std::string OctetsOf(const Digest& id) {
  return {reinterpret_cast<const char*>(id.span().data()), id.size};
}

}  // namespace

void KeyDirectory::Add(std::string_view domain, std::string_view selector,
                       std::string_view target, const crypto::PublicKey& key) {
  const std::string id = OctetsOf(key.id());
  auto at = index_.find(id);
  if (at == index_.end()) {
    if (!Make(id, domain, key)) {
      ++left_out_;
      return;
    }
    at = index_.find(id);
  }
  Kept& kept = keys_[at->second];
  std::string name = Concat(selector, "._domainkey.", domain);
  std::string place = target.empty() ? name : std::string(target);
  if (std::ranges::count(kept.places, place) > 0) return;
  ++kept.entry.places;
  kept.entry.one_domain &= kept.domain == domain;
  if (kept.places.size() == kMaxNames) return;
  kept.places.push_back(std::move(place));
  kept.entry.names.push_back(std::move(name));
}

bool KeyDirectory::Make(const std::string& id, std::string_view domain,
                        const crypto::PublicKey& key) {
  const bool rsa = key.type() == crypto::KeyType::kRsa;
  const size_t bytes =
      kKeyBytes + (rsa ? kTimesModulus * key.modulus().size() : 0);
  if (keys_.size() == kMaxKeys || bytes > room_) return false;
  room_ -= bytes;
  index_.emplace(id, keys_.size());
  Kept& made = keys_.emplace_back();
  made.domain = domain;
  if (rsa) made.modulus.assign(key.modulus().begin(), key.modulus().end());
  return true;
}

void KeyDirectory::Compare() {
  std::vector<std::span<const uint8_t>> moduli;
  std::vector<size_t> owners;
  for (size_t i = 0; i < keys_.size(); ++i) {
    if (keys_[i].modulus.empty()) continue;
    moduli.emplace_back(keys_[i].modulus);
    owners.push_back(i);
  }
  for (const crypto::SharedFactor& shared : crypto::FindSharedFactors(moduli)) {
    const std::vector<size_t>& sharing = shared.moduli;
    for (size_t i = 0; i < sharing.size(); ++i) {
      const size_t other = sharing[i == 0 ? 1 : 0];
      keys_[owners[sharing[i]]].entry.shares_factor_with =
          keys_[owners[other]].entry.names.front();
    }
  }
  for (Kept& kept : keys_) kept.modulus = {};
}

const KeyDirectory::Entry* KeyDirectory::Find(const Digest& key_id) const {
  const auto at = index_.find(OctetsOf(key_id));
  return at == index_.end() ? nullptr : &keys_[at->second].entry;
}

}  // namespace mailassay::audit
