#include "bench/senders.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "lib/base/base64.h"

namespace mailassay::bench {
namespace {

using reference::Bytes;
using reference::SigningKey;

constexpr std::array<std::string_view, 20> kStems = {
    "news",  "shop",  "bank",   "post",  "travel", "forum", "school",
    "city",  "cloud", "paper",  "music", "health", "print", "energy",
    "hotel", "data",  "garden", "sport", "phone",  "rail"};

// `.example` is reserved (RFC 2606): whatever a verifier asks of the DNS for a
// generated archive, it asks nobody's server.
std::string AuthorDomain(size_t rank) {
  const std::string stem(kStems[rank % kStems.size()]);
  return stem + "-" + std::to_string(rank) + ".example";
}

// Shares of signatures by key: each domain, the largest first, takes the kind
// that lags most behind its share.
std::vector<Sender::Kind> KindsByShare(const std::vector<double>& weights) {
  constexpr std::array<double, 3> kShares = {0.80, 0.15, 0.05};
  std::array<double, 3> given{};
  double total = 0;
  std::vector<Sender::Kind> kinds;
  for (const double weight : weights) {
    total += weight;
    size_t most = 0;
    for (size_t i = 1; i < kShares.size(); ++i) {
      if (kShares[i] * total - given[i] > kShares[most] * total - given[most]) {
        most = i;
      }
    }
    given[most] += weight;
    kinds.push_back(static_cast<Sender::Kind>(most));
  }
  return kinds;
}

// Another key of the same type and size.  Only its public half is needed, so
// the modulus is the own one with other octets; its top is FF, so that a
// signature by the real key is below it and fails as made with another key,
// not for its length.
std::string ReplacedRecord(const SigningKey& own, uint64_t seed) {
  if (!own.is_rsa()) return SigningKey::Ed25519(seed + 1).Record();
  const Bytes modulus = own.Modulus();
  Bytes der = own.Spki();
  const auto at =
      std::search(der.begin(), der.end(), modulus.begin(), modulus.end());
  Random random(seed, 1);
  for (size_t i = 0; i + 1 < modulus.size(); ++i) {
    at[static_cast<ptrdiff_t>(i)] =
        i < 8 ? uint8_t{0xff} : static_cast<uint8_t>(random.Next());
  }
  return "v=DKIM1; k=rsa; p=" + EncodeBase64(der);
}

}  // namespace

Sender::Sender(uint64_t seed, std::string domain, Kind kind)
    : seed_(seed), domain_(std::move(domain)), kind_(kind) {}

std::string_view Sender::Selector(Publication publication) {
  switch (publication) {
    case Publication::kKey:
      return "s2026";
    case Publication::kReplaced:
      return "mail";
    case Publication::kMissing:
      return "s2019";
    case Publication::kRevoked:
      return "s2022";
  }
  return "";
}

std::string Sender::KeyName(Publication publication) const {
  return std::string(Selector(publication)) + "._domainkey." + domain_;
}

std::optional<std::string> Sender::Record(Publication publication) const {
  switch (publication) {
    case Publication::kKey:
      return key().Record();
    case Publication::kReplaced:
      return ReplacedRecord(key(), seed_);
    case Publication::kRevoked:
      return std::string("v=DKIM1; k=") + (is_rsa() ? "rsa" : "ed25519") +
             "; p=";
    case Publication::kMissing:
      break;
  }
  return std::nullopt;
}

const SigningKey& Sender::key() const {
  std::call_once(made_, [this] {
    key_ = kind_ == Kind::kEd25519   ? SigningKey::Ed25519(seed_)
           : kind_ == Kind::kRsa1024 ? SigningKey::Rsa(seed_, 1024)
                                     : SigningKey::Rsa(seed_, 2048);
  });
  return *key_;
}

Senders::Senders(uint64_t seed) : author_weights_(ZipfWeights(kAuthors)) {
  const std::vector<Sender::Kind> kinds = KindsByShare(ZipfWeights(kAuthors));
  for (size_t rank = 0; rank < kAuthors; ++rank) {
    senders_.emplace_back(Random(seed, rank).Next(), AuthorDomain(rank),
                          kinds[rank]);
  }
  for (size_t i = 0; i < kServices; ++i) {
    senders_.emplace_back(
        Random(seed, kAuthors + i).Next(),
        "mailer" + std::to_string(i) + ".example",
        i == 1 ? Sender::Kind::kRsa1024 : Sender::Kind::kRsa2048);
  }
}

const Sender& Senders::DrawAuthor(Random& random) const {
  return senders_[author_weights_.Draw(random)];
}

const Sender& Senders::DrawService(Random& random) const {
  return senders_[kAuthors + random.Below(kServices)];
}

}  // namespace mailassay::bench
