// Thirty-two octets at a time, each block loaded a second time from one octet
// before: so the octet before each stands at the same place.  What is found is
// gathered as vectors and looked at only at the end.  The last block may reach
// back into the one before it: to see an octet twice changes nothing.

#if defined(__x86_64__)

#include <immintrin.h>

#include "lib/dkim/body_facts_kernel_data.h"

#define MAILASSAY_AVX2 __attribute__((target("avx2")))
#define MAILASSAY_INLINE inline __attribute__((always_inline)) MAILASSAY_AVX2

namespace mailassay::dkim {
namespace {

constexpr size_t kBlock = 32;

// What has been seen: some octet is not 0.
struct Seen {
  __m256i smallest;  // of the octets at each place of a block
  __m256i any;       // their bits
  __m256i crlf;
  __m256i bare_cr;
  __m256i bare_lf;
  __m256i quote_line;
  __m256i quote_f;
  __m256i dash_line;
};

MAILASSAY_INLINE __m256i Load(const char* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

MAILASSAY_INLINE __m256i Equal(__m256i octets, char c) {
  return _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(c));
}

MAILASSAY_INLINE bool Some(__m256i mask) {
  return _mm256_movemask_epi8(mask) != 0;
}

// The octets at `p`, with those before them.  REQUIRES: p[-1] is readable.
MAILASSAY_INLINE void See(const char* p, Seen& seen) {
  const __m256i octets = Load(p);
  const __m256i before = Load(p - 1);
  const __m256i lf = Equal(octets, '\n');
  const __m256i after_cr = Equal(before, '\r');
  seen.smallest = _mm256_min_epu8(seen.smallest, octets);
  seen.any = _mm256_or_si256(seen.any, octets);
  seen.crlf = _mm256_or_si256(seen.crlf, _mm256_and_si256(lf, after_cr));
  seen.bare_cr =
      _mm256_or_si256(seen.bare_cr, _mm256_andnot_si256(lf, after_cr));
  seen.bare_lf =
      _mm256_or_si256(seen.bare_lf, _mm256_andnot_si256(after_cr, lf));
  const __m256i after_lf = Equal(before, '\n');
  seen.quote_line = _mm256_or_si256(
      seen.quote_line, _mm256_and_si256(after_lf, Equal(octets, '>')));
  seen.dash_line = _mm256_or_si256(
      seen.dash_line, _mm256_and_si256(after_lf, Equal(octets, '-')));
  seen.quote_f = _mm256_or_si256(
      seen.quote_f, _mm256_and_si256(Equal(before, '>'), Equal(octets, 'F')));
}

}  // namespace

MAILASSAY_AVX2 void SeeOctetsAvx2(const char* in, size_t size, char before,
                                  SeenOctets& all) {
  if (size <= kBlock) return SeeOctetsPortable(in, size, before, all);
  SeeOctetsPortable(in, 1, before, all);
  const __m256i zero = _mm256_setzero_si256();
  Seen seen{_mm256_set1_epi8(-1), zero, zero, zero, zero, zero, zero, zero};
  const size_t last = size - kBlock;
  for (size_t at = 1; at < last; at += kBlock) See(in + at, seen);
  See(in + last, seen);
  all.nul |= Some(Equal(seen.smallest, '\0'));
  all.eight_bit |= Some(seen.any);
  all.crlf |= Some(seen.crlf);
  all.bare_cr |= Some(seen.bare_cr);
  all.bare_lf |= Some(seen.bare_lf);
  all.quote_line |= Some(seen.quote_line);
  all.quote_f |= Some(seen.quote_f);
  all.dash_line |= Some(seen.dash_line);
}

}  // namespace mailassay::dkim

#endif
