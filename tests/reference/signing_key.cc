#include "tests/reference/signing_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "lib/base/base64.h"
#include "tests/reference/random.h"

namespace mailassay::reference {
namespace {

struct Free {
  void operator()(BIGNUM* p) const { BN_free(p); }
  void operator()(BN_CTX* p) const { BN_CTX_free(p); }
  void operator()(EVP_MD_CTX* p) const { EVP_MD_CTX_free(p); }
  void operator()(EVP_PKEY_CTX* p) const { EVP_PKEY_CTX_free(p); }
  void operator()(OSSL_PARAM_BLD* p) const { OSSL_PARAM_BLD_free(p); }
  void operator()(OSSL_PARAM* p) const { OSSL_PARAM_free(p); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;
using Number = Owned<BIGNUM>;

// A test whose own tools fail must not go on.
void Check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "reference: %s failed\n", what);
  std::abort();
}

Number NewNumber() {
  Number number(BN_new());
  Check(number != nullptr, "BN_new");
  return number;
}

// `bits` bits with the two topmost set, so that a product of two has twice as
// many, and odd.
Number RandomOdd(Random& random, unsigned bits) {
  Bytes octets((bits + 7) / 8);
  for (uint8_t& octet : octets) octet = static_cast<uint8_t>(random.Next());
  Number number(
      BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr));
  Check(number != nullptr, "BN_bin2bn");
  const int top = static_cast<int>(bits) - 1;
  BN_mask_bits(number.get(), static_cast<int>(bits));
  BN_set_bit(number.get(), top);
  BN_set_bit(number.get(), top - 1);
  BN_set_bit(number.get(), 0);
  return number;
}

constexpr size_t kWindow = 4096;  // odd numbers sieved at a time

// Odd primes below 2^14.
const std::vector<uint32_t>& SmallPrimes() {
  static const std::vector<uint32_t> primes = [] {
    std::vector<uint32_t> found;
    for (uint32_t n = 3; n < (1u << 14); n += 2) {
      const bool divided = std::ranges::any_of(
          found, [n](uint32_t p) { return p * p <= n && n % p == 0; });
      if (!divided) found.push_back(n);
    }
    return found;
  }();
  return primes;
}

// Which of start, start + 2, start + 4 ... have a small divisor.
std::vector<bool> Sieve(const BIGNUM* start, unsigned bits) {
  std::vector<bool> divided(kWindow);
  for (const uint32_t p : SmallPrimes()) {
    // Below its square a number may be the prime itself.
    if (bits <= 32 && uint64_t{p} * p >> (bits - 1) != 0) break;
    const auto rest = static_cast<uint32_t>(BN_mod_word(start, p));
    // The least k with start + 2k = 0 mod p; (p + 1) / 2 is 1 / 2.
    const uint64_t k = uint64_t{p - rest} * ((p + 1) / 2) % p;
    for (uint64_t i = k; i < kWindow; i += p) divided[i] = true;
  }
  return divided;
}

// Fermat's test to base 2 is enough for random numbers of 512 bits and more
// (Kim and Pomerance 1989); OpenSSL's 64 rounds would take most of the time.
bool IsPrime(const BIGNUM* number, unsigned bits, BN_CTX* ctx) {
  if (bits < 512) return BN_check_prime(number, ctx, nullptr) == 1;
  const Number power = NewNumber(), less = NewNumber();
  Check(BN_sub(less.get(), number, BN_value_one()) == 1 &&
            BN_mod_exp_mont_word(power.get(), 2, less.get(), number, ctx,
                                 nullptr) == 1,
        "BN_mod_exp_mont_word");
  return BN_is_one(power.get());
}

bool IsPrimeToOneLess(const BIGNUM* e, const BIGNUM* number, BN_CTX* ctx) {
  const Number less = NewNumber(), divisor = NewNumber();
  Check(BN_sub(less.get(), number, BN_value_one()) == 1 &&
            BN_gcd(divisor.get(), less.get(), e, ctx) == 1,
        "BN_gcd");
  return BN_is_one(divisor.get());
}

// The first prime p in the window behind a random start with p - 1 prime to e;
// without one from the next start.
Number FindPrime(Random& random, unsigned bits, const BIGNUM* e, BN_CTX* ctx) {
  while (true) {
    const Number candidate = RandomOdd(random, bits);
    const std::vector<bool> divided = Sieve(candidate.get(), bits);
    for (size_t i = 0; i < kWindow; ++i) {
      if (BN_num_bits(candidate.get()) > static_cast<int>(bits)) break;
      if (!divided[i] && IsPrimeToOneLess(e, candidate.get(), ctx) &&
          IsPrime(candidate.get(), bits, ctx)) {
        return Number(BN_dup(candidate.get()));
      }
      Check(BN_add_word(candidate.get(), 2) == 1, "BN_add_word");
    }
  }
}

struct RsaNumbers {
  Number n = NewNumber(), e = NewNumber(), d = NewNumber();
  Number p, q;
  Number dp = NewNumber(), dq = NewNumber(), q_inverse = NewNumber();
};

// RFC 8017 3.2, the CRT form with it: signing is four times quicker so.
RsaNumbers FindRsa(uint64_t seed, unsigned bits, uint64_t exponent) {
  Random random(seed, bits);
  const Owned<BN_CTX> ctx(BN_CTX_new());
  RsaNumbers key;
  Check(BN_set_word(key.e.get(), exponent) == 1, "BN_set_word");
  key.p = FindPrime(random, bits / 2, key.e.get(), ctx.get());
  do {
    key.q = FindPrime(random, bits / 2, key.e.get(), ctx.get());
  } while (BN_cmp(key.p.get(), key.q.get()) == 0);
  const Number p1 = NewNumber(), q1 = NewNumber(), phi = NewNumber();
  BIGNUM* const p = key.p.get();
  BIGNUM* const q = key.q.get();
  Check(BN_mul(key.n.get(), p, q, ctx.get()) == 1 &&
            BN_sub(p1.get(), p, BN_value_one()) == 1 &&
            BN_sub(q1.get(), q, BN_value_one()) == 1 &&
            BN_mul(phi.get(), p1.get(), q1.get(), ctx.get()) == 1 &&
            BN_mod_inverse(key.d.get(), key.e.get(), phi.get(), ctx.get()) &&
            BN_mod(key.dp.get(), key.d.get(), p1.get(), ctx.get()) == 1 &&
            BN_mod(key.dq.get(), key.d.get(), q1.get(), ctx.get()) == 1 &&
            BN_mod_inverse(key.q_inverse.get(), q, p, ctx.get()),
        "the RSA numbers");
  return key;
}

EVP_PKEY* ToEvp(const RsaNumbers& key) {
  const Owned<OSSL_PARAM_BLD> build(OSSL_PARAM_BLD_new());
  const std::pair<const char*, const Number&> parts[] = {
      {OSSL_PKEY_PARAM_RSA_N, key.n},
      {OSSL_PKEY_PARAM_RSA_E, key.e},
      {OSSL_PKEY_PARAM_RSA_D, key.d},
      {OSSL_PKEY_PARAM_RSA_FACTOR1, key.p},
      {OSSL_PKEY_PARAM_RSA_FACTOR2, key.q},
      {OSSL_PKEY_PARAM_RSA_EXPONENT1, key.dp},
      {OSSL_PKEY_PARAM_RSA_EXPONENT2, key.dq},
      {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, key.q_inverse}};
  for (const auto& [name, number] : parts) {
    Check(OSSL_PARAM_BLD_push_BN(build.get(), name, number.get()) == 1, name);
  }
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(build.get()));
  const Owned<EVP_PKEY_CTX> ctx(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* evp = nullptr;
  Check(EVP_PKEY_fromdata_init(ctx.get()) == 1 &&
            EVP_PKEY_fromdata(ctx.get(), &evp, EVP_PKEY_KEYPAIR,
                              params.get()) == 1,
        "EVP_PKEY_fromdata");
  return evp;
}

Number Param(EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  Check(EVP_PKEY_get_bn_param(key, name, &number) == 1, name);
  return Number(number);
}

Bytes ToBytes(const BIGNUM* number) {
  Bytes out(static_cast<size_t>(BN_num_bytes(number)));
  BN_bn2bin(number, out.data());
  return out;
}

Bytes Taken(unsigned char* der, int size) {
  Check(size > 0, "DER encoding");
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

const EVP_MD* Md(DigestName name) {
  return name == DigestName::kSha256 ? EVP_sha256() : EVP_sha1();
}

}  // namespace

Bytes HashOf(DigestName name, std::string_view text) {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned int size = 0;
  Check(EVP_Digest(text.data(), text.size(), out.data(), &size, Md(name),
                   nullptr) == 1,
        "EVP_Digest");
  out.resize(size);
  return out;
}

SigningKey::SigningKey(EVP_PKEY* key) : key_(key, EVP_PKEY_free) {
  Check(key != nullptr, "the making of a key");
}

SigningKey SigningKey::Rsa(uint64_t seed, unsigned bits, uint64_t e) {
  return SigningKey(ToEvp(FindRsa(seed, bits, e)));
}

SigningKey SigningKey::Ed25519(uint64_t seed) {
  Random random(seed, 25519);
  Bytes secret(32);
  for (uint8_t& octet : secret) octet = static_cast<uint8_t>(random.Next());
  return Ed25519FromSecret(secret);
}

SigningKey SigningKey::Ed25519FromSecret(std::span<const uint8_t> secret) {
  return SigningKey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                                 secret.data(), secret.size()));
}

bool SigningKey::is_rsa() const {
  return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA;
}

size_t SigningKey::bits() const {
  return is_rsa() ? static_cast<size_t>(EVP_PKEY_get_bits(key_.get())) : 256;
}

Bytes SigningKey::Spki() const {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key_.get(), &der);
  return Taken(der, size);
}

Bytes SigningKey::Pkcs1() const {
  unsigned char* der = nullptr;
  const int size = i2d_PublicKey(key_.get(), &der);
  return Taken(der, size);
}

Bytes SigningKey::RawEd25519() const {
  Bytes out(32);
  size_t size = out.size();
  Check(EVP_PKEY_get_raw_public_key(key_.get(), out.data(), &size) == 1 &&
            size == out.size(),
        "EVP_PKEY_get_raw_public_key");
  return out;
}

Bytes SigningKey::Modulus() const {
  return ToBytes(Param(key_.get(), OSSL_PKEY_PARAM_RSA_N).get());
}

Bytes SigningKey::Exponent() const {
  return ToBytes(Param(key_.get(), OSSL_PKEY_PARAM_RSA_E).get());
}

std::string SigningKey::PublicKeyBase64() const {
  return EncodeBase64(is_rsa() ? Spki() : RawEd25519());
}

std::string SigningKey::Pkcs1Base64() const { return EncodeBase64(Pkcs1()); }

std::string SigningKey::Record(std::string_view more) const {
  return std::string("v=DKIM1; k=") + (is_rsa() ? "rsa; " : "ed25519; ") +
         std::string(more) + "p=" + PublicKeyBase64();
}

Bytes SigningKey::SignDigest(DigestName name,
                             std::span<const uint8_t> digest) const {
  if (!is_rsa()) return SignMessage(digest);
  const Owned<EVP_PKEY_CTX> ctx(EVP_PKEY_CTX_new(key_.get(), nullptr));
  Bytes out(modulus_size());
  size_t size = out.size();
  Check(EVP_PKEY_sign_init(ctx.get()) == 1 &&
            EVP_PKEY_CTX_set_rsa_padding(ctx.get(), RSA_PKCS1_PADDING) == 1 &&
            EVP_PKEY_CTX_set_signature_md(ctx.get(), Md(name)) == 1 &&
            EVP_PKEY_sign(ctx.get(), out.data(), &size, digest.data(),
                          digest.size()) == 1,
        "EVP_PKEY_sign");
  return out;
}

Bytes SigningKey::SignMessage(std::span<const uint8_t> message) const {
  const Owned<EVP_MD_CTX> ctx(EVP_MD_CTX_new());
  Bytes out(64);
  size_t size = out.size();
  Check(EVP_DigestSignInit(ctx.get(), nullptr, nullptr, nullptr, key_.get()) ==
                1 &&
            EVP_DigestSign(ctx.get(), out.data(), &size, message.data(),
                           message.size()) == 1,
        "EVP_DigestSign");
  return out;
}

Bytes SigningKey::SignBlock(std::span<const uint8_t> block) const {
  const Owned<BN_CTX> ctx(BN_CTX_new());
  const Number n = Param(key_.get(), OSSL_PKEY_PARAM_RSA_N);
  const Number d = Param(key_.get(), OSSL_PKEY_PARAM_RSA_D);
  const Number value(
      BN_bin2bn(block.data(), static_cast<int>(block.size()), nullptr));
  Check(BN_mod_exp(value.get(), value.get(), d.get(), n.get(), ctx.get()) == 1,
        "BN_mod_exp");
  Bytes out(modulus_size());
  Check(BN_bn2binpad(value.get(), out.data(), static_cast<int>(out.size())) > 0,
        "BN_bn2binpad");
  return out;
}

}  // namespace mailassay::reference
