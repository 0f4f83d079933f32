// RSA verification: the kernels of the family "rsa" against OpenSSL's own
// EVP_PKEY_verify, signatures a second.  Each batch mixes two keys and holds
// good signatures only, with whatever belongs to a verdict: loading, raising,
// comparing.  Run on a quiet machine; compare within one run.
#include "lib/crypto/rsa_kernels.h"

#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "lib/crypto/batch_verify.h"
#include "lib/crypto/public_key.h"
#include "tests/reference/signing_key.h"

namespace mailassay::bench {
namespace {

using benchmark::State;
using reference::SigningKey;

// Sixteen signatures of two keys of one size.
struct Signed {
  explicit Signed(unsigned bits) {
    for (const uint64_t seed : {1, 2}) {
      const SigningKey secret = SigningKey::Rsa(seed, bits);
      spki.push_back(secret.Spki());
      keys.push_back(crypto::PublicKey::ParseRsa(spki.back()).key);
      secrets.push_back(secret);
    }
    for (size_t i = 0; i < 16; ++i) {
      const Digest digest =
          crypto::Hash(crypto::HashAlgorithm::kSha256, std::to_string(i));
      signatures.push_back(secrets[i % 2].SignDigest(
          reference::DigestName::kSha256, digest.span()));
      checks.push_back({.key = keys[i % 2].get(), .digest = digest});
    }
    for (size_t i = 0; i < 16; ++i) checks[i].signature = signatures[i];
  }

  static Signed& OfSize(int64_t bits) {
    static std::map<int64_t, std::unique_ptr<Signed>> all;
    auto& one = all[bits];
    if (!one) one = std::make_unique<Signed>(static_cast<unsigned>(bits));
    return *one;
  }

  std::vector<SigningKey> secrets;
  std::vector<reference::Bytes> spki;
  std::vector<std::shared_ptr<const crypto::PublicKey>> keys;
  std::vector<reference::Bytes> signatures;
  std::vector<crypto::Check> checks;
};

// The whole batch, with the best kernel of this processor.
void VerifyRsaBatch(State& state) {
  Signed& made = Signed::OfSize(state.range(0));
  const auto size = static_cast<size_t>(state.range(1));
  const auto checks = std::span(made.checks).first(size);
  for (auto _ : state) {
    crypto::VerifyBatch(checks);
    for (const crypto::Check& check : checks) {
      if (check.outcome != crypto::Outcome::kPass) {
        state.SkipWithError("a good signature does not verify");
        return;
      }
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(1));
  state.SetLabel(std::string(NameOf(crypto::RsaKernels().level())));
}
BENCHMARK(VerifyRsaBatch)->ArgsProduct({{1024, 2048, 4096}, {2, 8, 16}});

void VerifyRsaEvp(State& state) {
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  };
  Signed& made = Signed::OfSize(state.range(0));
  std::array<std::unique_ptr<EVP_PKEY, Free>, 2> keys;
  std::array<std::unique_ptr<EVP_PKEY_CTX, Free>, 2> contexts;
  for (size_t i = 0; i < 2; ++i) {
    const uint8_t* der = made.spki[i].data();
    keys[i].reset(
        d2i_PUBKEY(nullptr, &der, static_cast<long>(made.spki[i].size())));
    contexts[i].reset(EVP_PKEY_CTX_new(keys[i].get(), nullptr));
    EVP_PKEY_verify_init(contexts[i].get());
    EVP_PKEY_CTX_set_rsa_padding(contexts[i].get(), RSA_PKCS1_PADDING);
    EVP_PKEY_CTX_set_signature_md(contexts[i].get(), EVP_sha256());
  }
  size_t i = 0;
  for (auto _ : state) {
    const crypto::Check& check = made.checks[i % 16];
    if (EVP_PKEY_verify(contexts[i++ % 2].get(), check.signature.data(),
                        check.signature.size(), check.digest.bytes.data(),
                        check.digest.size) != 1) {
      state.SkipWithError("a good signature does not verify");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(VerifyRsaEvp)->Arg(1024)->Arg(2048)->Arg(4096);

// PublicKey::Raise alone, without comparing.
void RaiseRsa(State& state) {
  Signed& made = Signed::OfSize(state.range(0));
  std::array<uint8_t, 1024> block;
  size_t i = 0;
  for (auto _ : state) {
    const crypto::Check& check = made.checks[i++ % 16];
    benchmark::DoNotOptimize(check.key->Raise(check.signature, block));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(RaiseRsa)->Arg(1024)->Arg(2048)->Arg(4096);

// A key of p=, made ready for the lanes too.
void ParseRsaKey(State& state) {
  const Signed& made = Signed::OfSize(state.range(0));
  for (auto _ : state) {
    benchmark::DoNotOptimize(crypto::PublicKey::ParseRsa(made.spki[0]));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ParseRsaKey)->Arg(1024)->Arg(2048)->Arg(4096);

}  // namespace
}  // namespace mailassay::bench
