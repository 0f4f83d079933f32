// VerifyBatch.  Property: with every kernel, each outcome is Verify's, for up
// to twenty checks of any sizes, exponents and signatures, among them some that
// pass: a prime modulus, whose private exponent needs no second factor.
#include <openssl/bn.h>

#include "lib/crypto/batch_verify.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/rsa_key_input.h"

namespace mailassay::crypto {
namespace {

const Bytes kE65537 = {0x01, 0x00, 0x01};

struct Work {
  Key key;
  Bytes signature;
};

Digest SomeDigest() { return Hash(HashAlgorithm::kSha256, "x"); }

// EMSA-PKCS1-v1_5 (RFC 8017 9.2) of SomeDigest.
Bytes Block(size_t size) {
  const Bytes info = Unhex("3031300d060960864801650304020105000420");
  const Digest digest = SomeDigest();
  const Bytes tail =
      Bytes{0} + info + Bytes(digest.span().begin(), digest.span().end());
  return Bytes{0, 1} + Bytes(size - 2 - tail.size(), 0xff) + tail;
}

// Of 2^bits - 1, a Mersenne prime n: Block^(1/65537 mod n-1) mod n.
Work Passing(size_t bits) {
  Bytes n((bits + 7) / 8, 0xff);
  n[0] = static_cast<uint8_t>(0xff >> (8 * n.size() - bits));
  const Bytes block = Block(n.size());
  BN_CTX* const ctx = BN_CTX_new();
  BIGNUM* const p = BN_bin2bn(n.data(), static_cast<int>(n.size()), nullptr);
  BIGNUM* const s =
      BN_bin2bn(block.data(), static_cast<int>(block.size()), nullptr);
  BIGNUM* const order = BN_dup(p);
  BIGNUM* const d = BN_new();
  FUZZ_CHECK(BN_sub_word(order, 1) == 1 && BN_set_word(d, 65537) == 1);
  FUZZ_CHECK(BN_mod_inverse(d, d, order, ctx) != nullptr);
  FUZZ_CHECK(BN_mod_exp(s, s, d, p, ctx) == 1);
  Work work{KeyOf(n, kE65537), Bytes(n.size())};
  FUZZ_CHECK(
      BN_bn2binpad(s, work.signature.data(), static_cast<int>(n.size())) > 0);
  for (BIGNUM* number : {p, s, order, d}) BN_free(number);
  BN_CTX_free(ctx);
  FUZZ_CHECK(Verify(*work.key, HashAlgorithm::kSha256, SomeDigest(),
                    work.signature) == Outcome::kPass);
  return work;
}

Work ChosenWork(Choices& choices) {
  static const Work kPassing[] = {Passing(521), Passing(607), Passing(1279),
                                  Passing(2203), Passing(3217)};
  const uint8_t kind = choices.Octet();
  if (kind % 2 == 0) {
    Work work = kPassing[kind / 2 % std::size(kPassing)];
    const size_t at = choices.Below(65536);
    if (at < work.signature.size()) work.signature[at] ^= choices.Octet();
    if (kind / 32 == 1) work.signature.pop_back();
    return work;
  }
  static const Bytes kExponents[] = {kE65537, kE65537, {3}, {1, 0, 3}, {17}};
  const size_t most = kind / 2 % 4 == 0 ? 4400 : 1100;
  const Bytes n = ChosenModulus(2 + choices.Below(most), choices);
  Work work{KeyOf(n, kExponents[choices.Below(std::size(kExponents))]),
            ChosenBelow(n, choices)};
  FUZZ_CHECK(work.key != nullptr);
  if (kind / 32 == 1) work.signature = ChosenOctets(n.size(), choices);
  return work;
}

void CheckBatch(RaiseLanes* raise, const std::vector<Work>& work,
                const Digest& digest) {
  std::vector<Check> checks;
  for (const Work& w : work) {
    checks.push_back(
        {.key = w.key.get(), .digest = digest, .signature = w.signature});
  }
  VerifyBatch(checks, raise);
  for (const Check& check : checks) {
    FUZZ_CHECK(check.outcome ==
               Verify(*check.key, check.hash, check.digest, check.signature));
  }
}

}  // namespace
}  // namespace mailassay::crypto

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace mailassay;
  static const auto kernels = crypto::RsaKernels().Supported();
  Choices choices(AsText(data, size));
  std::vector<crypto::Work> work(choices.Below(21));
  Digest digest = crypto::SomeDigest();
  if (choices.Octet() == 1) digest.bytes[0] ^= 1;
  for (crypto::Work& w : work) w = crypto::ChosenWork(choices);
  for (const auto& kernel : kernels) {
    crypto::CheckBatch(kernel.run, work, digest);
  }
  return 0;
}
