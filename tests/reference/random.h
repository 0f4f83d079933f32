// A pseudo-random generator whose numbers are the same on every machine and in
// every standard library: SplitMix64 (Steele, Lea, Flood 2014).  For tests and
// generated archives only, never for secrets.
#pragma once

#include <cstdint>

namespace mailassay::reference {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  // An independent stream for the `index`-th thing made from `seed`.
  Random(uint64_t seed, uint64_t index)
      : state_(Random(seed).Next() ^ Random(~index).Next()) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // 0 to n - 1; n up to 2^32, the bias below 2^-32 does not matter here.
  uint64_t Below(uint64_t n) { return (Next() >> 32) * n >> 32; }
  // 0 up to, not including, 1; exact in a double.
  double Unit() { return static_cast<double>(Next() >> 11) * 0x1p-53; }
  bool Chance(double probability) { return Unit() < probability; }

 private:
  uint64_t state_;
};

}  // namespace mailassay::reference
