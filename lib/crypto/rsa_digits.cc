// Two digits are 104 bits, 13 octets: pairs begin at octets, and a pair is read
// or written as two words of 64 bits, the upper of which reaches three octets
// too far.  A buffer with three octets to spare makes that harmless.
#include "lib/crypto/rsa_digits.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>

namespace mailassay::crypto {
namespace {

constexpr size_t kPairOctets = 13;
constexpr size_t kSpare = 3;
constexpr uint64_t kDigitMask = (uint64_t{1} << kRsaDigitBits) - 1;

// Big-endian, the last pair at the end.
using Buffer = std::array<uint8_t, kSpare + kMostRsaDigits / 2 * kPairOctets>;

uint64_t BigEndian(uint64_t word) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(word)
                                                    : word;
}

uint64_t Load(const uint8_t* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return BigEndian(word);
}

void Store(uint64_t word, uint8_t* at) {
  word = BigEndian(word);
  std::memcpy(at, &word, sizeof(word));
}

}  // namespace

size_t RsaWidthFor(size_t bits) {
  for (const size_t digits : kRsaWidths) {
    if (bits + 2 <= digits * kRsaDigitBits) return digits;
  }
  return 0;
}

// Newton: each step doubles the bits that are right, of which an odd n's own
// are three.
uint64_t NegativeInverse(uint64_t n) {
  uint64_t inverse = n;
  for (int right = 3; right < static_cast<int>(kRsaDigitBits); right *= 2) {
    inverse *= 2 - n * inverse;
  }
  return (0 - inverse) & kDigitMask;
}

void ToDigits(std::span<const uint8_t> octets, std::span<uint64_t> digits) {
  Buffer buffer;
  assert(digits.size() % 2 == 0 && digits.size() <= kMostRsaDigits);
  assert(octets.size() <= digits.size() / 2 * kPairOctets);
  const auto zeros = std::span(buffer).first(buffer.size() - octets.size());
  std::ranges::fill(zeros, uint8_t{0});
  std::ranges::copy(octets, zeros.end().base());
  const uint8_t* at = buffer.data() + buffer.size();
  for (size_t i = 0; i < digits.size(); i += 2) {
    const uint64_t low = Load(at - 8);
    digits[i] = low & kDigitMask;
    digits[i + 1] = (low >> kRsaDigitBits | Load(at - 16) << 12) & kDigitMask;
    at -= kPairOctets;
  }
}

void ToOctets(std::span<const uint64_t> digits, std::span<uint8_t> octets) {
  Buffer buffer;
  assert(digits.size() % 2 == 0 && digits.size() <= kMostRsaDigits);
  assert(octets.size() <= digits.size() / 2 * kPairOctets);
  uint8_t* at = buffer.data() + buffer.size();
  for (size_t i = 0; i < digits.size(); i += 2) {
    Store(digits[i] | digits[i + 1] << kRsaDigitBits, at - 8);
    Store(digits[i + 1] >> 12, at - 16);
    at -= kPairOctets;
  }
  std::ranges::copy(std::span<const uint8_t>(buffer).last(octets.size()),
                    octets.begin());
}

}  // namespace mailassay::crypto
