#include "lib/crypto/private_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <climits>
#include <cstdint>
#include <memory>
#include <vector>

namespace mailassay::crypto {
namespace {

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Free>;

// OpenSSL would ask on the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

PrivateKey Read(std::string_view text) {
  if (text.size() > INT_MAX) return nullptr;
  const Bio bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  if (bio == nullptr) return nullptr;
  PrivateKey key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  if (key != nullptr) return key;
  const auto* der = reinterpret_cast<const unsigned char*>(text.data());
  return PrivateKey(
      d2i_AutoPrivateKey(nullptr, &der, static_cast<long>(text.size())));
}

std::vector<uint8_t> SpkiOf(const EVP_PKEY* key) {
  const int size = i2d_PUBKEY(key, nullptr);
  if (size <= 0) return {};
  std::vector<uint8_t> der(static_cast<size_t>(size));
  unsigned char* end = der.data();
  i2d_PUBKEY(key, &end);
  return der;
}

}  // namespace

PublicKey::Parsed PublicKeyOfPrivate(std::string_view text) {
  const PrivateKey key = Read(text);
  ERR_clear_error();
  if (key == nullptr) return {KeyDefect::kParse, nullptr};
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA) {
    return PublicKey::ParseRsa(SpkiOf(key.get()));
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) {
    return {KeyDefect::kType, nullptr};
  }
  std::array<uint8_t, 32> raw;
  size_t size = raw.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) != 1) {
    return {KeyDefect::kParse, nullptr};
  }
  return PublicKey::ParseEd25519(raw);
}

}  // namespace mailassay::crypto
