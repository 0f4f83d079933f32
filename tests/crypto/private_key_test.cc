#include "lib/crypto/private_key.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace mailassay::crypto {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Bio = std::unique_ptr<BIO, Free>;

Key Rsa() { return Key(EVP_RSA_gen(1024)); }

std::string Text(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<size_t>(size)};
}

std::string Pkcs8(EVP_PKEY* key, const EVP_CIPHER* cipher = nullptr) {
  const Bio bio(BIO_new(BIO_s_mem()));
  unsigned char password[] = "x";
  PEM_write_bio_PrivateKey(bio.get(), key, cipher, cipher ? password : nullptr,
                           1, nullptr, nullptr);
  return Text(bio.get());
}

std::string Pkcs1(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey_traditional(bio.get(), key, nullptr, nullptr, 0,
                                       nullptr, nullptr);
  return Text(bio.get());
}

std::string Der(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  i2d_PrivateKey_bio(bio.get(), key);
  return Text(bio.get());
}

Digest PublicId(EVP_PKEY* key) {
  std::vector<uint8_t> spki(static_cast<size_t>(i2d_PUBKEY(key, nullptr)));
  unsigned char* end = spki.data();
  i2d_PUBKEY(key, &end);
  return PublicKey::ParseRsa(spki).key->id();
}

TEST(PrivateKey, RsaInEveryForm) {
  const Key key = Rsa();
  for (const std::string& text :
       {Pkcs8(key.get()), Pkcs1(key.get()), Der(key.get()),
        "# published by its owner\n\n" + Pkcs8(key.get()) + "trailing\n"}) {
    const auto parsed = PublicKeyOfPrivate(text);
    ASSERT_NE(parsed.key, nullptr);
    EXPECT_EQ(parsed.key->id(), PublicId(key.get()));
  }
}

// RFC 8032 7.1, test 1; RFC 8463 A.2 has its public half.
TEST(PrivateKey, Ed25519) {
  const auto parsed = PublicKeyOfPrivate(
      "-----BEGIN PRIVATE KEY-----\n"
      "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
      "-----END PRIVATE KEY-----\n");
  ASSERT_NE(parsed.key, nullptr);
  EXPECT_EQ(parsed.key->type(), KeyType::kEd25519);
  EXPECT_EQ(parsed.key->ed25519()[0], 0xd7);
}

TEST(PrivateKey, RefusesWhatIsNone) {
  const Key key = Rsa();
  const Key ec(EVP_EC_gen("P-256"));
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(bio.get(), key.get());
  for (const std::string& text :
       {std::string(), std::string("no key"), std::string(5000, '\x30'),
        Text(bio.get()), Pkcs8(key.get(), EVP_aes_128_cbc()),
        Pkcs8(ec.get())}) {
    EXPECT_EQ(PublicKeyOfPrivate(text).key, nullptr) << text;
  }
}

}  // namespace
}  // namespace mailassay::crypto
