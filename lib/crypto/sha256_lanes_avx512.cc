// SHA-256 (FIPS 180-4 section 6.2.2) with one lane of a vector for each hash:
// vector a holds word a of sixteen states, vector w[t] word t of sixteen
// schedules.  The rounds are then the scalar ones, sixteen at once.
//
// - A block is a row of sixteen words in each lane's own text.  Sixteen rows
//   are loaded, turned to big endian, and transposed, so that each vector has
//   one word of every lane.
// - The schedule is a ring: in rounds 16 to 63, w[t % 16] is replaced by
//   w[t] just before it is used.  The vectors of the ring, the state and a few
//   temporaries fit the 32 registers.
// - Ch, Maj and the sums of three are one ternary-logic instruction each, the
//   rotations one each; these, on one port, are what the speed is bound by.
//
// A lane that is not live computes on the text of one that is, and its result
// is not stored.
#include "lib/crypto/sha256_lanes.h"

#if defined(__x86_64__)

#include <immintrin.h>

// g++ 12 takes the undefined operand inside some intrinsics for a mistake.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#define MAILASSAY_TARGET \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define MAILASSAY_INLINE MAILASSAY_TARGET __attribute__((always_inline)) inline

namespace mailassay::crypto {
namespace {

using V = __m512i;

constexpr int kWords = 16;  // of a block

// Truth tables of the ternary-logic instruction.
constexpr int kXor = 0x96;       // x ^ y ^ z
constexpr int kChoose = 0xca;    // x ? y : z
constexpr int kMajority = 0xe8;  // at least two of three

MAILASSAY_INLINE V Add(V a, V b) { return _mm512_add_epi32(a, b); }

MAILASSAY_INLINE V Xor(V a, V b, V c) {
  return _mm512_ternarylogic_epi32(a, b, c, kXor);
}

// FIPS 180-4 section 4.1.2: the capital and the small sigmas.
template <int k1, int k2, int k3>
MAILASSAY_INLINE V Rotations(V x) {
  return Xor(_mm512_ror_epi32(x, k1), _mm512_ror_epi32(x, k2),
             _mm512_ror_epi32(x, k3));
}

template <int k1, int k2, int kShift>
MAILASSAY_INLINE V RotationsAndShift(V x) {
  return Xor(_mm512_ror_epi32(x, k1), _mm512_ror_epi32(x, k2),
             _mm512_srli_epi32(x, kShift));
}

// Round t, with the state's letters where they stand before it.  Afterwards d
// is the new e and h the new a; the next round names them so.
MAILASSAY_INLINE void Round(V a, V b, V c, V& d, V e, V f, V g, V& h, V w,
                            uint32_t k) {
  const V with_word = Add(h, Add(w, _mm512_set1_epi32(static_cast<int>(k))));
  const V with_choice =
      Add(with_word, _mm512_ternarylogic_epi32(e, f, g, kChoose));
  const V t1 = Add(with_choice, Rotations<6, 11, 25>(e));
  const V t2 = Add(Rotations<2, 13, 22>(a),
                   _mm512_ternarylogic_epi32(a, b, c, kMajority));
  d = Add(d, t1);
  h = Add(t1, t2);
}

// Replaces word t - 16 of the schedule by word t.
template <int t>
MAILASSAY_INLINE void Extend(V* w) {
  const V s0 = RotationsAndShift<7, 18, 3>(w[(t + 1) % kWords]);
  const V s1 = RotationsAndShift<17, 19, 10>(w[(t + 14) % kWords]);
  w[t % kWords] = Add(Add(w[t % kWords], s0), Add(w[(t + 9) % kWords], s1));
}

template <bool kExtend, int t>
MAILASSAY_INLINE void RoundOf(V* s, V* w, const uint32_t* k) {
  if constexpr (kExtend) Extend<t>(w);
  Round(s[(0 - t) & 7], s[(1 - t) & 7], s[(2 - t) & 7], s[(3 - t) & 7],
        s[(4 - t) & 7], s[(5 - t) & 7], s[(6 - t) & 7], s[(7 - t) & 7], w[t],
        k[t]);
}

// Rounds 0 to 15 of the block (kExtend false), or sixteen later ones.
template <bool kExtend>
MAILASSAY_INLINE void SixteenRounds(V* s, V* w, const uint32_t* k) {
  RoundOf<kExtend, 0>(s, w, k);
  RoundOf<kExtend, 1>(s, w, k);
  RoundOf<kExtend, 2>(s, w, k);
  RoundOf<kExtend, 3>(s, w, k);
  RoundOf<kExtend, 4>(s, w, k);
  RoundOf<kExtend, 5>(s, w, k);
  RoundOf<kExtend, 6>(s, w, k);
  RoundOf<kExtend, 7>(s, w, k);
  RoundOf<kExtend, 8>(s, w, k);
  RoundOf<kExtend, 9>(s, w, k);
  RoundOf<kExtend, 10>(s, w, k);
  RoundOf<kExtend, 11>(s, w, k);
  RoundOf<kExtend, 12>(s, w, k);
  RoundOf<kExtend, 13>(s, w, k);
  RoundOf<kExtend, 14>(s, w, k);
  RoundOf<kExtend, 15>(s, w, k);
}

// Sixteen words of one lane's text, each turned to this processor's order.
MAILASSAY_INLINE V LoadRow(const uint8_t* in) {
  const V swap = _mm512_broadcast_i32x4(
      _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3));
  return _mm512_shuffle_epi8(_mm512_loadu_si512(in), swap);
}

// Four rows of one quarter of the lanes: out[j] has, in each of its four
// 128-bit parts, words j, j + 4, j + 8, j + 12 of the four rows.
MAILASSAY_INLINE void TransposeFour(const V* rows, V* out) {
  const V low01 = _mm512_unpacklo_epi32(rows[0], rows[1]);
  const V high01 = _mm512_unpackhi_epi32(rows[0], rows[1]);
  const V low23 = _mm512_unpacklo_epi32(rows[2], rows[3]);
  const V high23 = _mm512_unpackhi_epi32(rows[2], rows[3]);
  out[0] = _mm512_unpacklo_epi64(low01, low23);
  out[1] = _mm512_unpackhi_epi64(low01, low23);
  out[2] = _mm512_unpacklo_epi64(high01, high23);
  out[3] = _mm512_unpackhi_epi64(high01, high23);
}

// The same with 128-bit parts in place of words: out[0], out[4], out[8] and
// out[12] are parts 0 to 3 of q0, q1, q2, q3.
MAILASSAY_INLINE void TransposeParts(V q0, V q1, V q2, V q3, V* out) {
  const V even01 = _mm512_shuffle_i32x4(q0, q1, 0x88);  // q0.0 q0.2 q1.0 q1.2
  const V odd01 = _mm512_shuffle_i32x4(q0, q1, 0xdd);
  const V even23 = _mm512_shuffle_i32x4(q2, q3, 0x88);
  const V odd23 = _mm512_shuffle_i32x4(q2, q3, 0xdd);
  out[0] = _mm512_shuffle_i32x4(even01, even23, 0x88);
  out[4] = _mm512_shuffle_i32x4(odd01, odd23, 0x88);
  out[8] = _mm512_shuffle_i32x4(even01, even23, 0xdd);
  out[12] = _mm512_shuffle_i32x4(odd01, odd23, 0xdd);
}

// w[t] = word t of the block at in[i] + offset, for each lane i.
MAILASSAY_INLINE void LoadBlock(const uint8_t* const* in, size_t offset, V* w) {
  V quarters[16];
#pragma GCC unroll 16
  for (int q = 0; q < 4; ++q) {
    V rows[4];
#pragma GCC unroll 16
    for (int i = 0; i < 4; ++i) rows[i] = LoadRow(in[4 * q + i] + offset);
    TransposeFour(rows, quarters + 4 * q);
  }
#pragma GCC unroll 16
  for (int j = 0; j < 4; ++j) {
    TransposeParts(quarters[j], quarters[4 + j], quarters[8 + j],
                   quarters[12 + j], w + j);
  }
}

}  // namespace

MAILASSAY_TARGET void CompressSha256LanesAvx512(
    Sha256Lanes& lanes, const uint8_t* const in[kSha256Lanes], size_t blocks,
    uint16_t live) {
  if (live == 0) return;
  const uint8_t* const any = in[__builtin_ctz(live)];
  const uint8_t* text[kSha256Lanes];
  for (size_t i = 0; i < kSha256Lanes; ++i) {
    text[i] = (live >> i & 1) != 0 ? in[i] : any;
  }
  V state[8];
#pragma GCC unroll 16
  for (int i = 0; i < 8; ++i) state[i] = _mm512_load_si512(lanes.state[i]);
  for (size_t b = 0; b < blocks; ++b) {
    V s[8], w[kWords];
#pragma GCC unroll 16
    for (int i = 0; i < 8; ++i) s[i] = state[i];
    LoadBlock(text, b * 64, w);
    SixteenRounds<false>(s, w, kSha256RoundConstants);
    for (int t = kWords; t < 64; t += kWords) {
      SixteenRounds<true>(s, w, kSha256RoundConstants + t);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 8; ++i) state[i] = Add(state[i], s[i]);
  }
#pragma GCC unroll 16
  for (int i = 0; i < 8; ++i) {
    _mm512_mask_store_epi32(lanes.state[i], live, state[i]);
  }
}

}  // namespace mailassay::crypto

#endif
