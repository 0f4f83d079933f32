#include "lib/crypto/ed25519_encoding.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace mailassay::crypto {
namespace {

using Octets = std::array<uint8_t, 32>;  // little-endian, as RFC 8032 5.1.2

constexpr Octets Number(uint8_t first, uint8_t middle, uint8_t last) {
  Octets out{};
  out.fill(middle);
  out.front() = first;
  out.back() = last;
  return out;
}

constexpr Octets kZero = Number(0, 0, 0);
constexpr Octets kOne = Number(1, 0, 0);
constexpr Octets kMinusOne = Number(0xec, 0xff, 0x7f);
constexpr Octets kPrime = Number(0xed, 0xff, 0x7f);
// The group order, 2^252 + 27742317777372353535851937790883648493.
constexpr Octets kOrder = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                           0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                           0,    0,    0,    0,    0,    0,    0,    0,
                           0,    0,    0,    0,    0,    0,    0,    0x10};
// The y of the four points of order 8: y^2 = (1 -+ sqrt(1 + d)) / d.
constexpr Octets kOrderEight = {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0,
                                0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
                                0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39,
                                0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05};
constexpr Octets kOrderEightNegated = {
    0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
    0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
    0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a};

bool Below(Ed25519Octets a, const Octets& b) {
  return std::lexicographical_compare(a.rbegin(), a.rend(), b.rbegin(),
                                      b.rend());
}

// The y coordinate: the encoding without the sign of x, its topmost bit.
Octets Y(Ed25519Octets encoded) {
  Octets y;
  std::copy(encoded.begin(), encoded.end(), y.begin());
  y.back() &= 0x7f;
  return y;
}

}  // namespace

bool IsCanonicalPoint(Ed25519Octets encoded) {
  const Octets y = Y(encoded);
  const bool sign = encoded.back() >= 0x80;
  const bool x_is_zero = y == kOne || y == kMinusOne;
  return Below(y, kPrime) && !(x_is_zero && sign);
}

bool IsSmallOrderPoint(Ed25519Octets encoded) {
  const Octets y = Y(encoded);
  // Orders 4, 1, 2, 8, 8; both signs of x.
  return y == kZero || y == kOne || y == kMinusOne || y == kOrderEight ||
         y == kOrderEightNegated;
}

bool IsCanonicalScalar(Ed25519Octets encoded) { return Below(encoded, kOrder); }

}  // namespace mailassay::crypto
