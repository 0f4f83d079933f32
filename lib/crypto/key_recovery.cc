#include "lib/crypto/key_recovery.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "lib/crypto/integer.h"
#include "lib/crypto/verify.h"

namespace mailassay::crypto {
namespace {

constexpr std::array<unsigned long, 5> kExponents = {3, 5, 17, 257,
                                                     kUsualExponent};
constexpr size_t kLeastOctets = kLeastRecoveredBits / 8;
constexpr size_t kMostOctets = 1024;  // PublicKey refuses larger ones
constexpr size_t kUsualLengthStep = 128;
// A gcd with more bits beyond the signature's is not n times a small factor,
// which seldom has more than a few dozen.
constexpr size_t kMostExcessBits = 4096;

// s^e - m.
Integer MultipleOfModulus(const SignedDigest& one, unsigned long exponent) {
  std::vector<uint8_t> block(one.signature.size());
  WriteEncoding(one.hash, one.digest, block);
  Integer multiple(one.signature);
  mpz_pow_ui(multiple, multiple, exponent);
  mpz_sub(multiple, multiple, Integer(block));
  return multiple;
}

bool Signs(const PublicKey& key, const SignedDigest& one) {
  return Verify(key, one.hash, one.digest, one.signature) == Outcome::kPass;
}

// `common` as the modulus of a key that made both signatures, or null.
std::shared_ptr<const PublicKey> Prove(Integer common, unsigned long exponent,
                                       const SignedDigest& a,
                                       const SignedDigest& b) {
  const size_t octets = a.signature.size();
  if (common.bits() > octets * 8 + kMostExcessBits) return nullptr;
  RemoveSmallPrimes(common);
  if (common.bits() < kLeastRecoveredBits || common.bits() > octets * 8) {
    return nullptr;
  }
  auto key = PublicKey::RsaOf(common.Octets(), exponent).key;
  const bool proved = key != nullptr && Signs(*key, a) && Signs(*key, b);
  return proved ? key : nullptr;
}

Recovered TryExponent(unsigned long exponent, const SignedDigest& a,
                      const SignedDigest& b,
                      const std::function<bool()>& go_on) {
  if (!go_on()) return {Recovery::kStopped, nullptr};
  Integer common = MultipleOfModulus(a, exponent);
  if (!go_on()) return {Recovery::kStopped, nullptr};
  {
    const Integer other = MultipleOfModulus(b, exponent);
    if (!go_on()) return {Recovery::kStopped, nullptr};
    mpz_gcd(common, common, other);
  }
  if (common.bits() < kLeastRecoveredBits) {
    return {Recovery::kNothingCommon, nullptr};
  }
  auto key = Prove(std::move(common), exponent, a, b);
  const Recovery outcome = key ? Recovery::kKey : Recovery::kUnproved;
  return {outcome, std::move(key)};
}

}  // namespace

bool MayRecover(const SignedDigest& one) {
  const size_t octets = one.signature.size();
  return octets >= kLeastOctets && octets <= kMostOctets &&
         one.digest.size == DigestSize(one.hash) &&
         HoldsEncoding(octets, one.hash);
}

bool MayRecover(const SignedDigest& a, const SignedDigest& b) {
  const bool same_message = a.hash == b.hash && a.digest == b.digest;
  return MayRecover(a) && MayRecover(b) &&
         a.signature.size() == b.signature.size() && !same_message &&
         !std::ranges::equal(a.signature, b.signature);
}

Recovered RecoverKey(const SignedDigest& a, const SignedDigest& b,
                     const std::function<bool()>& go_on) {
  if (!MayRecover(a, b)) return {Recovery::kUnfit, nullptr};
  Recovered best = {Recovery::kNothingCommon, nullptr};
  for (const unsigned long exponent : kExponents) {
    Recovered found = TryExponent(exponent, a, b, go_on);
    if (found.outcome == Recovery::kNothingCommon) continue;
    best = std::move(found);
    if (best.outcome != Recovery::kUnproved) break;
  }
  return best;
}

bool HasUsualLength(const PublicKey& key) {
  return key.bits() % kUsualLengthStep == 0;
}

}  // namespace mailassay::crypto
