// Thirty-two octets at a time; most blocks are copied as they are, but for TAB.
//
// Comparisons give masks of 32 bits: white space, and line ends.  An octet
// stands after white space if the one before it is white space, or is a line
// end that itself stands after white space.  So does a carry in an addition
// rise: white space makes one, a line end passes it on, and text ends it.  With
// both bits of white space set in two numbers, and the bit of a line end in one
// of them, their sum has carried into exactly the bits after white space; what
// it carries out belongs to the next block.  Line ends go, and white space
// after white space; where there are such octets, the block is taken in words
// of eight: pext takes the octets that stay out of each.
//
// What is written is never longer than what was read.  So a whole word may be
// stored though it has lost octets, if behind the output there is room for one.
// The last block reaches back into the one before it: octets seen already are
// taken as line ends, which go and leave the carry as it is.

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include "lib/dkim/field_kernel_data.h"

#define MAILASSAY_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define MAILASSAY_INLINE inline __attribute__((always_inline)) MAILASSAY_AVX2

namespace mailassay::dkim {
namespace {

constexpr size_t kBlock = 32;
constexpr size_t kWord = 8;
static_assert(kFieldSlack >= kWord);
constexpr uint32_t kAll = ~uint32_t{0};
constexpr uint64_t kOnes = 0x0101010101010101;  // one octet, eight times

MAILASSAY_INLINE __m256i Equal(__m256i octets, char c) {
  return _mm256_cmpeq_epi8(octets, _mm256_set1_epi8(c));
}

MAILASSAY_INLINE uint32_t Mask(__m256i octets) {
  return static_cast<uint32_t>(_mm256_movemask_epi8(octets));
}

MAILASSAY_INLINE __m256i* Vector(char* p) {
  return reinterpret_cast<__m256i*>(p);
}

MAILASSAY_INLINE char* WriteWord(uint64_t octets, uint32_t keep, char* out) {
  const uint64_t kept = _pext_u64(octets, _pdep_u64(keep, kOnes) * 0xff);
  __builtin_memcpy(out, &kept, kWord);
  return out + __builtin_popcount(keep & 0xff);
}

MAILASSAY_INLINE char* Write(__m256i octets, uint32_t keep, char* out) {
  if (keep == kAll) {
    _mm256_storeu_si256(Vector(out), octets);
    return out + kBlock;
  }
  uint64_t words[kBlock / kWord];
  __builtin_memcpy(words, &octets, kBlock);
  for (const uint64_t word : words) {
    out = WriteWord(word, keep, out);
    keep >>= kWord;
  }
  return out;
}

// Of the block at `in` the first `seen` octets have been dealt with;
// `lf_follows`: LF is the octet behind it.
MAILASSAY_INLINE char* Relax(const char* in, size_t seen, bool lf_follows,
                             char* out, bool& after_wsp) {
  const __m256i octets =
      _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
  const __m256i spaces = _mm256_set1_epi8(' ');
  const __m256i is_wsp =
      _mm256_or_si256(Equal(octets, ' '), Equal(octets, '\t'));
  const uint32_t fresh = kAll << seen;
  const uint32_t lf = Mask(Equal(octets, '\n'));
  const uint32_t crlf =
      Mask(Equal(octets, '\r')) & (lf >> 1 | uint32_t{lf_follows} << 31);
  const uint32_t line_end = lf | crlf | ~fresh;
  const uint32_t wsp = Mask(is_wsp) & fresh;
  const uint64_t sum = uint64_t{wsp | line_end} + wsp + after_wsp;
  const auto follows_wsp = static_cast<uint32_t>(sum) ^ line_end;
  after_wsp = sum >> kBlock != 0;
  return Write(_mm256_blendv_epi8(octets, spaces, is_wsp),
               ~(line_end | (wsp & follows_wsp)), out);
}

}  // namespace

MAILASSAY_AVX2 char* RelaxFieldAvx2(const char* in, size_t size, char* out,
                                    bool& after_wsp) {
  if (size < kBlock) return RelaxFieldPortable(in, size, out, after_wsp);
  const char* const last = in + (size - kBlock);
  bool carry = after_wsp;
  for (; in < last; in += kBlock) {
    out = Relax(in, 0, in[kBlock] == '\n', out, carry);
  }
  out = Relax(last, static_cast<size_t>(in - last), false, out, carry);
  after_wsp = carry;
  return out;
}

}  // namespace mailassay::dkim

#endif
