#include "lib/crypto/public_key.h"

#include <openssl/bn.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string_view>

#include "lib/crypto/der.h"
#include "lib/crypto/ed25519_encoding.h"
#include "lib/crypto/hash.h"

namespace mailassay::crypto {
namespace {

using Octets = std::span<const uint8_t>;

// RFC 8017 A.1: rsaEncryption, 1.2.840.113549.1.1.1.
constexpr std::array<uint8_t, 9> kRsaEncryption = {0x2a, 0x86, 0x48, 0x86, 0xf7,
                                                   0x0d, 0x01, 0x01, 0x01};
// RFC 8410 3: id-Ed25519, 1.3.101.112.
constexpr std::array<uint8_t, 3> kEd25519 = {0x2b, 0x65, 0x70};

constexpr size_t kMostModulusBits = 8192;
constexpr size_t kMostExponentOctets = 5;
constexpr uint64_t kExponentLimit = uint64_t{1} << 35;
constexpr uint64_t kLaneExponent = 65537;

struct RsaNumbers {
  Octets modulus, exponent;  // big-endian, no leading 00
};

bool IsText(Octets octets, std::string_view text) {
  return octets.size() >= text.size() &&
         std::equal(
             text.begin(), text.end(), octets.begin(),
             [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

// RFC 8017 A.1.1: RSAPublicKey ::= SEQUENCE { n INTEGER, e INTEGER }.
std::optional<RsaNumbers> ReadRsaPublicKey(Octets der) {
  DerReader outer(der);
  const auto sequence = outer.Read(DerTag::kSequence);
  if (!sequence || !outer.AtEnd()) return std::nullopt;
  DerReader fields(*sequence);
  const auto modulus = fields.ReadUnsigned();
  const auto exponent = fields.ReadUnsigned();
  if (!modulus || !exponent || !fields.AtEnd()) return std::nullopt;
  return RsaNumbers{*modulus, *exponent};
}

struct RsaOrDefect {
  KeyDefect defect;
  RsaNumbers numbers;
};

// RFC 5280 4.1: SubjectPublicKeyInfo ::= SEQUENCE { AlgorithmIdentifier,
// BIT STRING }.  `fields` are the contents of its SEQUENCE.
RsaOrDefect ReadSubjectPublicKeyInfo(DerReader fields) {
  const auto algorithm = fields.Read(DerTag::kSequence);
  if (!algorithm) return {KeyDefect::kParse, {}};
  DerReader identifier(*algorithm);
  // A certificate has a whole TBSCertificate where the identifier should be.
  if (!identifier.NextIs(DerTag::kObjectId) && fields.NextIs(DerTag::kSequence))
    return {KeyDefect::kType, {}};
  const auto object_id = identifier.Read(DerTag::kObjectId);
  if (!object_id) return {KeyDefect::kParse, {}};
  if (!std::ranges::equal(*object_id, kRsaEncryption)) {
    return {KeyDefect::kType, {}};
  }
  // RFC 3279 2.3.1: the parameters MUST be NULL, not absent.
  const auto parameters = identifier.Read(DerTag::kNull);
  const auto bits = fields.ReadBitString();
  if (!parameters || !parameters->empty() || !identifier.AtEnd() || !bits ||
      !fields.AtEnd()) {
    return {KeyDefect::kParse, {}};
  }
  const auto numbers = ReadRsaPublicKey(*bits);
  if (!numbers) return {KeyDefect::kParse, {}};
  return {KeyDefect::kNone, *numbers};
}

RsaOrDefect ReadRsa(Octets der) {
  if (IsText(der, "-----BEGIN ")) return {KeyDefect::kType, {}};
  DerReader outer(der);
  const auto sequence = outer.Read(DerTag::kSequence);
  if (!sequence || !outer.AtEnd()) return {KeyDefect::kParse, {}};
  const DerReader fields(*sequence);
  if (fields.NextIs(DerTag::kSequence)) return ReadSubjectPublicKeyInfo(fields);
  // RFC 6376 3.6.1 says RSAPublicKey, its examples and all practice say
  // SubjectPublicKeyInfo (erratum 3017): two forms of one key.
  const auto numbers = ReadRsaPublicKey(der);
  if (!numbers) return {KeyDefect::kParse, {}};
  return {KeyDefect::kNone, *numbers};
}

uint64_t ToUint64(Octets big_endian) {
  uint64_t value = 0;
  for (const uint8_t octet : big_endian) value = value << 8 | octet;
  return value;
}

// Odd, 3 <= e < 2^35.  e = 1 would make every padded block its own signature;
// a huge e costs milliseconds a signature.
bool IsExponent(Octets octets) {
  if (octets.size() > kMostExponentOctets) return false;
  const uint64_t e = ToUint64(octets);
  return e % 2 == 1 && e >= 3 && e < kExponentLimit;
}

size_t BitLength(Octets big_endian) {
  return big_endian.size() * 8 -
         static_cast<size_t>(std::countl_zero(big_endian[0]));
}

// All rules, in this order, before any arithmetic on the modulus.
KeyDefect CheckNumbers(const RsaNumbers& numbers) {
  if (!IsExponent(numbers.exponent)) return KeyDefect::kExponent;
  const bool odd = numbers.modulus.back() % 2 == 1;
  const bool one = numbers.modulus.size() == 1 && numbers.modulus[0] == 1;
  if (!odd || one) return KeyDefect::kParse;
  if (BitLength(numbers.modulus) > kMostModulusBits) return KeyDefect::kTooBig;
  return KeyDefect::kNone;
}

Digest IdOf(Octets spki) {
  return Hash(HashAlgorithm::kSha256,
              {reinterpret_cast<const char*>(spki.data()), spki.size()});
}

std::vector<uint8_t> RsaSpki(const RsaNumbers& numbers) {
  const auto algorithm = WriteDer(
      DerTag::kSequence, {WriteDer(DerTag::kObjectId, {kRsaEncryption}),
                          WriteDer(DerTag::kNull, {})});
  const auto key = WriteDer(
      DerTag::kSequence,
      {WriteDerUnsigned(numbers.modulus), WriteDerUnsigned(numbers.exponent)});
  constexpr std::array<uint8_t, 1> kNoUnusedBits = {0};
  return WriteDer(
      DerTag::kSequence,
      {algorithm, WriteDer(DerTag::kBitString, {kNoUnusedBits, key})});
}

// RFC 8410 4: the parameters are absent.
std::vector<uint8_t> Ed25519Spki(Octets raw) {
  const auto algorithm =
      WriteDer(DerTag::kSequence, {WriteDer(DerTag::kObjectId, {kEd25519})});
  constexpr std::array<uint8_t, 1> kNoUnusedBits = {0};
  return WriteDer(
      DerTag::kSequence,
      {algorithm, WriteDer(DerTag::kBitString, {kNoUnusedBits, raw})});
}

// The fewest octets; of zero one octet 00.
std::vector<uint8_t> BigEndian(uint64_t value) {
  std::vector<uint8_t> octets;
  for (int shift = 56; shift >= 0; shift -= 8) {
    const auto octet = static_cast<uint8_t>(value >> shift);
    if (octet != 0 || !octets.empty() || shift == 0) octets.push_back(octet);
  }
  return octets;
}

// The numbers one exponentiation works with; reused by the thread, for making
// them anew costs as much as a short exponentiation.
struct Scratch {
  Scratch()
      : context(BN_CTX_new()),
        plain(BN_new()),
        base(BN_new()),
        power(BN_new()),
        ready(context != nullptr && plain != nullptr && base != nullptr &&
              power != nullptr) {}
  ~Scratch() {
    BN_free(power);
    BN_free(base);
    BN_free(plain);
    BN_CTX_free(context);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  BN_CTX* context;
  BIGNUM* plain;
  BIGNUM* base;
  BIGNUM* power;
  bool ready;
};

Scratch& ThreadScratch() {
  thread_local Scratch scratch;
  return scratch;
}

// R^2 mod n.  False when memory ran out.
bool WriteRSquared(Octets modulus, std::span<uint64_t> digits) {
  const Scratch& scratch = ThreadScratch();
  if (!scratch.ready) return false;
  BIGNUM* const n = scratch.base;
  BIGNUM* const r_squared = scratch.plain;
  BIGNUM* const remainder = scratch.power;
  std::array<uint8_t, kMostModulusBits / 8> octets;
  const int size = static_cast<int>(modulus.size());
  BN_zero(r_squared);
  if (BN_bin2bn(modulus.data(), size, n) == nullptr ||
      BN_set_bit(r_squared,
                 static_cast<int>(2 * kRsaDigitBits * digits.size())) != 1 ||
      BN_mod(remainder, r_squared, n, scratch.context) != 1 ||
      BN_bn2binpad(remainder, octets.data(), size) != size) {
    return false;
  }
  ToDigits(std::span(octets).first(modulus.size()), digits);
  return true;
}

// REQUIRES: an odd modulus that fits `digits`.  Without digits when memory ran
// out: such a key still has PublicKey::Raise.
LaneModulus MakeLaneModulus(Octets modulus, size_t digits) {
  LaneModulus lane = {.modulus = std::vector<uint64_t>(digits),
                      .r_squared = std::vector<uint64_t>(digits)};
  ToDigits(modulus, lane.modulus);
  if (!WriteRSquared(modulus, lane.r_squared)) return {};
  lane.inverse = NegativeInverse(lane.modulus[0]);
  return lane;
}

}  // namespace

// What OpenSSL's multiplication needs to know of n.  Only read once made.
// `ready` is false when memory ran out.
struct PublicKey::Montgomery {
  explicit Montgomery(Octets n)
      : modulus(BN_bin2bn(n.data(), static_cast<int>(n.size()), nullptr)),
        context(BN_MONT_CTX_new()) {
    const Scratch& scratch = ThreadScratch();
    ready = modulus != nullptr && context != nullptr && scratch.ready &&
            BN_MONT_CTX_set(context, modulus, scratch.context) == 1;
  }
  ~Montgomery() {
    BN_MONT_CTX_free(context);
    BN_free(modulus);
  }
  Montgomery(const Montgomery&) = delete;
  Montgomery& operator=(const Montgomery&) = delete;

  BIGNUM* modulus;
  BN_MONT_CTX* context;
  bool ready = false;
};

PublicKey::PublicKey() = default;
PublicKey::~PublicKey() { delete montgomery_.load(); }

// Of threads that make it at the same time, one has its own kept.
const PublicKey::Montgomery& PublicKey::ForOpenSsl() const {
  const Montgomery* kept = montgomery_.load(std::memory_order_acquire);
  if (kept != nullptr) return *kept;
  auto made = std::make_unique<const Montgomery>(modulus_);
  if (montgomery_.compare_exchange_strong(kept, made.get(),
                                          std::memory_order_acq_rel,
                                          std::memory_order_acquire)) {
    kept = made.release();
  }
  return *kept;
}

PublicKey::Parsed PublicKey::ParseRsa(std::span<const uint8_t> der) {
  const RsaOrDefect read = ReadRsa(der);
  if (read.defect != KeyDefect::kNone) return {read.defect, nullptr};
  const RsaNumbers& numbers = read.numbers;
  const KeyDefect defect = CheckNumbers(numbers);
  if (defect != KeyDefect::kNone) return {defect, nullptr};

  const std::shared_ptr<PublicKey> key(new PublicKey);
  key->type_ = KeyType::kRsa;
  key->bits_ = BitLength(numbers.modulus);
  key->exponent_ = ToUint64(numbers.exponent);
  key->modulus_.assign(numbers.modulus.begin(), numbers.modulus.end());
  key->id_ = IdOf(key->Spki());
  const size_t digits = RsaWidthFor(key->bits_);
  if (key->exponent_ == kLaneExponent && digits != 0) {
    key->lane_modulus_ = MakeLaneModulus(numbers.modulus, digits);
  }
  return {KeyDefect::kNone, key};
}

PublicKey::Parsed PublicKey::RsaOf(std::span<const uint8_t> modulus,
                                   uint64_t exponent) {
  if (modulus.empty() || modulus[0] == 0) return {KeyDefect::kParse, nullptr};
  return ParseRsa(RsaSpki({modulus, BigEndian(exponent)}));
}

std::vector<uint8_t> PublicKey::Spki() const {
  if (type_ == KeyType::kEd25519) return Ed25519Spki(modulus_);
  return RsaSpki({modulus_, BigEndian(exponent_)});
}

PublicKey::Parsed PublicKey::ParseEd25519(std::span<const uint8_t> raw) {
  if (raw.size() != crypto_sign_PUBLICKEYBYTES) {
    return {KeyDefect::kLength, nullptr};
  }
  const auto point = raw.first<crypto_sign_PUBLICKEYBYTES>();
  if (!IsCanonicalPoint(point) || IsSmallOrderPoint(point)) {
    return {KeyDefect::kLength, nullptr};
  }
  // Adding refuses octets that are no point of the curve (RFC 8032 5.1.3).
  std::array<uint8_t, crypto_core_ed25519_BYTES> sum;
  if (crypto_core_ed25519_add(sum.data(), raw.data(), raw.data()) != 0) {
    return {KeyDefect::kParse, nullptr};
  }

  const std::shared_ptr<PublicKey> key(new PublicKey);
  key->type_ = KeyType::kEd25519;
  key->bits_ = 256;
  key->modulus_.assign(raw.begin(), raw.end());
  key->id_ = IdOf(key->Spki());
  return {KeyDefect::kNone, key};
}

// Left to right over the bits of e, in Montgomery's form; the last
// multiplication, which e always has because it is odd, takes the plain s and
// so leaves the form without a step of its own.
bool PublicKey::Raise(std::span<const uint8_t> signature,
                      std::span<uint8_t> out) const {
  const Montgomery& montgomery = ForOpenSsl();
  const Scratch& scratch = ThreadScratch();
  if (!montgomery.ready || !scratch.ready) return false;
  BIGNUM* const plain = scratch.plain;
  BIGNUM* const base = scratch.base;
  BIGNUM* const power = scratch.power;
  const auto multiply = [&](const BIGNUM* a, const BIGNUM* b) {
    return BN_mod_mul_montgomery(power, a, b, montgomery.context,
                                 scratch.context) == 1;
  };
  const int size = static_cast<int>(modulus_size());
  bool good =
      BN_bin2bn(signature.data(), size, plain) != nullptr &&
      BN_to_montgomery(base, plain, montgomery.context, scratch.context) == 1 &&
      BN_copy(power, base) != nullptr;
  const int top = static_cast<int>(std::bit_width(exponent_)) - 1;
  for (int bit = top - 1; bit >= 1 && good; --bit) {
    good = multiply(power, power);
    if ((exponent_ >> bit & 1) != 0) good = good && multiply(power, base);
  }
  return good && multiply(power, power) && multiply(power, plain) &&
         BN_bn2binpad(power, out.data(), size) == size;
}

}  // namespace mailassay::crypto
