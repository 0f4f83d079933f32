// Which of many RSA moduli share a prime with another one: such keys are
// broken, for a gcd gives both away.  The product of all moduli goes down a
// remainder tree, so that thousands take seconds instead of one gcd a pair
// (Bernstein, "How to find smooth parts of integers", 2004; Heninger,
// Durumeric, Wustrow, Halderman, "Mining your Ps and Qs", 2012).
//
// Pure; takes any octets, however hostile.  Memory: about 4 (2 + log2 n) times
// the octets of the distinct moduli.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mailassay::crypto {

struct SharedFactor {
  std::vector<uint8_t> factor;  // big-endian; above 1
  // Indexes of the moduli that share it, rising, at least two; of equal moduli
  // the first.
  std::vector<size_t> moduli;
};

// `moduli` big-endian.  Equal moduli are one modulus; 0 and 1 are none.  Primes
// below 10^6 do not count: a damaged key shares such with many.  The factors
// have no divisor in common with each other; by their first two moduli.  Of
// hostile moduli with over 100 different products of shared primes, only the
// first 100 are taken apart; the rest are given as they are, where two moduli
// have the same.
std::vector<SharedFactor> FindSharedFactors(
    std::span<const std::span<const uint8_t>> moduli);

}  // namespace mailassay::crypto
