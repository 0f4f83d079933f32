// A public key of RFC 6376 (RSA) or RFC 8463 (Ed25519), read from the octets
// of p= by a strict DER reader of ours and made ready for many verifications.
//
// Immutable; shared by all threads through shared_ptr<const PublicKey>.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "lib/base/digest.h"
#include "lib/crypto/rsa_digits.h"

namespace mailassay::crypto {

enum class KeyType : uint8_t { kRsa, kEd25519 };

enum class KeyDefect : uint8_t {
  kNone,
  kParse,     // not DER of SubjectPublicKeyInfo or RSAPublicKey; modulus even
              // or below 3; octets left over; not a point of Ed25519
  kType,      // a certificate, another algorithm's key, PEM text
  kExponent,  // RSA exponent even, 1, or 2^35 and above (refused unread)
  kLength,    // Ed25519 key not of 32 octets, small order or not canonical
  kTooBig,    // RSA modulus over 8192 bits
};

class PublicKey {
 public:
  struct Parsed {
    KeyDefect defect = KeyDefect::kNone;
    std::shared_ptr<const PublicKey> key;  // null when there is a defect
  };
  // RSA: SubjectPublicKeyInfo (rsaEncryption) or PKCS#1 RSAPublicKey.
  static Parsed ParseRsa(std::span<const uint8_t> der);
  // RSA from its two numbers, big-endian without leading 00; the same rules.
  static Parsed RsaOf(std::span<const uint8_t> modulus, uint64_t exponent);
  // Ed25519: the 32 octets (RFC 8463 4.2).
  static Parsed ParseEd25519(std::span<const uint8_t> raw);

  ~PublicKey();
  PublicKey(const PublicKey&) = delete;
  PublicKey& operator=(const PublicKey&) = delete;

  KeyType type() const { return type_; }
  size_t bits() const { return bits_; }  // of n; 256 for Ed25519
  size_t modulus_size() const { return (bits_ + 7) / 8; }        // octets, RSA
  uint64_t exponent() const { return exponent_; }                // RSA
  std::span<const uint8_t> modulus() const { return modulus_; }  // big-endian
  std::span<const uint8_t> ed25519() const { return modulus_; }  // 32 octets
  // For the kernels of rsa_kernels.h: only RSA with e = 65537 and up to 4158
  // bits goes into lanes.  Holds two numbers of n's size.
  const LaneModulus& lane_modulus() const { return lane_modulus_; }
  // SHA-256 of the key's SubjectPublicKeyInfo in DER, whatever form it had.
  const Digest& id() const { return id_; }
  // The SubjectPublicKeyInfo itself, as ParseRsa reads it (RFC 8410 4 for
  // Ed25519).
  std::vector<uint8_t> Spki() const;

  // RSA, REQUIRES a signature of modulus_size() octets below n: writes
  // s^e mod n, modulus_size() octets big-endian, to `out`.  False when the
  // library failed (out of memory).  Any number of threads at once.
  bool Raise(std::span<const uint8_t> signature, std::span<uint8_t> out) const;

 private:
  struct Montgomery;
  PublicKey();
  const Montgomery& ForOpenSsl() const;
  KeyType type_ = KeyType::kRsa;
  size_t bits_ = 0;
  uint64_t exponent_ = 0;
  std::vector<uint8_t> modulus_;
  LaneModulus lane_modulus_;
  Digest id_;
  // Owned.  Null until Raise is first called, for keys in lanes seldom need it.
  mutable std::atomic<const Montgomery*> montgomery_{nullptr};
};

}  // namespace mailassay::crypto
