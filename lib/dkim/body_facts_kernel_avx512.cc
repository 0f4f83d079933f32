// Sixty-four octets at a time.  Comparisons give a mask of 64 bits for LF, CR,
// ">" and F; a mask shifted by one, with the last bit of the block before, says
// what precedes an octet.  The smallest and the largest octet of each place are
// kept, so that NUL and 8-bit octets are looked for only once, at the end.

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include "lib/dkim/body_facts_kernel_data.h"

#define MAILASSAY_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,bmi")))
#define MAILASSAY_INLINE inline __attribute__((always_inline)) MAILASSAY_AVX512

namespace mailassay::dkim {
namespace {

constexpr size_t kBlock = 64;

// What has been seen, as not 0.
struct Seen {
  __m512i smallest;  // of the octets at each place of a block
  __m512i any;       // their bits
  uint64_t crlf = 0;
  uint64_t bare_cr = 0;
  uint64_t bare_lf = 0;
  uint64_t quote_line = 0;
  uint64_t quote_f = 0;
  // Bit 0: of the octet before the block.
  uint64_t cr_before = 0;
  uint64_t lf_before = 0;
  uint64_t quote_before = 0;
};

MAILASSAY_INLINE uint64_t Equal(__m512i octets, char c) {
  return _mm512_cmpeq_epi8_mask(octets, _mm512_set1_epi8(c));
}

// `valid`: bits of the octets that are the input's.
MAILASSAY_INLINE void See(__m512i octets, uint64_t valid, Seen& seen) {
  seen.smallest = _mm512_min_epu8(seen.smallest, octets);
  seen.any = _mm512_or_si512(seen.any, octets);
  const uint64_t lf = Equal(octets, '\n');
  const uint64_t cr = Equal(octets, '\r');
  const uint64_t after_cr = (cr << 1 | seen.cr_before) & valid;
  const uint64_t after_lf = lf << 1 | seen.lf_before;
  const uint64_t quote = Equal(octets, '>');
  const uint64_t after_quote = quote << 1 | seen.quote_before;
  seen.crlf |= lf & after_cr;
  seen.bare_cr |= after_cr & ~lf;
  seen.bare_lf |= lf & ~after_cr;
  seen.quote_line |= after_lf & quote;
  seen.quote_f |= after_quote & Equal(octets, 'F');
  seen.cr_before = cr >> 63;
  seen.lf_before = lf >> 63;
  seen.quote_before = quote >> 63;
}

}  // namespace

MAILASSAY_AVX512 void SeeOctetsAvx512(const char* in, size_t size, char before,
                                      SeenOctets& all) {
  // An octet that is nothing in particular, and fills the last block.
  const __m512i filler = _mm512_set1_epi8('x');
  Seen seen{.smallest = filler, .any = filler};
  seen.cr_before = before == '\r';
  seen.lf_before = before == '\n';
  seen.quote_before = before == '>';
  for (; size >= kBlock; in += kBlock, size -= kBlock) {
    See(_mm512_loadu_si512(in), ~uint64_t{0}, seen);
  }
  if (size > 0) {
    const uint64_t valid = (uint64_t{1} << size) - 1;
    See(_mm512_mask_loadu_epi8(filler, valid, in), valid, seen);
  }
  all.nul |= Equal(seen.smallest, '\0') != 0;
  all.eight_bit |= _mm512_movepi8_mask(seen.any) != 0;
  all.crlf |= seen.crlf != 0;
  all.bare_cr |= seen.bare_cr != 0;
  all.bare_lf |= seen.bare_lf != 0;
  all.quote_line |= seen.quote_line != 0;
  all.quote_f |= seen.quote_f != 0;
}

}  // namespace mailassay::dkim

#endif
