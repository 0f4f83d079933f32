#include "tests/dkim/openssl_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>

namespace mailassay::dkim {
namespace {

using Context = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;

// The test machine's library must work, or no test means anything.
void Require(bool ok) {
  if (ok) return;
  std::fputs("OpenSSL failed in a test's own code\n", stderr);
  std::abort();
}

Context ContextOf(EVP_PKEY* key) {
  Context context(EVP_PKEY_CTX_new(key, nullptr), EVP_PKEY_CTX_free);
  Require(context != nullptr);
  return context;
}

std::vector<uint8_t> PrivateOperation(EVP_PKEY_CTX* context,
                                      const std::vector<uint8_t>& input) {
  size_t size = 0;
  Require(EVP_PKEY_sign(context, nullptr, &size, input.data(), input.size()) >
          0);
  std::vector<uint8_t> out(size);
  Require(EVP_PKEY_sign(context, out.data(), &size, input.data(),
                        input.size()) > 0);
  out.resize(size);
  return out;
}

}  // namespace

OpensslKey OpensslKey::Rsa(unsigned bits) {
  EVP_PKEY* key = EVP_RSA_gen(bits);
  Require(key != nullptr);
  return OpensslKey(key);
}

OpensslKey OpensslKey::Ed25519() {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  Require(key != nullptr);
  return OpensslKey(key);
}

OpensslKey OpensslKey::RsaPublic(const std::vector<uint8_t>& modulus,
                                 unsigned long exponent) {
  BIGNUM* n =
      BN_bin2bn(modulus.data(), static_cast<int>(modulus.size()), nullptr);
  BIGNUM* e = BN_new();
  Require(BN_set_word(e, exponent) == 1);
  OSSL_PARAM_BLD* builder = OSSL_PARAM_BLD_new();
  Require(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1);
  Require(OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1);
  OSSL_PARAM* params = OSSL_PARAM_BLD_to_param(builder);
  Context context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr),
                  EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  Require(EVP_PKEY_fromdata_init(context.get()) > 0);
  Require(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) >
          0);
  OSSL_PARAM_free(params);
  OSSL_PARAM_BLD_free(builder);
  BN_free(e);
  BN_free(n);
  return OpensslKey(key);
}

std::vector<uint8_t> OpensslKey::Spki() const {
  uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  Require(size > 0);
  std::vector<uint8_t> out(der, der + size);
  OPENSSL_free(der);
  return out;
}

std::vector<uint8_t> OpensslKey::Pkcs1() const {
  uint8_t* der = nullptr;
  const int size = i2d_PublicKey(key_.get(), &der);
  Require(size > 0);
  std::vector<uint8_t> out(der, der + size);
  OPENSSL_free(der);
  return out;
}

std::vector<uint8_t> OpensslKey::Raw() const {
  size_t size = 32;
  std::vector<uint8_t> out(size);
  Require(EVP_PKEY_get_raw_public_key(key_.get(), out.data(), &size) == 1);
  return out;
}

std::vector<uint8_t> OpensslKey::Sign(
    std::string_view hash, const std::vector<uint8_t>& digest) const {
  if (EVP_PKEY_is_a(key_.get(), "ED25519")) {
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(
        EVP_MD_CTX_new(), EVP_MD_CTX_free);
    std::vector<uint8_t> out(64);
    size_t size = out.size();
    Require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                               key_.get()) == 1);
    Require(EVP_DigestSign(context.get(), out.data(), &size, digest.data(),
                           digest.size()) == 1);
    return out;
  }
  const Context context = ContextOf(key_.get());
  Require(EVP_PKEY_sign_init(context.get()) > 0);
  Require(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) > 0);
  Require(EVP_PKEY_CTX_set_signature_md(
              context.get(), EVP_get_digestbyname(std::string(hash).c_str())) >
          0);
  return PrivateOperation(context.get(), digest);
}

std::vector<uint8_t> OpensslKey::RaiseToPrivate(
    const std::vector<uint8_t>& block) const {
  const Context context = ContextOf(key_.get());
  Require(EVP_PKEY_sign_init(context.get()) > 0);
  Require(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_NO_PADDING) > 0);
  return PrivateOperation(context.get(), block);
}

std::string Base64Of(const std::vector<uint8_t>& bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<uint8_t*>(out.data()), bytes.data(),
                      static_cast<int>(bytes.size()));
  out.resize(static_cast<size_t>(size));
  return out;
}

}  // namespace mailassay::dkim
