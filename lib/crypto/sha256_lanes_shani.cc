// SHA-256 (FIPS 180-4 section 6.2.2) by the processor's SHA instructions, for
// two hashes at a time.
//
// An instruction does two rounds, and the next needs its result: one hash
// leaves the unit idle for part of every wait.  Two that have nothing to do
// with each other fill it; a third finds no room.
//
// - The instructions want the state as the two vectors ABEF and CDGH, first
//   letter highest.  Two rounds give a new ABEF, and what was ABEF is the new
//   CDGH: so the two swap their parts, and after four rounds stand as before.
// - The schedule is a ring of four vectors of four words, of which the oldest
//   is replaced by the next four words just before they are used.
//
// The live lanes are taken two by two, the last of an odd number alone.
#include "lib/crypto/sha256_lanes.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define MAILASSAY_TARGET __attribute__((target("sha,sse4.1,ssse3")))
#define MAILASSAY_INLINE MAILASSAY_TARGET __attribute__((always_inline)) inline

namespace mailassay::crypto {
namespace {

using V = __m128i;

struct Hash {
  V abef, cdgh;
  V w[4];
};

MAILASSAY_INLINE V Load(const void* p) {
  return _mm_loadu_si128(static_cast<const V*>(p));
}

MAILASSAY_INLINE V FourWords(uint32_t w3, uint32_t w2, uint32_t w1,
                             uint32_t w0) {
  return _mm_set_epi32(static_cast<int>(w3), static_cast<int>(w2),
                       static_cast<int>(w1), static_cast<int>(w0));
}

MAILASSAY_INLINE void TakeState(const Sha256Lanes& lanes, size_t lane,
                                Hash& hash) {
  const auto& s = lanes.state;
  hash.abef = FourWords(s[0][lane], s[1][lane], s[4][lane], s[5][lane]);
  hash.cdgh = FourWords(s[2][lane], s[3][lane], s[6][lane], s[7][lane]);
}

MAILASSAY_INLINE void PutState(const Hash& hash, size_t lane,
                               Sha256Lanes& lanes) {
  constexpr int kAbef[4] = {5, 4, 1, 0};
  constexpr int kCdgh[4] = {7, 6, 3, 2};
  uint32_t abef[4], cdgh[4];
  _mm_storeu_si128(reinterpret_cast<V*>(abef), hash.abef);
  _mm_storeu_si128(reinterpret_cast<V*>(cdgh), hash.cdgh);
  for (int i = 0; i < 4; ++i) {
    lanes.state[kAbef[i]][lane] = abef[i];
    lanes.state[kCdgh[i]][lane] = cdgh[i];
  }
}

// The schedule's first sixteen words, each turned to this processor's order.
MAILASSAY_INLINE void LoadBlock(const uint8_t* in, Hash& hash) {
  const V swap =
      _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    hash.w[i] = _mm_shuffle_epi8(Load(in + 16 * i), swap);
  }
}

// Replaces words t - 16 to t - 13 of the schedule by words t to t + 3.
template <int t>
MAILASSAY_INLINE void Extend(V* w) {
  constexpr int kRow = t / 4;
  const V last = w[(kRow + 3) % 4];
  const V with_s0 = _mm_sha256msg1_epu32(w[kRow % 4], w[(kRow + 1) % 4]);
  const V seven_back = _mm_alignr_epi8(last, w[(kRow + 2) % 4], 4);
  w[kRow % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(with_s0, seven_back), last);
}

// Rounds t to t + 3.
template <int t>
MAILASSAY_INLINE void FourRounds(Hash& hash) {
  constexpr int kUpperHalf = 0x0e;
  if constexpr (t >= 16) Extend<t>(hash.w);
  const V words =
      _mm_add_epi32(hash.w[t / 4 % 4], Load(kSha256RoundConstants + t));
  hash.cdgh = _mm_sha256rnds2_epu32(hash.cdgh, hash.abef, words);
  hash.abef = _mm_sha256rnds2_epu32(hash.abef, hash.cdgh,
                                    _mm_shuffle_epi32(words, kUpperHalf));
}

// The hashes take turns, so that each has its waits filled by the other.
template <int t, int kHashes>
MAILASSAY_INLINE void RoundsFrom(Hash* hashes) {
#pragma GCC unroll 2
  for (int i = 0; i < kHashes; ++i) FourRounds<t>(hashes[i]);
  if constexpr (t + 4 < 64) RoundsFrom<t + 4, kHashes>(hashes);
}

template <int kHashes>
MAILASSAY_TARGET void Compress(Sha256Lanes& lanes, const uint8_t* const* in,
                               size_t blocks, const size_t* of_lanes) {
  Hash hashes[kHashes];
#pragma GCC unroll 2
  for (int i = 0; i < kHashes; ++i) TakeState(lanes, of_lanes[i], hashes[i]);
  for (size_t b = 0; b < blocks; ++b) {
    V abef[kHashes], cdgh[kHashes];
#pragma GCC unroll 2
    for (int i = 0; i < kHashes; ++i) {
      abef[i] = hashes[i].abef;
      cdgh[i] = hashes[i].cdgh;
      LoadBlock(in[of_lanes[i]] + b * 64, hashes[i]);
    }
    RoundsFrom<0, kHashes>(hashes);
#pragma GCC unroll 2
    for (int i = 0; i < kHashes; ++i) {
      hashes[i].abef = _mm_add_epi32(hashes[i].abef, abef[i]);
      hashes[i].cdgh = _mm_add_epi32(hashes[i].cdgh, cdgh[i]);
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i < kHashes; ++i) PutState(hashes[i], of_lanes[i], lanes);
}

}  // namespace

MAILASSAY_TARGET void CompressSha256LanesShaNi(
    Sha256Lanes& lanes, const uint8_t* const in[kSha256Lanes], size_t blocks,
    uint16_t live) {
  unsigned left = live;
  while (left != 0) {
    size_t pair[2];
    pair[0] = static_cast<size_t>(__builtin_ctz(left));
    left &= left - 1;
    if (left == 0) {
      Compress<1>(lanes, in, blocks, pair);
      return;
    }
    pair[1] = static_cast<size_t>(__builtin_ctz(left));
    left &= left - 1;
    Compress<2>(lanes, in, blocks, pair);
  }
}

}  // namespace mailassay::crypto

#endif
