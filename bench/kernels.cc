// The inner loops, one by one: bytes a second for what reads text, items a
// second for the rest.  Run on a quiet machine; compare within one run.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "bench/archive_writer.h"
#include "bench/body_maker.h"
#include "bench/message_maker.h"
#include "lib/base/base64.h"
#include "lib/crypto/hash.h"
#include "lib/crypto/public_key.h"
#include "lib/crypto/verify.h"
#include "lib/dkim/canonical.h"
#include "lib/dkim/canonical_field.h"
#include "lib/dkim/key_record.h"
#include "lib/dkim/tag_list.h"
#include "lib/mail/header.h"
#include "lib/mail/mbox.h"
#include "tests/reference/signing_key.h"

namespace mailassay::bench {
namespace {

using benchmark::State;
using crypto::HashAlgorithm;
using dkim::Canonicalization;

constexpr size_t kTextBytes = 256 << 10;  // as large mail; stays in L2

class CountingSink final : public dkim::BufferSink {
 public:
  void Write(std::string_view canonical) override { size_ += canonical.size(); }
  size_t size() const { return size_; }

 private:
  size_t size_ = 0;
};

void SetBytes(State& state, size_t bytes_each) {
  state.SetBytesProcessed(static_cast<int64_t>(bytes_each) *
                          state.iterations());
}

std::string TextOf(void (*append)(Random&, size_t, std::string&)) {
  Random random(1);
  std::string text;
  append(random, kTextBytes, text);
  return text;
}

void CanonicalBody(State& state, Canonicalization algorithm,
                   void (*append)(Random&, size_t, std::string&), bool lf) {
  const std::string crlf = TextOf(append);
  const std::string text = lf ? Stored(ArchiveFormat::kMaildir, crlf) : crlf;
  for (auto _ : state) {
    CountingSink sink;
    dkim::BodyCanonicalizer body(algorithm, {.lf_is_line_end = lf});
    body.Feed(text, sink);
    body.Finish(sink);
    benchmark::DoNotOptimize(sink.size());
  }
  SetBytes(state, text.size());
}

#define CANONICAL_BODY(kind, append)                            \
  BENCHMARK_CAPTURE(CanonicalBody, relaxed_lf_##kind,           \
                    Canonicalization::kRelaxed, append, true);  \
  BENCHMARK_CAPTURE(CanonicalBody, relaxed_crlf_##kind,         \
                    Canonicalization::kRelaxed, append, false); \
  BENCHMARK_CAPTURE(CanonicalBody, simple_lf_##kind,            \
                    Canonicalization::kSimple, append, true)
CANONICAL_BODY(text, AppendTextLines);
CANONICAL_BODY(quoted_printable, AppendQuotedPrintable);
CANONICAL_BODY(base64, AppendBase64);
#undef CANONICAL_BODY

// Some hundred made messages as an mbox holds them.
const std::string& Mbox() {
  static const std::string mbox = [] {
    const MessageMaker maker(
        {.seed = 1, .median_body = 6000, .mean_body = 20'000});
    std::string out;
    for (uint64_t number = 0; number < 200; ++number) {
      out += "From a@b.example Tue Nov 14 22:13:20 2023\n";
      out += Stored(ArchiveFormat::kMbox, maker.Make(number).text);
      out += '\n';
    }
    return out;
  }();
  return mbox;
}

void SplitMbox(State& state) {
  const std::string& mbox = Mbox();  // made before the clock runs
  for (auto _ : state) benchmark::DoNotOptimize(mail::SplitMbox(mbox));
  SetBytes(state, mbox.size());
}
BENCHMARK(SplitMbox);

std::string OneHeader() {
  const std::string_view message = mail::SplitMbox(Mbox())[0].message;
  return std::string(message.substr(0, mail::FindHeaderEnd(message).value()));
}

void ParseHeader(State& state) {
  const std::string header = OneHeader();
  for (auto _ : state) {
    benchmark::DoNotOptimize(mail::ParseHeader(header, 5000));
  }
  SetBytes(state, header.size());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ParseHeader);

void CanonicalFields(State& state, Canonicalization algorithm) {
  const std::string text = OneHeader();
  const mail::Header header = mail::ParseHeader(text, 5000);
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (const mail::HeaderField& field : header.fields) {
      dkim::AppendCanonicalField(algorithm, field, 0, 0, out);
    }
    benchmark::DoNotOptimize(out.data());
  }
  SetBytes(state, text.size());
}
BENCHMARK_CAPTURE(CanonicalFields, relaxed, Canonicalization::kRelaxed);
BENCHMARK_CAPTURE(CanonicalFields, simple, Canonicalization::kSimple);

void Hash(State& state, HashAlgorithm algorithm) {
  const std::string text(static_cast<size_t>(state.range(0)), 'x');
  for (auto _ : state) benchmark::DoNotOptimize(crypto::Hash(algorithm, text));
  SetBytes(state, text.size());
}
BENCHMARK_CAPTURE(Hash, sha256, HashAlgorithm::kSha256)
    ->Arg(0)
    ->Arg(1 << 10)
    ->Arg(64 << 10);
BENCHMARK_CAPTURE(Hash, sha1, HashAlgorithm::kSha1)->Arg(64 << 10);

void Verify(State& state, const reference::SigningKey& signer) {
  const auto key =
      signer.is_rsa()
          ? crypto::PublicKey::ParseRsa(signer.Spki()).key
          : crypto::PublicKey::ParseEd25519(signer.RawEd25519()).key;
  const Digest digest = crypto::Hash(HashAlgorithm::kSha256, "header");
  const auto signature =
      signer.SignDigest(reference::DigestName::kSha256, digest.span());
  for (auto _ : state) {
    if (crypto::Verify(*key, HashAlgorithm::kSha256, digest, signature) !=
        crypto::Outcome::kPass) {
      state.SkipWithError("a good signature does not verify");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}

void VerifyRsa(State& state) {
  Verify(state,
         reference::SigningKey::Rsa(1, static_cast<unsigned>(state.range(0))));
}
BENCHMARK(VerifyRsa)->Arg(1024)->Arg(2048)->Arg(4096);

void VerifyEd25519(State& state) {
  Verify(state, reference::SigningKey::Ed25519(1));
}
BENCHMARK(VerifyEd25519);

void DecodeBase64(State& state) {
  Random random(1);
  std::string text;
  AppendBase64(random, static_cast<size_t>(state.range(0)), text);
  for (auto _ : state) {
    benchmark::DoNotOptimize(mailassay::DecodeBase64(text));
  }
  SetBytes(state, text.size());
}
BENCHMARK(DecodeBase64)->Arg(344)->Arg(4 << 10);

constexpr std::string_view kTagList =
    "v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n\td=news.example; s=s2026;"
    "\r\n\th=From:To:Subject:Date:Message-ID:MIME-Version:Content-Type;\r\n\t"
    "t=1700000000; bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n\tb="
    "gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnK"
    "ELqeXdp1Q1DwgCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT";

void ParseTagList(State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(dkim::ParseTagList(kTagList));
  SetBytes(state, kTagList.size());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ParseTagList);

void ParseKeyRecord(State& state) {
  const std::string record =
      reference::SigningKey::Rsa(1, static_cast<unsigned>(state.range(0)))
          .Record();
  for (auto _ : state) benchmark::DoNotOptimize(dkim::ParseKeyRecord(record));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(ParseKeyRecord)->Arg(1024)->Arg(2048)->Arg(4096);

}  // namespace
}  // namespace mailassay::bench

BENCHMARK_MAIN();
