// What the kernels of text_scan.h have in common: plain data and their names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace mailassay::mail {

inline constexpr size_t kMostWanted = 8;  // octets

// What is wanted, as one number: a kernel that calls nothing keeps its vectors
// in registers.
struct WantedWord {
  explicit WantedWord(std::string_view wanted) {
    uint8_t octets[kMostWanted] = {};
    std::memcpy(octets, wanted.data(), wanted.size());
    std::memcpy(&word, octets, sizeof word);
    std::memset(octets, 0xFF, wanted.size());
    std::memset(octets + wanted.size(), 0, kMostWanted - wanted.size());
    std::memcpy(&mask, octets, sizeof mask);
  }
  // REQUIRES: kMostWanted octets may be read at `p`.
  bool StandsAt(const char* p) const {
    uint64_t octets;
    std::memcpy(&octets, p, sizeof octets);
    return (octets & mask) == word;
  }

  uint64_t word, mask;
};

// Where `wanted` first stands in [begin, end), or `end`.  Reads nothing else.
// REQUIRES: `wanted` has 3 to kMostWanted octets.
using TextScan = const char*(const char* begin, const char* end,
                             std::string_view wanted);

TextScan FindTextAvx512;
TextScan FindTextAvx2;
TextScan FindTextPortable;

}  // namespace mailassay::mail
