// Sixty-four octets at a time: those that are the first one wanted, and of
// a second load, a few octets further on, those that are the last but one. Both
// are seldom there at once (of "From " they are F and m, and there is "Fri, "
// in every header), so four such blocks are looked at before anything is asked;
// each such place is compared with all of what is searched.

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include "lib/mail/text_scan_data.h"

#define MAILASSAY_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,bmi")))
#define MAILASSAY_INLINE inline __attribute__((always_inline)) MAILASSAY_AVX512

namespace mailassay::mail {
namespace {

constexpr size_t kVector = 64;
constexpr size_t kBlock = 4 * kVector;

// The first octet wanted and the last but one, each in all places of a vector,
// and how many octets after the first the second one stands.
struct Pair {
  explicit MAILASSAY_INLINE Pair(std::string_view wanted)
      : first(_mm512_set1_epi8(wanted[0])),
        second(_mm512_set1_epi8(wanted[wanted.size() - 2])),
        distance(wanted.size() - 2) {}

  __m512i first, second;
  size_t distance;
};

// Bit i: p[i] is the first octet wanted, and the last but one is where it
// belongs.
MAILASSAY_INLINE uint64_t Pairs(const char* p, const Pair& pair) {
  const uint64_t first =
      _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p), pair.first);
  return _mm512_mask_cmpeq_epi8_mask(
      first, _mm512_loadu_si512(p + pair.distance), pair.second);
}

// The first of the places in `mask` where a hit is, or nullptr.
MAILASSAY_INLINE const char* FirstHit(const char* p, uint64_t mask,
                                      const WantedWord& wanted) {
  for (; mask != 0; mask &= mask - 1) {
    const char* const at = p + __builtin_ctzll(mask);
    if (wanted.StandsAt(at)) return at;
  }
  return nullptr;
}

}  // namespace

MAILASSAY_AVX512 const char* FindTextAvx512(const char* begin, const char* end,
                                            std::string_view wanted) {
  // A block is read with what a hit at its last octet needs.
  constexpr size_t kReach = kBlock + kMostWanted - 1;
  const WantedWord word(wanted);
  const Pair pair(wanted);
  const char* p = begin;
  for (; static_cast<size_t>(end - p) >= kReach; p += kBlock) {
    const uint64_t a = Pairs(p, pair);
    const uint64_t b = Pairs(p + kVector, pair);
    const uint64_t c = Pairs(p + 2 * kVector, pair);
    const uint64_t d = Pairs(p + 3 * kVector, pair);
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
