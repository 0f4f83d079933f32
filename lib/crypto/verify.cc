#include "lib/crypto/verify.h"

#include <openssl/evp.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <memory>

#include "lib/crypto/ed25519_encoding.h"

namespace mailassay::crypto {
namespace {

using Octets = std::span<const uint8_t>;

constexpr size_t kMostModulusOctets = 1024;  // PublicKey refuses larger ones
using Block = std::array<uint8_t, kMostModulusOctets>;

// RFC 8017 9.2 note 1: the DER of DigestInfo up to the digest.
constexpr std::array<uint8_t, 19> kSha256Info = {
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
    0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20};
constexpr std::array<uint8_t, 15> kSha1Info = {0x30, 0x21, 0x30, 0x09, 0x06,
                                               0x05, 0x2b, 0x0e, 0x03, 0x02,
                                               0x1a, 0x05, 0x00, 0x04, 0x14};
// 00 01, at least eight FF, 00.
constexpr size_t kLeastPadding = 11;
constexpr std::array<uint8_t, 10> kPaddingStart = {
    0x00, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

Octets DigestInfo(HashAlgorithm hash) {
  return hash == HashAlgorithm::kSha256 ? Octets(kSha256Info)
                                        : Octets(kSha1Info);
}

// What a block that is not the expected one tells.  Never a pass.
Outcome Explain(Octets block, HashAlgorithm hash, const Digest& digest) {
  if (!std::ranges::equal(block.first(kPaddingStart.size()), kPaddingStart)) {
    return Outcome::kOtherKey;
  }
  Block expected_buffer;
  const auto expected = std::span(expected_buffer).first(block.size());
  WriteEncoding(hash, digest, expected);
  const size_t before = block.size() - digest.size;
  const bool well_formed =
      std::ranges::equal(block.first(before), expected.first(before));
  return well_formed ? Outcome::kOtherDigest : Outcome::kMalformedBlock;
}

Outcome VerifyRsa(const PublicKey& key, HashAlgorithm hash,
                  const Digest& digest, Octets signature,
                  const Library& library) {
  const auto unraised = OutcomeUnraised(key, hash, digest, signature);
  if (unraised) return *unraised;
  Block block_buffer;
  const auto block = std::span(block_buffer).first(key.modulus_size());
  if (!library.raise(key, signature, block)) return Outcome::kEnvironment;
  if (IsEncoding(block, hash, digest)) return Outcome::kPass;
  return Explain(block, hash, digest);
}

bool Raise(const PublicKey& key, Octets signature, std::span<uint8_t> out) {
  return key.Raise(signature, out);
}

bool SodiumPasses(Octets key, Octets message, Octets signature) {
  static const bool ready = sodium_init() >= 0;
  return ready && crypto_sign_verify_detached(signature.data(), message.data(),
                                              message.size(), key.data()) == 0;
}

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

int OpenSslConfirms(Octets key, Octets message, Octets signature) {
  const std::unique_ptr<EVP_PKEY, FreeKey> evp(EVP_PKEY_new_raw_public_key(
      EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  if (evp == nullptr || context == nullptr ||
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                           evp.get()) != 1) {
    return -1;
  }
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          message.data(), message.size());
}

}  // namespace

const Library& SystemLibrary() {
  static constexpr Library kSystem = {Raise, SodiumPasses, OpenSslConfirms};
  return kSystem;
}

std::optional<Outcome> OutcomeUnraised(const PublicKey& key, HashAlgorithm hash,
                                       const Digest& digest,
                                       std::span<const uint8_t> signature) {
  assert(key.type() == KeyType::kRsa);
  if (digest.size != DigestSize(hash)) return Outcome::kEnvironment;
  const size_t size = key.modulus_size();
  if (signature.size() != size) return Outcome::kBadLength;
  // RFC 8017 5.2.2 step 1.  The length fits: a longer modulus of as many octets
  // raised it, or b= is damaged.
  if (!std::ranges::lexicographical_compare(signature, key.modulus())) {
    return Outcome::kOtherKey;
  }
  if (!HoldsEncoding(size, hash)) return Outcome::kOtherKey;
  return std::nullopt;
}

void WriteEncoding(HashAlgorithm hash, const Digest& digest,
                   std::span<uint8_t> block) {
  const Octets info = DigestInfo(hash);
  const auto digest_at = block.end() - digest.size;
  const auto info_at = digest_at - static_cast<ptrdiff_t>(info.size());
  std::ranges::fill(block, uint8_t{0xff});
  block[0] = 0x00;
  block[1] = 0x01;
  *(info_at - 1) = 0x00;
  std::ranges::copy(info, info_at);
  std::ranges::copy(digest.span(), digest_at);
}

bool HoldsEncoding(size_t octets, HashAlgorithm hash) {
  return octets >= DigestInfo(hash).size() + DigestSize(hash) + kLeastPadding;
}

bool IsEncoding(std::span<const uint8_t> block, HashAlgorithm hash,
                const Digest& digest) {
  Block expected_buffer;
  const auto expected = std::span(expected_buffer).first(block.size());
  WriteEncoding(hash, digest, expected);
  return std::ranges::equal(block, expected);
}

Outcome VerifyEd25519(const PublicKey& key, std::span<const uint8_t> message,
                      std::span<const uint8_t> signature,
                      const Library& library) {
  assert(key.type() == KeyType::kEd25519);
  if (signature.size() != crypto_sign_BYTES) return Outcome::kBadLength;
  const auto r = signature.first<32>();
  const auto s = signature.last<32>();
  if (!IsCanonicalScalar(s) || !IsCanonicalPoint(r) || IsSmallOrderPoint(r)) {
    return Outcome::kMismatch;
  }
  if (library.ed25519_passes(key.ed25519(), message, signature)) {
    return Outcome::kPass;
  }
  const int answer =
      library.ed25519_confirms(key.ed25519(), message, signature);
  if (answer < 0) return Outcome::kEnvironment;
  return answer == 1 ? Outcome::kPass : Outcome::kMismatch;
}

Outcome Verify(const PublicKey& key, HashAlgorithm hash, const Digest& digest,
               std::span<const uint8_t> signature, const Library& library) {
  if (digest.size != DigestSize(hash)) return Outcome::kEnvironment;
  if (key.type() == KeyType::kEd25519) {
    return VerifyEd25519(key, digest.span(), signature, library);
  }
  return VerifyRsa(key, hash, digest, signature, library);
}

}  // namespace mailassay::crypto
