// Thirty-two octets at a time: those that are the first one wanted, and of
// a second load, a few octets further on, those that are the last but one. Both
// are seldom there at once (of "From " they are F and m, and there is "Fri, "
// in every header), so four such blocks are looked at before anything is asked;
// each such place is compared with all of what is searched.

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include "lib/mail/text_scan_data.h"

#define MAILASSAY_AVX2 __attribute__((target("avx2,bmi")))
#define MAILASSAY_INLINE inline __attribute__((always_inline)) MAILASSAY_AVX2

namespace mailassay::mail {
namespace {

constexpr size_t kVector = 32;
constexpr size_t kBlock = 4 * kVector;

// The first octet wanted and the last but one, each in all places of a vector,
// and how many octets after the first the second one stands.
struct Pair {
  explicit MAILASSAY_INLINE Pair(std::string_view wanted)
      : first(_mm256_set1_epi8(wanted[0])),
        second(_mm256_set1_epi8(wanted[wanted.size() - 2])),
        distance(wanted.size() - 2) {}

  __m256i first, second;
  size_t distance;
};

MAILASSAY_INLINE __m256i Equal(const char* p, __m256i octets) {
  return _mm256_cmpeq_epi8(
      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)), octets);
}

// Bit i: p[i] is the first octet wanted, and the last but one is where it
// belongs.
MAILASSAY_INLINE uint32_t Pairs(const char* p, const Pair& pair) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_and_si256(
      Equal(p, pair.first), Equal(p + pair.distance, pair.second))));
}

// The first of the places in `mask` where a hit is, or nullptr.
MAILASSAY_INLINE const char* FirstHit(const char* p, uint32_t mask,
                                      const WantedWord& wanted) {
  for (; mask != 0; mask &= mask - 1) {
    const char* const at = p + __builtin_ctz(mask);
    if (wanted.StandsAt(at)) return at;
  }
  return nullptr;
}

}  // namespace

MAILASSAY_AVX2 const char* FindTextAvx2(const char* begin, const char* end,
                                        std::string_view wanted) {
  // A block is read with what a hit at its last octet needs.
  constexpr size_t kReach = kBlock + kMostWanted - 1;
  const WantedWord word(wanted);
  const Pair pair(wanted);
  const char* p = begin;
  for (; static_cast<size_t>(end - p) >= kReach; p += kBlock) {
    const uint32_t a = Pairs(p, pair);
    const uint32_t b = Pairs(p + kVector, pair);
    const uint32_t c = Pairs(p + 2 * kVector, pair);
    const uint32_t d = Pairs(p + 3 * kVector, pair);
    if ((a | b | c | d) == 0) continue;
    if (const char* hit = FirstHit(p, a, word)) return hit;
    if (const char* hit = FirstHit(p + kVector, b, word)) return hit;
    if (const char* hit = FirstHit(p + 2 * kVector, c, word)) return hit;
    if (const char* hit = FirstHit(p + 3 * kVector, d, word)) return hit;
  }
  return FindTextPortable(p, end, wanted);
}

}  // namespace mailassay::mail

#endif
