// One signature against one key.  For RSA the whole EMSA-PKCS1-v1_5 block is
// encoded and compared (RFC 8017 8.2.2, "encode and compare"): padding is never
// parsed to reach a pass.  Only a block that does not match is looked into, to
// tell what the failure means.  Pure; any number of threads.
#pragma once

#include <cstdint>
#include <span>

#include "lib/base/digest.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/public_key.h"

namespace mailassay::crypto {

enum class Outcome : uint8_t {
  kPass,
  // RSA: the block is a well-formed EMSA-PKCS1-v1_5 encoding of another digest
  // of the same algorithm: this key signed, but something else.
  kOtherDigest,
  // RSA: the block starts as PKCS#1 padding does (00 01 and eight FF) but is
  // not the one well-formed encoding: never made by an honest signer.
  kMalformedBlock,
  // RSA: noise: another key, or a damaged signature.
  kOtherKey,
  // Ed25519: does not verify; nothing more can be known.
  kMismatch,
  // RSA: length differs from the modulus, or the value is not below it
  // (RFC 8017 8.2.2 step 1, 5.2.2).  Ed25519: not 64 octets.
  kBadLength,
  // The cryptographic library failed; says nothing about the signature.
  kEnvironment,
};

// REQUIRES: digest.size == DigestSize(hash).  For Ed25519 the message is the
// digest (RFC 8463 3).
Outcome Verify(const PublicKey& key, HashAlgorithm hash, const Digest& digest,
               std::span<const uint8_t> signature);

}  // namespace mailassay::crypto
