#include "lib/dkim/body_facts.h"

#include <cstddef>

#include "lib/base/ascii.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace mailassay::dkim {
namespace {

// Facts of the octets [1, size - 1) and of the pairs they form with the octets
// beside them.
struct Seen {
  bool bare_cr = false;
  bool nul = false;
  bool eight_bit = false;
  bool crlf = false;
  bool bare_lf = false;
  bool quote_line = false;
};

void LookAt(char before, char c, char after, Seen& seen) {
  seen.nul |= c == '\0';
  seen.eight_bit |= Is8Bit(c);
  seen.bare_cr |= c == '\r' && after != '\n';
  seen.crlf |= c == '\n' && before == '\r';
  seen.bare_lf |= c == '\n' && before != '\r';
  seen.quote_line |= c == '\n' && after == '>';
}

#if defined(__SSE2__)

// Looks at the octets from `i` on in blocks of 16, each with the one before and
// the one after it; returns where it stopped.  REQUIRES: i >= 1.
size_t LookAtBlocks(std::string_view bytes, size_t i, Seen& seen) {
  const auto load = [&bytes](size_t at) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data() + at));
  };
  const __m128i cr = _mm_set1_epi8('\r');
  const __m128i lf = _mm_set1_epi8('\n');
  __m128i any = _mm_setzero_si128();
  __m128i nul = any, bare_cr = any, crlf = any, bare_lf = any, quote = any;
  for (; i + 17 <= bytes.size(); i += 16) {
    const __m128i v = load(i);
    const __m128i after = load(i + 1);
    const __m128i is_lf = _mm_cmpeq_epi8(v, lf);
    const __m128i after_cr = _mm_cmpeq_epi8(load(i - 1), cr);
    any = _mm_or_si128(any, v);
    nul = _mm_or_si128(nul, _mm_cmpeq_epi8(v, _mm_setzero_si128()));
    bare_cr = _mm_or_si128(bare_cr, _mm_andnot_si128(_mm_cmpeq_epi8(after, lf),
                                                     _mm_cmpeq_epi8(v, cr)));
    crlf = _mm_or_si128(crlf, _mm_and_si128(is_lf, after_cr));
    bare_lf = _mm_or_si128(bare_lf, _mm_andnot_si128(after_cr, is_lf));
    quote = _mm_or_si128(
        quote, _mm_and_si128(is_lf, _mm_cmpeq_epi8(after, _mm_set1_epi8('>'))));
  }
  const auto some = [](__m128i mask) { return _mm_movemask_epi8(mask) != 0; };
  seen.eight_bit |= some(any);
  seen.nul |= some(nul);
  seen.bare_cr |= some(bare_cr);
  seen.crlf |= some(crlf);
  seen.bare_lf |= some(bare_lf);
  seen.quote_line |= some(quote);
  return i;
}

#else

size_t LookAtBlocks(std::string_view, size_t i, Seen&) { return i; }

#endif

}  // namespace

BodyFacts::Piece BodyFacts::Add(std::string_view bytes) {
  if (bytes.empty()) return {};
  Seen seen;
  // A CR at the end of a piece is left open; LookAt is told that LF follows.
  const auto look_at = [&](size_t i) {
    const char before = i > 0 ? bytes[i - 1] : last_is_cr_ ? '\r' : '\0';
    const char after = i + 1 < bytes.size() ? bytes[i + 1] : '\n';
    LookAt(before, bytes[i], after, seen);
  };
  seen.bare_cr = last_is_cr_ && bytes[0] != '\n';
  look_at(0);
  for (size_t i = LookAtBlocks(bytes, 1, seen); i < bytes.size(); ++i) {
    look_at(i);
  }
  last_is_cr_ = bytes.back() == '\r';
  bare_cr_ |= seen.bare_cr;
  nul_ |= seen.nul;
  eight_bit_ |= seen.eight_bit;
  crlf_ |= seen.crlf;
  bare_lf_ |= seen.bare_lf;
  return {.bare_lf = seen.bare_lf, .quote_line = seen.quote_line};
}

mail::LineEnds BodyFacts::line_ends() const {
  if (crlf_ && bare_lf_) return mail::LineEnds::kMixed;
  if (crlf_) return mail::LineEnds::kCrlf;
  return bare_lf_ ? mail::LineEnds::kLf : mail::LineEnds::kNone;
}

}  // namespace mailassay::dkim
