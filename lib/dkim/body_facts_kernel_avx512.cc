// Sixty-four octets at a time, each block loaded a second time from one octet
// before: so the octet before each stands at the same place, and a comparison
// under the mask of another finds a pair.  The masks stay in mask registers and
// are gathered there.  The smallest and the largest octet of each place are
// kept, so that NUL and 8-bit octets are looked for only once, at the end.

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include "lib/dkim/body_facts_kernel_data.h"

#define MAILASSAY_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#define MAILASSAY_INLINE inline __attribute__((always_inline)) MAILASSAY_AVX512

namespace mailassay::dkim {
namespace {

constexpr size_t kBlock = 64;

// What has been seen, as not 0.
struct Seen {
  __m512i smallest;  // of the octets at each place of a block
  __m512i any;       // their bits
  __mmask64 crlf = 0;
  __mmask64 bare_cr = 0;
  __mmask64 bare_lf = 0;
  __mmask64 quote_line = 0;
  __mmask64 quote_f = 0;
  __mmask64 dash_line = 0;
};

// The first `count` bits, or all.
MAILASSAY_INLINE uint64_t Bits(size_t count) {
  return count < kBlock ? (uint64_t{1} << count) - 1 : ~uint64_t{0};
}

MAILASSAY_INLINE __mmask64 Equal(__m512i octets, char c) {
  return _mm512_cmpeq_epi8_mask(octets, _mm512_set1_epi8(c));
}

// Those of `among` too.
MAILASSAY_INLINE __mmask64 Equal(__m512i octets, char c, __mmask64 among) {
  return _mm512_mask_cmpeq_epi8_mask(among, octets, _mm512_set1_epi8(c));
}

MAILASSAY_INLINE void Gather(__mmask64 mask, __mmask64& all) {
  all = _kor_mask64(all, mask);
}

MAILASSAY_INLINE void See(__m512i octets, __m512i before, Seen& seen) {
  seen.smallest = _mm512_min_epu8(seen.smallest, octets);
  seen.any = _mm512_or_si512(seen.any, octets);
  const __mmask64 lf = Equal(octets, '\n');
  const __mmask64 after_cr = Equal(before, '\r');
  Gather(_kand_mask64(lf, after_cr), seen.crlf);
  Gather(_kandn_mask64(lf, after_cr), seen.bare_cr);
  Gather(_kandn_mask64(after_cr, lf), seen.bare_lf);
  const __mmask64 after_lf = Equal(before, '\n');
  Gather(Equal(octets, '>', after_lf), seen.quote_line);
  Gather(Equal(octets, '-', after_lf), seen.dash_line);
  Gather(Equal(octets, 'F', Equal(before, '>')), seen.quote_f);
}

}  // namespace

MAILASSAY_AVX512 void SeeOctetsAvx512(const char* in, size_t size, char before,
                                      SeenOctets& all) {
  if (size == 0) return;
  // An octet that is nothing in particular, and fills the last block.
  const __m512i filler = _mm512_set1_epi8('x');
  Seen seen{.smallest = filler, .any = filler};
  // The first block's octets before have `before` for their first.
  const uint64_t first = Bits(size);
  const __m512i at_start = _mm512_mask_set1_epi8(filler, 1, before);
  See(_mm512_mask_loadu_epi8(filler, first, in),
      _mm512_mask_loadu_epi8(at_start, first & ~uint64_t{1}, in - 1), seen);
  size_t at = kBlock;
  for (; at + kBlock <= size; at += kBlock) {
    See(_mm512_loadu_si512(in + at), _mm512_loadu_si512(in + at - 1), seen);
  }
  if (at < size) {
    const uint64_t last = Bits(size - at);
    See(_mm512_mask_loadu_epi8(filler, last, in + at),
        _mm512_mask_loadu_epi8(filler, last, in + at - 1), seen);
  }
  all.nul |= Equal(seen.smallest, '\0') != 0;
  all.eight_bit |= _mm512_movepi8_mask(seen.any) != 0;
  all.crlf |= seen.crlf != 0;
  all.bare_cr |= seen.bare_cr != 0;
  all.bare_lf |= seen.bare_lf != 0;
  all.quote_line |= seen.quote_line != 0;
  all.quote_f |= seen.quote_f != 0;
  all.dash_line |= seen.dash_line != 0;
}

}  // namespace mailassay::dkim

#endif
