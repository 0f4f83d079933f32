// A hash value of up to 32 octets: SHA-1 (20) or SHA-256 (32).  A plain value.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace mailassay {

struct Digest {
  std::array<uint8_t, 32> bytes{};
  uint8_t size = 0;  // 0: not computed

  std::span<const uint8_t> span() const { return {bytes.data(), size}; }
  friend bool operator==(const Digest& a, const Digest& b) {
    return a.size == b.size &&
           std::equal(a.bytes.begin(), a.bytes.begin() + a.size,
                      b.bytes.begin());
  }
};

}  // namespace mailassay
