// Who signs in a generated archive: some hundred author domains of very
// different size, a few sending services, their keys, and what is published
// under their selectors.  The same for the same seed; keys are made when first
// used.  Shared by all threads.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "bench/distributions.h"
#include "tests/reference/signing_key.h"

namespace mailassay::bench {

// What a verifier finds under a selector.
enum class Publication : uint8_t { kKey, kReplaced, kMissing, kRevoked };

class Sender {
 public:
  enum class Kind : uint8_t { kRsa2048, kRsa1024, kEd25519 };

  Sender(uint64_t seed, std::string domain, Kind kind);

  const std::string& domain() const { return domain_; }
  bool is_rsa() const { return kind_ != Kind::kEd25519; }
  static std::string_view Selector(Publication publication);
  // "selector._domainkey.domain".
  std::string KeyName(Publication publication) const;
  // The TXT record under that name; nullopt: there is none.
  std::optional<std::string> Record(Publication publication) const;
  const reference::SigningKey& key() const;

 private:
  uint64_t seed_;
  std::string domain_;
  Kind kind_;
  mutable std::once_flag made_;
  mutable std::optional<reference::SigningKey> key_;
};

class Senders {
 public:
  static constexpr size_t kAuthors = 300;
  static constexpr size_t kServices = 6;

  explicit Senders(uint64_t seed);

  const Sender& DrawAuthor(Random& random) const;
  const Sender& DrawService(Random& random) const;
  size_t size() const { return senders_.size(); }
  const Sender& at(size_t index) const { return senders_[index]; }

 private:
  std::deque<Sender> senders_;  // authors by rank, then services
  Weighted author_weights_;
};

}  // namespace mailassay::bench
