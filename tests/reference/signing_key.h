// Private keys for tests and generated archives: the same key from the same
// seed on every machine.  Predictable by design; never a key for real mail.
//
// Copies share one immutable key; any number of threads may sign with it.
// Nothing here uses lib/crypto: what it signs checks that library.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay::reference {

using Bytes = std::vector<uint8_t>;

enum class DigestName : uint8_t { kSha256, kSha1 };

Bytes HashOf(DigestName name, std::string_view text);

class SigningKey {
 public:
  // REQUIRES: bits even and at least 32; e odd and at least 3.
  static SigningKey Rsa(uint64_t seed, unsigned bits, uint64_t e = 65537);
  static SigningKey Ed25519(uint64_t seed);
  // RFC 8032's form of the private key, 32 octets.
  static SigningKey Ed25519FromSecret(std::span<const uint8_t> secret);

  bool is_rsa() const;
  size_t bits() const;
  size_t modulus_size() const { return (bits() + 7) / 8; }

  // DER of SubjectPublicKeyInfo, either type.
  Bytes Spki() const;
  // DER of RSAPublicKey.  REQUIRES: RSA.
  Bytes Pkcs1() const;
  // The 32 octets of an Ed25519 public key.
  Bytes RawEd25519() const;
  // n and e, big-endian.  REQUIRES: RSA.
  Bytes Modulus() const;
  Bytes Exponent() const;

  // The value of p=: SPKI for RSA, the raw octets for Ed25519 (RFC 8463 4.2).
  std::string PublicKeyBase64() const;
  std::string Pkcs1Base64() const;
  // "v=DKIM1; k=rsa; p=..."; `more` goes before p=, as "t=y; ".
  std::string Record(std::string_view more = "") const;

  // RSASSA-PKCS1-v1_5 over a digest, or Ed25519 with the digest as message.
  // REQUIRES for RSA: a modulus that holds the encoding.
  Bytes SignDigest(DigestName name, std::span<const uint8_t> digest) const;
  // Ed25519 over any octets.
  Bytes SignMessage(std::span<const uint8_t> message) const;
  // block^d mod n, whatever the block: makes signatures no honest signer makes.
  // REQUIRES: RSA; a block of modulus_size() octets below n.
  Bytes SignBlock(std::span<const uint8_t> block) const;

 private:
  explicit SigningKey(EVP_PKEY* key);
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace mailassay::reference
