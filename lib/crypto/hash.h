// SHA-256 and SHA-1 over a stream: the algorithm is chosen at run time.
//
// One Hasher is one running hash; it may be copied in mid-stream, which is how
// a prefix (DKIM's l=) is hashed without a second pass.  SHA-256 is a plain
// value (sha256.h); SHA-1, which policies forbid, is asked of OpenSSL's
// providers and allocates.  Not shared between threads without a lock;
// different Hashers are independent.
//
// When the library refuses (SHA-1 under a provider's policy) or is out of
// memory, the digest has size 0: "not computed".  crypto::Verify answers such a
// digest with Outcome::kEnvironment, never with a verdict.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "lib/base/digest.h"
#include "lib/crypto/sha256.h"

namespace mailassay::crypto {

enum class HashAlgorithm : uint8_t { kSha256, kSha1 };

constexpr size_t DigestSize(HashAlgorithm a) {
  return a == HashAlgorithm::kSha256 ? 32 : 20;
}

class Hasher {
 public:
  explicit Hasher(HashAlgorithm algorithm);
  Hasher(const Hasher& other);
  Hasher& operator=(const Hasher& other);
  // A hasher moved from may only be assigned to or destroyed.
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;
  ~Hasher();

  HashAlgorithm algorithm() const { return algorithm_; }
  void Update(std::string_view bytes);
  // The hash of everything so far; afterwards only Reset or destruction.
  Digest Finish();
  // Ready for a new stream, with the allocation kept.
  void Reset();

 private:
  struct Sha1;

  HashAlgorithm algorithm_;
  bool finished_ = false;  // of sha256_; Sha1 has a flag of its own
  Sha256 sha256_;
  std::unique_ptr<Sha1> sha1_;  // null: the algorithm is SHA-256
};

Digest Hash(HashAlgorithm algorithm, std::string_view bytes);

}  // namespace mailassay::crypto
