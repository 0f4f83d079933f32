// Eight octets as one number, to look at all of them with few operations: what
// is asked of each octet is answered in its bit 7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace mailassay {

inline constexpr size_t kWord = 8;
inline constexpr uint64_t kOnes = 0x0101010101010101;  // one octet, eight times
inline constexpr uint64_t kHigh = 0x80 * kOnes;

inline uint64_t LoadWord(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, kWord);
  return word;
}

// Bit 7 of each octet that is not 0; other bits may be set too.
inline uint64_t NotZero(uint64_t word) {
  return ((word & ~kHigh) + ~kHigh) | word;
}

}  // namespace mailassay
