// A block is copied as it is, then the first octet in it that may not be copied
// is found by comparing all its octets at once; the copy behind that octet is
// written again later.  In text nearly every such octet is a line end: a space
// matters only when white space or a line end follows it, which a second load,
// one octet further on, tells.

#include "lib/dkim/canonical_kernel.h"

#include <bit>
#include <cstdint>

#include "lib/base/ascii.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mailassay::dkim {
namespace {

// Octets of a block, and how many beyond it must be readable.
constexpr size_t kBlock = 32;
constexpr size_t kLookAhead = 1;

#if defined(__SSE2__)

inline __m128i Load(const char* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

inline uint32_t Mask(__m128i v) {
  return static_cast<uint32_t>(_mm_movemask_epi8(v));
}

// Octets up to SP: white space, line ends, and controls, which are rare.
inline __m128i IsLow(__m128i v) {
  return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(' ')), v);
}

template <bool kRelaxed, bool kLf>
inline uint32_t CopyHalf(const char* in, char* out) {
  const __m128i v = Load(in);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), v);
  if constexpr (kRelaxed) {
    const __m128i sp = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
    const __m128i lone_sp = _mm_andnot_si128(IsLow(Load(in + 1)), sp);
    return Mask(_mm_andnot_si128(lone_sp, IsLow(v)));
  }
  __m128i special = _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'));
  if constexpr (kLf) {
    special = _mm_or_si128(special, _mm_cmpeq_epi8(v, _mm_set1_epi8('\n')));
  }
  return Mask(special);
}

// Copies a block; returns how many of its octets were rightly copied.
template <bool kRelaxed, bool kLf>
inline size_t CopyPlain(const char* in, char* out) {
  const uint32_t low = CopyHalf<kRelaxed, kLf>(in, out);
  const uint32_t high = CopyHalf<kRelaxed, kLf>(in + 16, out + 16);
  const uint32_t special = low | high << 16;
  return special == 0 ? kBlock : static_cast<size_t>(std::countr_zero(special));
}

#else

template <bool kRelaxed, bool kLf>
inline size_t CopyPlain(const char* in, char* out) {
  for (size_t i = 0; i < kBlock; ++i) {
    const unsigned char c = static_cast<unsigned char>(in[i]);
    if constexpr (kRelaxed) {
      if (c < ' ') return i;
      if (c == ' ' && static_cast<unsigned char>(in[i + 1]) <= ' ') return i;
    } else {
      if (c == '\r' || (kLf && c == '\n')) return i;
    }
    out[i] = in[i];
  }
  return kBlock;
}

#endif

// Octets of the line end at `p`; 0: there is none.  REQUIRES: p + 1 is
// readable.
template <bool kLf>
inline size_t LineEndSize(const char* p) {
  if (*p == '\r' && p[1] == '\n') return 2;
  return kLf && *p == '\n' ? 1 : 0;
}

template <bool kRelaxed>
inline const char* SkipWsp(const char* p, const char* end) {
  if constexpr (kRelaxed) {
    while (p < end && IsWsp(*p)) ++p;
  }
  return p;
}

// Takes the white space at a line's start and the first octet of its text, or
// an empty line and the first octet of the next.  False, with nothing taken:
// there may be more than one empty line, or the end is near.
template <bool kRelaxed, bool kLf>
inline bool StartLine(const char*& in, const char* end, char*& out) {
  const char* next = SkipWsp<kRelaxed>(in, end);
  if (end - next < 4) return false;
  if (const size_t empty = LineEndSize<kLf>(next); empty > 0) {
    // One empty line before text, as between paragraphs.
    if (static_cast<unsigned char>(next[empty]) <= ' ') return false;
    *out++ = '\r';
    *out++ = '\n';
    *out++ = next[empty];
    in = next + empty + 1;
    return true;
  }
  if (next > in) *out++ = ' ';
  *out++ = *next++;
  in = next;
  return true;
}

template <bool kRelaxed, bool kLf>
void Run(KernelRun& run) {
  const char* in = run.in;
  char* out = run.out;
  while (static_cast<size_t>(run.in_end - in) >= kBlock + kLookAhead &&
         out < run.out_end) {
    const size_t plain = CopyPlain<kRelaxed, kLf>(in, out);
    in += plain;
    out += plain;
    if (plain == kBlock) continue;

    const char* next = SkipWsp<kRelaxed>(in, run.in_end);
    if (run.in_end - next < 2) break;  // what follows is not known yet
    const size_t line_end = LineEndSize<kLf>(next);
    if (line_end == 0) {
      // White space within a line, a bare CR, or another control octet.
      *out++ = next > in ? ' ' : *next++;
      in = next;
      continue;
    }
    *out++ = '\r';
    *out++ = '\n';
    in = next + line_end;
    if (!StartLine<kRelaxed, kLf>(in, run.in_end, out)) {
      run.at_line_start = true;
      break;
    }
  }
  run.in = in;
  run.out = out;
}

}  // namespace

void RunRelaxedKernel(bool lf_is_line_end, KernelRun& run) {
  lf_is_line_end ? Run<true, true>(run) : Run<true, false>(run);
}

void RunSimpleKernel(bool lf_is_line_end, KernelRun& run) {
  lf_is_line_end ? Run<false, true>(run) : Run<false, false>(run);
}

}  // namespace mailassay::dkim
