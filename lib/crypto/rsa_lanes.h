// Eight RSA verifications side by side, as a vector kernel wants them.  Plain
// data: what an instruction set's own translation unit may include.
//
// Numbers are written in digits of 52 bits, the least first, and interleaved:
// number[i][lane] is digit i of that lane's number, so that one vector holds
// one digit of all lanes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mailassay::crypto {

inline constexpr size_t kRsaLanes = 8;
inline constexpr size_t kRsaDigitBits = 52;
// A batch works with 20, 40 or 80 digits.  R = 2^(52 * digits) must be more
// than 4n: a modulus has at most 52 * digits - 2 bits.
inline constexpr size_t kRsaWidths[] = {20, 40, 80};
inline constexpr size_t kMostRsaDigits = 80;

using LaneNumbers = uint64_t[kMostRsaDigits][kRsaLanes];

struct alignas(64) RsaLanes {
  LaneNumbers modulus;          // n, odd
  LaneNumbers r_squared;        // R^2 mod n
  LaneNumbers value;            // s below n; afterwards s^65537 mod n
  uint64_t inverse[kRsaLanes];  // -1/n mod 2^52
};

#if defined(__x86_64__)
// REQUIRES: digits of kRsaWidths, of which all numbers are written; a processor
// with AVX-512F and AVX-512 IFMA.
void RaiseLanesAvx512(size_t digits, RsaLanes& lanes);
#endif

}  // namespace mailassay::crypto
