#include "lib/audit/kernels.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/crypto/lane_hasher.h"
#include "lib/crypto/public_key.h"
#include "lib/crypto/rsa_kernels.h"
#include "lib/crypto/sha256_kernels.h"
#include "lib/dkim/body_facts.h"
#include "lib/dkim/body_facts_kernel.h"
#include "lib/dkim/canonical.h"
#include "lib/dkim/canonical_field.h"
#include "lib/dkim/canonical_kernel.h"
#include "lib/dkim/field_kernel.h"
#include "lib/mail/text_scan.h"

namespace mailassay::audit {
namespace {

// A line of 100 octets, longer than any kernel's block, between odd ones.
std::string SomeText() {
  return " a \t b\r\n" + std::string(100, 'x') + "\n\n  >\t\r\n\nFrom x\r\n";
}

bool ScanWorks() {
  const std::string text = SomeText();
  return mail::FindText(text, "From ", 0, text.size()) == text.size() - 8 &&
         mail::FindText(text, "From ", 0, text.size() - 4) == text.npos;
}

bool FactsWork() {
  dkim::BodyFacts facts;
  const auto seen = facts.Add(SomeText() + "\n>F");
  dkim::BodyFacts odd;
  odd.Add(std::string(70, 'x') + '\r' + std::string(70, '\xff') + '\0');
  return facts.line_ends() == mail::LineEnds::kMixed && seen.bare_lf &&
         seen.quote_line && seen.quote_f && !facts.saw_bare_cr() &&
         !facts.saw_8bit() && !facts.saw_nul() && odd.saw_bare_cr() &&
         odd.saw_8bit() && odd.saw_nul() &&
         odd.line_ends() == mail::LineEnds::kNone;
}

class StringSink final : public dkim::BufferSink {
 public:
  void Write(std::string_view canonical) override { text += canonical; }
  std::string text;
};

// RFC 6376 3.4.3, 3.4.4.
bool BodyWorks() {
  StringSink relaxed, simple;
  const dkim::Reading reading{.lf_is_line_end = true};
  dkim::BodyCanonicalizer body(dkim::Canonicalization::kRelaxed, reading);
  body.Feed(SomeText(), relaxed);
  body.Finish(relaxed);
  body.Reset(dkim::Canonicalization::kSimple, reading);
  body.Feed(SomeText(), simple);
  body.Finish(simple);
  const std::string line = "\r\n" + std::string(100, 'x') + "\r\n\r\n";
  return relaxed.text == " a b" + line + " >\r\n\r\nFrom x\r\n" &&
         simple.text == " a \t b" + line + "  >\t\r\n\r\nFrom x\r\n";
}

// RFC 6376 3.4.2.
bool FieldWorks() {
  const std::string raw = "Subject:" + SomeText();
  const mail::HeaderField field{.raw = raw, .name_size = 7, .value_begin = 8};
  std::string out;
  dkim::AppendCanonicalField(dkim::Canonicalization::kRelaxed, field, 0, 0,
                             out);
  return out == "subject:a b" + std::string(100, 'x') + " > From x\r\n";
}

// Another text in each lane, of another length, up to five blocks; each
// against OpenSSL's hash of it, and that against FIPS 180-4: the hash of "abc"
// begins ba7816bf.
bool Sha256Works() {
  const auto text_of = [](size_t stream) {
    return std::string(19 * stream + 3, static_cast<char>('a' + stream));
  };
  crypto::LaneHasher hasher;
  while (!hasher.full()) {
    const size_t stream = hasher.Open();
    const std::string text = text_of(stream);
    std::ranges::copy(text, hasher.Room(stream).begin());
    hasher.Commit(stream, text.size());
    hasher.Close(stream);
  }
  size_t right = 0;
  while (!hasher.empty()) {
    for (const auto& [stream, digest] : hasher.Run()) {
      right += digest == crypto::Sha256Of(text_of(stream)) ? 1 : 0;
    }
  }
  constexpr std::array<uint8_t, 4> kAbc = {0xba, 0x78, 0x16, 0xbf};
  return right == crypto::LaneHasher::kStreams &&
         std::ranges::equal(crypto::Sha256Of("abc").span().first(4), kAbc);
}

// clang-format off
// Numbers without a meaning: kSignature^65537 mod kModulus is kBlock.
constexpr uint8_t kModulus[] = {
    0xcd, 0xad, 0xda, 0x98, 0x3c, 0x91, 0x50, 0x8b, 0x4b, 0xe3, 0x4e, 0xd8,
    0xa8, 0xe3, 0x65, 0xa9, 0x6a, 0x5a, 0x45, 0xa1, 0xcd, 0x79, 0x37, 0x82,
    0x2a, 0xfa, 0x7d, 0x31, 0xe5, 0xd0, 0xf3, 0xc0, 0x63, 0x55, 0x5f, 0xa3,
    0xf1, 0x55, 0xc5, 0x4e, 0x9f, 0x4c, 0x4d, 0x75, 0xad, 0xbf, 0x53, 0xc5,
    0xf8, 0xaa, 0x2f, 0x01, 0x4d, 0x02, 0x0c, 0x76, 0x61, 0x41, 0x13, 0xc7,
    0x70, 0x23, 0xfd, 0xbe, 0xed, 0x84, 0x9e, 0xc5, 0x28, 0x31, 0xfd, 0x82,
    0x40, 0x07, 0x16, 0x28, 0x75, 0x53, 0xdf, 0x33, 0xc3, 0x05, 0x9c, 0x40,
    0x16, 0x42, 0x69, 0x73, 0xae, 0xe0, 0x9a, 0x7a, 0x16, 0xfb, 0xda, 0x35,
    0x77, 0xd6, 0xaf, 0x1a, 0x50, 0xda, 0x8a, 0x6e, 0x3d, 0xd8, 0xc5, 0xcd,
    0x1c, 0x10, 0x96, 0x89, 0xcd, 0x71, 0xf9, 0xcc, 0x58, 0x85, 0x85, 0x34,
    0xe4, 0xea, 0x61, 0xaa, 0xa1, 0x39, 0x0b, 0xb1};
constexpr uint8_t kSignature[] = {
    0x33, 0xdf, 0xbb, 0x15, 0x44, 0xe4, 0x21, 0x09, 0xe2, 0xa5, 0x26, 0x87,
    0x70, 0xb3, 0x4c, 0x21, 0xb9, 0x68, 0xc5, 0xc3, 0x53, 0x10, 0xf9, 0x6b,
    0x43, 0x2f, 0x38, 0x6f, 0xb2, 0x59, 0x34, 0x01, 0x95, 0x83, 0x47, 0x2b,
    0x83, 0x8e, 0xfe, 0xaf, 0x4d, 0x0e, 0xbd, 0x66, 0xcf, 0x10, 0x57, 0x04,
    0x5b, 0x64, 0x1b, 0x16, 0x17, 0x9c, 0x2b, 0xba, 0x24, 0x61, 0x3b, 0x12,
    0xe2, 0x1a, 0x35, 0xac, 0x1f, 0x09, 0xb0, 0x34, 0xc3, 0x41, 0xa5, 0x0a,
    0xcc, 0x55, 0xde, 0x98, 0x9c, 0x74, 0xa9, 0x6d, 0x4d, 0x1f, 0x92, 0x1f,
    0x9e, 0x92, 0x9d, 0xaa, 0xa6, 0xdb, 0xc1, 0x43, 0x3c, 0x60, 0x4b, 0x04,
    0xf7, 0xf6, 0xb1, 0x74, 0x1e, 0x44, 0x4c, 0x6e, 0x82, 0x79, 0x4d, 0x54,
    0x0e, 0x1a, 0xf4, 0xd7, 0x44, 0xce, 0xd0, 0xa5, 0x97, 0xd0, 0xf4, 0x52,
    0x75, 0x63, 0xba, 0x2b, 0x54, 0x3a, 0xb4, 0xfc};
constexpr uint8_t kBlock[] = {
    0x5e, 0x91, 0x14, 0xc7, 0x1e, 0x1d, 0xaf, 0x87, 0xaf, 0xbc, 0x75, 0x6f,
    0x04, 0xf7, 0x87, 0x5d, 0xba, 0xed, 0xc0, 0x36, 0xab, 0x9c, 0xe6, 0x3f,
    0xba, 0x84, 0x7b, 0x18, 0x5a, 0x26, 0xbb, 0xbb, 0x96, 0x22, 0xd2, 0x30,
    0x52, 0x36, 0x78, 0xe7, 0x43, 0x5f, 0xec, 0x4c, 0x7c, 0x11, 0x51, 0x8e,
    0x82, 0xb7, 0x76, 0xfd, 0x64, 0x31, 0x81, 0x94, 0x54, 0x9b, 0x41, 0xc1,
    0xa4, 0x26, 0xef, 0x17, 0x58, 0x16, 0xd0, 0xf2, 0x9b, 0x5d, 0xb1, 0xbf,
    0x59, 0x7a, 0xaf, 0xae, 0x0d, 0xa6, 0x41, 0x26, 0xb1, 0x52, 0xd0, 0x25,
    0x4f, 0x3f, 0xd3, 0xe3, 0x89, 0x6f, 0xb3, 0xd5, 0xa9, 0xf2, 0xc8, 0xcc,
    0xe2, 0x7d, 0xfa, 0x73, 0x83, 0x14, 0x71, 0x32, 0xba, 0x32, 0x6b, 0xe8,
    0xd9, 0xc6, 0x9b, 0xf3, 0x2d, 0x3a, 0x0d, 0x62, 0x5c, 0xfb, 0x82, 0x7d,
    0x69, 0x77, 0x29, 0x3a, 0x0a, 0x6f, 0x97, 0x59};
// clang-format on

using Octets = std::vector<uint8_t>;

Octets Twice(std::span<const uint8_t> octets) {
  Octets twice(octets.begin(), octets.end());
  twice.insert(twice.end(), octets.begin(), octets.end());
  return twice;
}

// RSAPublicKey of `modulus` and 65537 (RFC 8017 A.1.1).  REQUIRES: 128 or 256
// octets, the first bit set.
Octets KeyOctets(std::span<const uint8_t> modulus) {
  Octets der = modulus.size() == 128
                   ? Octets{0x30, 0x81, 0x89, 0x02, 0x81, 0x81, 0x00}
                   : Octets{0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0};
  der.insert(der.end(), modulus.begin(), modulus.end());
  der.insert(der.end(), {0x02, 0x03, 0x01, 0x00, 0x01});
  return der;
}

// Two lanes of one width: s and 1, which stays 1.
bool RaisesTo(std::span<const uint8_t> modulus, std::span<const uint8_t> s,
              std::span<const uint8_t> expected) {
  const auto key = crypto::PublicKey::ParseRsa(KeyOctets(modulus)).key;
  if (key == nullptr || key->lane_modulus().digits() == 0) return false;
  Octets one(modulus.size());
  one.back() = 1;
  Octets blocks[] = {Octets(modulus.size()), Octets(modulus.size())};
  const std::array<crypto::RsaLane, 2> lanes = {
      {{key.get(), s, blocks[0]}, {key.get(), one, blocks[1]}}};
  return crypto::RsaKernels().run()(lanes) &&
         std::ranges::equal(blocks[0], expected) && blocks[1] == one;
}

// 1024 bits against the vector, 2048 against OpenSSL.
bool RsaWorks() {
  const Octets modulus = Twice(kModulus);
  const Octets s = Twice(kSignature);
  Octets expected(modulus.size());
  const auto key = crypto::PublicKey::ParseRsa(KeyOctets(modulus)).key;
  return key != nullptr && key->Raise(s, expected) &&
         RaisesTo(kModulus, kSignature, kBlock) &&
         RaisesTo(modulus, s, expected);
}

}  // namespace

std::span<const KernelFamily* const> KernelFamilies() {
  static const std::array<const KernelFamily*, 6> families = {
      &mail::kTextScans,    &dkim::kFactsKernels,     &dkim::kCanonicalKernels,
      &dkim::kFieldKernels, &crypto::Sha256Kernels(), &crypto::RsaKernels()};
  return families;
}

std::optional<std::string_view> FindBrokenKernel() {
  constexpr std::array kTests = {ScanWorks,  FactsWork,   BodyWorks,
                                 FieldWorks, Sha256Works, RsaWorks};
  for (size_t i = 0; i < kTests.size(); ++i) {
    if (!kTests[i]()) return KernelFamilies()[i]->name();
  }
  return std::nullopt;
}

}  // namespace mailassay::audit
