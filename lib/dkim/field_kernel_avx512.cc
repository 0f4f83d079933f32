// Sixty-four octets at a time, without a branch on what they are.
//
// Comparisons give masks of 64 bits: white space, and line ends.  An octet
// stands after white space if the one before it is white space, or is a line
// end that itself stands after white space.  So does a carry in an addition
// rise: white space makes one, a line end passes it on, and text ends it.  With
// both bits of white space set in two numbers, and the bit of a line end in one
// of them, their sum has carried into exactly the bits after white space; what
// it carries out belongs to the next block.  Line ends go, and white space
// after white space: one compression drops them.
//
// What is written is never longer than what was read.  So a whole block may be
// stored though it has lost octets, as long as there is one more to come; the
// last one is read and written under a mask.  Behind the end of the input line
// ends are assumed, which go and leave the carry as it is.

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include "lib/dkim/field_kernel_data.h"

#define MAILASSAY_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi2,popcnt")))
#define MAILASSAY_INLINE inline __attribute__((always_inline)) MAILASSAY_AVX512

namespace mailassay::dkim {
namespace {

constexpr size_t kBlock = 64;
constexpr uint64_t kAll = ~uint64_t{0};

struct Block {
  __m512i octets;  // those that stay
  int size;        // their number
};

MAILASSAY_INLINE uint64_t Equal(__m512i octets, char c) {
  return _mm512_cmpeq_epi8_mask(octets, _mm512_set1_epi8(c));
}

// `valid`: bits of the octets that are the input's; `lf_follows`: LF is the
// octet behind the block.
MAILASSAY_INLINE Block Relax(__m512i octets, uint64_t valid, bool lf_follows,
                             unsigned char& after_wsp) {
  const __m512i spaces = _mm512_set1_epi8(' ');
  const uint64_t lf = Equal(octets, '\n');
  const uint64_t next_lf = (lf & valid) >> 1 | uint64_t{lf_follows} << 63;
  const uint64_t line_end = lf | (Equal(octets, '\r') & next_lf);
  const uint64_t wsp = Equal(octets, ' ') | Equal(octets, '\t');
  unsigned long long sum;
  after_wsp = _addcarry_u64(after_wsp, wsp | line_end, wsp, &sum);
  const uint64_t follows_wsp = sum ^ line_end;  // where a carry came in
  const uint64_t keep = ~(line_end | (wsp & follows_wsp));
  return {_mm512_maskz_compress_epi8(keep,
                                     _mm512_mask_mov_epi8(octets, wsp, spaces)),
          __builtin_popcountll(keep)};
}

}  // namespace

MAILASSAY_AVX512 char* RelaxFieldAvx512(const char* in, size_t size, char* out,
                                        bool& after_wsp) {
  if (size == 0) return out;
  unsigned char carry = after_wsp;
  for (; size > kBlock; in += kBlock, size -= kBlock) {
    const Block block =
        Relax(_mm512_loadu_si512(in), kAll, in[kBlock] == '\n', carry);
    _mm512_storeu_si512(out, block.octets);
    out += block.size;
  }
  const uint64_t valid = kAll >> (kBlock - size);
  const Block last =
      Relax(_mm512_mask_loadu_epi8(_mm512_set1_epi8('\n'), valid, in), valid,
            false, carry);
  _mm512_mask_storeu_epi8(out, valid, last.octets);
  after_wsp = carry != 0;
  return out + last.size;
}

}  // namespace mailassay::dkim

#endif
