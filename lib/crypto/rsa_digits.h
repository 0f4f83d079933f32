// Moduli and octets in the 52-bit digits of rsa_lanes.h, the least digit first.
// Pure; any number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "lib/crypto/rsa_lanes.h"

namespace mailassay::crypto {

// What a lane needs to know of n, besides n: R = 2^(52 * digits()).
struct LaneModulus {
  // Of rsa_lanes.h's widths; 0 for a key that does not go into lanes.
  size_t digits() const { return modulus.size(); }

  std::vector<uint64_t> modulus;
  std::vector<uint64_t> r_squared;  // R^2 mod n
  uint64_t inverse = 0;             // -1/n mod 2^52
};

// The least width that holds a modulus of so many bits; 0: none does.
size_t RsaWidthFor(size_t bits);

// -1/n mod 2^52.  REQUIRES: n odd.
uint64_t NegativeInverse(uint64_t n);

// REQUIRES: an even number of digits up to kMostRsaDigits, which hold the
// value (big-endian octets).
void ToDigits(std::span<const uint8_t> octets, std::span<uint64_t> digits);
// The other way: all of `octets` is written.  REQUIRES: digits below 2^52; the
// octets hold the value and are no more than the digits fill.
void ToOctets(std::span<const uint64_t> digits, std::span<uint8_t> octets);

}  // namespace mailassay::crypto
