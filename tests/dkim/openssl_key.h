// Keys made and used by OpenSSL alone, to judge with: nothing here comes from
// the code under test.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay::dkim {

class OpensslKey {
 public:
  static OpensslKey Rsa(unsigned bits);
  static OpensslKey Ed25519();
  // A public RSA key with that modulus (big-endian) and exponent, sound or not.
  static OpensslKey RsaPublic(const std::vector<uint8_t>& modulus,
                              unsigned long exponent);

  // What p= holds, before base64: SubjectPublicKeyInfo, RSAPublicKey, or the
  // 32 octets of Ed25519.
  std::vector<uint8_t> Spki() const;
  std::vector<uint8_t> Pkcs1() const;
  std::vector<uint8_t> Raw() const;

  // `hash`: "SHA256" or "SHA1", of `digest`; Ed25519 signs the digest itself.
  std::vector<uint8_t> Sign(std::string_view hash,
                            const std::vector<uint8_t>& digest) const;
  // RSA without padding: block^d mod n.
  std::vector<uint8_t> RaiseToPrivate(const std::vector<uint8_t>& block) const;

 private:
  explicit OpensslKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {}
  std::shared_ptr<EVP_PKEY> key_;
};

// Base64 by OpenSSL.
std::string Base64Of(const std::vector<uint8_t>& bytes);

}  // namespace mailassay::dkim
