// One signature against one key.  For RSA the whole EMSA-PKCS1-v1_5 block is
// encoded and compared (RFC 8017 8.2.2, "encode and compare"): padding is never
// parsed to reach a pass.  Only a block that does not match is looked into, to
// tell what the failure means.  Pure; any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
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
  // not the one well-formed encoding (RFC 8017 9.2; another hash algorithm, or
  // DigestInfo without its NULL, among them): never made by an honest signer.
  kMalformedBlock,
  // RSA: noise: another key, or a damaged signature.  Also a value that is not
  // below the modulus (RFC 8017 5.2.2), and a modulus too short to hold an
  // encoding (8.2.2 step 3): no signer uses such a key.
  kOtherKey,
  // Ed25519: does not verify; nothing more can be known.
  kMismatch,
  // RSA: length differs from the modulus (RFC 8017 8.2.2 step 1).  Ed25519: not
  // 64 octets.
  kBadLength,
  // The cryptographic library failed; says nothing about the signature.
  kEnvironment,
};

// What Verify asks of the cryptographic libraries; a test puts failing ones in.
struct Library {
  // PublicKey::Raise.
  bool (*raise)(const PublicKey& key, std::span<const uint8_t> signature,
                std::span<uint8_t> out);
  // Ed25519, quick: true only when the signature verifies.
  bool (*ed25519_passes)(std::span<const uint8_t> key,
                         std::span<const uint8_t> message,
                         std::span<const uint8_t> signature);
  // Ed25519, asked only when the quick one did not say yes: 1 verifies, 0 does
  // not, below 0 could not be computed.
  int (*ed25519_confirms)(std::span<const uint8_t> key,
                          std::span<const uint8_t> message,
                          std::span<const uint8_t> signature);
};
// PublicKey::Raise; libsodium; OpenSSL's EVP_DigestVerify.
const Library& SystemLibrary();

// REQUIRES: digest.size == DigestSize(hash), or 0 where the hash could not be
// computed (kEnvironment).  For Ed25519 the message is the digest (RFC 8463 3).
Outcome Verify(const PublicKey& key, HashAlgorithm hash, const Digest& digest,
               std::span<const uint8_t> signature,
               const Library& library = SystemLibrary());

// For those who raise RSA signatures themselves (batch_verify.h), Verify's two
// steps.  The outcome that needs no s^e mod n (digest not computed, wrong
// length, value not below n, modulus too short); nullopt: s may be raised, and
// the block decides.  REQUIRES: a key of type kRsa.
std::optional<Outcome> OutcomeUnraised(const PublicKey& key, HashAlgorithm hash,
                                       const Digest& digest,
                                       std::span<const uint8_t> signature);
// RFC 8017 9.2, EMSA-PKCS1-v1_5: writes the encoding of the digest over all of
// `block`.  REQUIRES: digest.size == DigestSize(hash); HoldsEncoding.
void WriteEncoding(HashAlgorithm hash, const Digest& digest,
                   std::span<uint8_t> block);
// Has a block of so many octets room for an encoding (RFC 8017 9.2 step 3)?
bool HoldsEncoding(size_t octets, HashAlgorithm hash);

// True when the block, all of it, is the EMSA-PKCS1-v1_5 encoding of the
// digest. REQUIRES: OutcomeUnraised was nullopt for a modulus of the block's
// size.
bool IsEncoding(std::span<const uint8_t> block, HashAlgorithm hash,
                const Digest& digest);

// PureEdDSA (RFC 8032 5.1.7) over a message of any length.  REQUIRES: a key of
// type kEd25519.  Four rules in this order: S not below L fails (5.1.7 step 1);
// R not canonical (5.1.3) or of small order fails (an honest R is neither);
// libsodium's yes is a pass; else OpenSSL's answer holds.  The last two solve
// the same equation without cofactor and cannot differ on what is left; were
// they to, OpenSSL's would stand.
Outcome VerifyEd25519(const PublicKey& key, std::span<const uint8_t> message,
                      std::span<const uint8_t> signature,
                      const Library& library = SystemLibrary());

}  // namespace mailassay::crypto
