// The public key behind two signatures, without any record of it.
//
// RSA signs the block m (EMSA-PKCS1-v1_5, which anyone can make of a digest) as
// s with s^e = m mod n.  So n divides s^e - m for each signature, and the gcd
// of two of these numbers is n times a small factor.  e is not known but hardly
// ever anything but 65537; each number then has 65537 times as many bits as n,
// 17 MB for RSA-2048, and the gcd is what costs time.
//
// A recovered key proves that messages share a signer, not that a domain
// published it.  Pure; any number of threads, each with RecoveryMemory octets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "lib/base/digest.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/public_key.h"

namespace mailassay::crypto {

inline constexpr size_t kLeastRecoveredBits = 512;
inline constexpr unsigned long kUsualExponent = 65537;

// What one signature says it signs.  A view.
struct SignedDigest {
  HashAlgorithm hash = HashAlgorithm::kSha256;
  Digest digest;
  std::span<const uint8_t> signature;
};

// Could a key come of this one and another?  Its length is that of an RSA key
// of 512 to 8192 bits, and its digest was computed.
bool MayRecover(const SignedDigest& one);
// Of these two: of one length, and not one message twice.
bool MayRecover(const SignedDigest& a, const SignedDigest& b);

enum class Recovery : uint8_t {
  kKey,
  kUnfit,  // not MayRecover
  // No large common factor: two keys, a damaged signature, another digest, or
  // an exponent that is not among those tried.
  kNothingCommon,
  // A large common factor that is not the modulus of a key that made both.
  kUnproved,
  kStopped,  // by the caller
};

struct Recovered {
  Recovery outcome = Recovery::kUnfit;
  std::shared_ptr<const PublicKey> key;  // of kKey only
};

// Tries the exponents 3, 5, 17 and 257, which together cost less than a
// hundredth of 65537, then 65537.  The key has no prime factor below 10^6, as
// many octets as the signatures, and crypto::Verify passes both with it.
// `go_on` is asked before each of the few long steps; false stops.
Recovered RecoverKey(const SignedDigest& a, const SignedDigest& b,
                     const std::function<bool()>& go_on);

// Whether a key that only the two signatures it came from speak for may be
// believed: its length is a multiple of 128 bits, as that of every key made by
// a common program; a modulus with a factor too many would hardly be.
bool HasUsualLength(const PublicKey& key);

// Octets that RecoverKey takes at most, for signatures of so many octets:
// measured, see bench/key_recovery.cc.
constexpr size_t RecoveryMemory(size_t signature_octets) {
  return signature_octets * kUsualExponent * 10;
}

}  // namespace mailassay::crypto
