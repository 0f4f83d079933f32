// Sixty-four octets at a time, nearly without a branch on what they are.
//
// The canonical text is the input with three changes: white space goes unless
// an octet of text follows it, so that of each run within a line the last octet
// stays; that octet becomes SP; and CR comes before each LF that ends a line
// without one.  Comparisons give a mask of 64 bits for each octet that matters,
// and shifted masks say what follows or precedes an octet: bit i of `keep`, the
// octet stays; bit i of `insert`, CR comes before it.
//
// A compression drops the octets that go, where any does: in mail that is rare
// enough to be foreseen.  Lines are longer than a block, so that mostly one CR
// is inserted at most: an expansion makes a gap for it.  For several CRs each
// octet is paired with a CR before it: of the pairs' 128 octets a compression
// keeps those whose bits, keep and insert interleaved, are set.
//
// Behind the end of the input white space is assumed: so white space at the end
// goes, held back, as it must.  Under simple the assumed octets are written and
// then taken back.

#if defined(__x86_64__)

#include <immintrin.h>

#include "lib/dkim/canonical_kernel_data.h"

#define MAILASSAY_AVX512 \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2,bmi2,popcnt")))
#define MAILASSAY_INLINE inline __attribute__((always_inline)) MAILASSAY_AVX512

namespace mailassay::dkim {
namespace {

constexpr size_t kBlock = 64;
constexpr uint64_t kAll = ~uint64_t{0};
constexpr uint64_t kEven = 0x5555555555555555;  // the CR of a pair
constexpr uint64_t kOdd = ~kEven;               // the octet of a pair

struct Block {
  __m512i octets;  // under relaxed with SP for TAB
  uint64_t lf;
  uint64_t cr;
  uint64_t wsp;  // none under simple
};

bool IsWsp(char c) { return c == ' ' || c == '\t'; }

// What is to be read.
struct Text {
  const char* octets;
  size_t size;
};

// The block from text.octets[at] on; SP where the text has ended.
MAILASSAY_INLINE __m512i Load(const Text& text, size_t at) {
  const __m512i spaces = _mm512_set1_epi8(' ');
  if (at >= text.size) return spaces;
  const char* const p = text.octets + at;
  const size_t left = text.size - at;
  if (left >= kBlock) return _mm512_loadu_si512(p);
  return _mm512_mask_loadu_epi8(spaces, (uint64_t{1} << left) - 1, p);
}

template <bool kRelaxed>
MAILASSAY_INLINE Block Look(const Text& text, size_t at) {
  Block block{.octets = Load(text, at), .lf = 0, .cr = 0, .wsp = 0};
  block.lf = _mm512_cmpeq_epi8_mask(block.octets, _mm512_set1_epi8('\n'));
  block.cr = _mm512_cmpeq_epi8_mask(block.octets, _mm512_set1_epi8('\r'));
  if constexpr (kRelaxed) {
    const __m512i spaces = _mm512_set1_epi8(' ');
    block.octets = _mm512_mask_mov_epi8(
        block.octets,
        _mm512_cmpeq_epi8_mask(block.octets, _mm512_set1_epi8('\t')), spaces);
    block.wsp = _mm512_cmpeq_epi8_mask(block.octets, spaces);
  }
  return block;
}

// Bit i: bit i + 1 of `mask`, or the first of the next block's.
MAILASSAY_INLINE uint64_t Next(uint64_t mask, uint64_t mask_after) {
  return mask >> 1 | mask_after << 63;
}

// White space, and where a line end begins.  Of the last bit no use is made
// unless `lf_after`, the next block's mask, is given.
template <bool kLf>
MAILASSAY_INLINE uint64_t WspOrLineEnd(const Block& block, uint64_t lf_after) {
  const uint64_t crlf = block.cr & Next(block.lf, lf_after);
  return block.wsp | crlf | (kLf ? block.lf : 0);
}

MAILASSAY_INLINE __m512i Compress(__m512i octets, uint64_t keep) {
  return keep == kAll ? octets : _mm512_maskz_compress_epi8(keep, octets);
}

MAILASSAY_INLINE char* Write(__m512i octets, uint64_t keep, char* out) {
  _mm512_storeu_si512(out, Compress(octets, keep));
  return out + __builtin_popcountll(keep);
}

MAILASSAY_INLINE char* WritePairs(__m512i octets, uint64_t keep,
                                  uint64_t insert, char* out) {
  // Unpacking takes the halves of each quarter: put them in its order.
  const __m512i halves = _mm512_maskz_permutexvar_epi64(
      0xff, _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7), octets);
  const __m512i cr = _mm512_set1_epi8('\r');
  out = Write(_mm512_unpacklo_epi8(cr, halves),
              _pdep_u64(keep, kOdd) | _pdep_u64(insert, kEven), out);
  return Write(_mm512_unpackhi_epi8(cr, halves),
               _pdep_u64(keep >> 32, kOdd) | _pdep_u64(insert >> 32, kEven),
               out);
}

MAILASSAY_INLINE char* WriteLines(__m512i octets, uint64_t keep,
                                  uint64_t insert, char* out) {
  const bool several = (insert & (insert - 1)) != 0;
  if (several) return WritePairs(octets, keep, insert, out);
  const size_t inserted = insert != 0;
  const __m512i kept = Compress(octets, keep);
  // The second store leaves only the last octet of the first.
  _mm512_storeu_si512(out + inserted, kept);
  _mm512_storeu_si512(out,
                      _mm512_mask_expand_epi8(_mm512_set1_epi8('\r'),
                                              ~_pext_u64(insert, keep), kept));
  return out + __builtin_popcountll(keep) + inserted;
}

template <bool kRelaxed, bool kLf>
MAILASSAY_AVX512 void Run(KernelRun& run) {
  const bool ends_in_cr = run.in_end[-1] == '\r';
  const Text text{run.in,
                  static_cast<size_t>(run.in_end - run.in) - ends_in_cr};
  char* out = run.out;
  size_t at = 0;
  uint64_t cr_before = 0;  // the octet before the block is CR
  Block block = Look<kRelaxed>(text, at);
  for (; at < text.size && out < run.out_end; at += kBlock) {
    const Block after = Look<kRelaxed>(text, at + kBlock);
    uint64_t keep = kAll;
    if constexpr (kRelaxed) {
      keep = ~(block.wsp & Next(WspOrLineEnd<kLf>(block, after.lf),
                                WspOrLineEnd<kLf>(after, 0)));
    }
    if constexpr (kLf) {
      const uint64_t insert = block.lf & ~(block.cr << 1 | cr_before);
      cr_before = block.cr >> 63;
      out = WriteLines(block.octets, keep, insert, out);
    } else {
      out = Write(block.octets, keep, out);
    }
    block = after;
  }
  if (at >= text.size) {
    if constexpr (!kRelaxed) out -= at - text.size;
    at = text.size;
    run.held_wsp = kRelaxed && at > 0 && IsWsp(text.octets[at - 1]);
  } else if (at > 0 && text.octets[at - 1] == '\r') {
    --at;  // LF may follow it
    --out;
  }
  run.in += at;
  run.out = out;
}

}  // namespace

MAILASSAY_AVX512 void RunCanonicalAvx512(KernelForm form, KernelRun& run) {
  if (run.in == run.in_end) return;
  switch (form) {
    case KernelForm::kRelaxedCrlf:
      return Run<true, false>(run);
    case KernelForm::kRelaxedLf:
      return Run<true, true>(run);
    case KernelForm::kSimpleLf:
      return Run<false, true>(run);
  }
}

}  // namespace mailassay::dkim

#endif
