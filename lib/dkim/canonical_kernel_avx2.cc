// Sixty-four octets at a time: all are copied, and then those few that may not
// stay as they are, the events, are dealt with one after the other.
//
// The canonical text is the input with three changes: white space goes unless
// an octet of text follows it, so that of each run within a line the last octet
// stays; that octet becomes SP; and CR comes before each LF that ends a line
// without one.  Comparisons give a mask of 64 bits for each octet that matters,
// and shifted masks say what follows or precedes an octet: bit i of `drop`, the
// octet goes; of `insert`, CR comes before it; of `tab`, it becomes SP.  In
// text that leaves an event for each LF; CRLF is none.
//
// Behind each event the rest of the block is copied again, to where it belongs:
// copying too much is quicker than asking how much.
//
// The last octets are taken from a copy with white space behind them, so that
// white space at the end goes, held back, as it must.  Under simple the octets
// behind the end are written and then taken back.

#if defined(__x86_64__)

#include <immintrin.h>

#include "lib/dkim/canonical_kernel_data.h"

#define MAILASSAY_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define MAILASSAY_INLINE inline __attribute__((always_inline)) MAILASSAY_AVX2

namespace mailassay::dkim {
namespace {

constexpr size_t kBlock = 64;
// A block is looked at with the one behind it, and copied from any of its
// octets on.
constexpr size_t kReach = 2 * kBlock;

struct Masks {
  uint64_t lf;
  uint64_t cr;
  uint64_t wsp;  // none under simple, neither is tab
  uint64_t tab;
};

MAILASSAY_INLINE uint32_t EqualMask(__m256i octets, char c) {
  return static_cast<uint32_t>(
      _mm256_movemask_epi8(_mm256_cmpeq_epi8(octets, _mm256_set1_epi8(c))));
}

MAILASSAY_INLINE uint64_t EqualMask(__m256i low, __m256i high, char c) {
  return EqualMask(low, c) | uint64_t{EqualMask(high, c)} << 32;
}

MAILASSAY_INLINE __m256i Load(const char* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

MAILASSAY_INLINE void CopyBlock(const char* in, char* out) {
  const __m256i low = Load(in);
  const __m256i high = Load(in + 32);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), low);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 32), high);
}

template <bool kRelaxed>
MAILASSAY_INLINE Masks Look(const char* p) {
  const __m256i low = Load(p);
  const __m256i high = Load(p + 32);
  Masks masks{.lf = EqualMask(low, high, '\n'),
              .cr = EqualMask(low, high, '\r'),
              .wsp = 0,
              .tab = 0};
  if constexpr (kRelaxed) {
    masks.tab = EqualMask(low, high, '\t');
    masks.wsp = masks.tab | EqualMask(low, high, ' ');
  }
  return masks;
}

// Bit i: bit i + 1 of `mask`, or the first of the next block's.
MAILASSAY_INLINE uint64_t Next(uint64_t mask, uint64_t mask_after) {
  return mask >> 1 | mask_after << 63;
}

// White space, and where a line end begins.  The last bit is right only if
// `lf_after` is the next block's.
template <bool kLf>
MAILASSAY_INLINE uint64_t WspOrLineEnd(const Masks& masks, uint64_t lf_after) {
  const uint64_t crlf = masks.cr & Next(masks.lf, lf_after);
  return masks.wsp | crlf | (kLf ? masks.lf : 0);
}

struct Events {
  uint64_t drop;
  uint64_t insert;
  uint64_t tab;
};

MAILASSAY_INLINE char* Write(const char* in, const Events& events, char* out) {
  CopyBlock(in, out);
  size_t from = 0;  // the octet that was copied to `out`
  for (uint64_t rest = events.drop | events.insert | events.tab; rest != 0;
       rest &= rest - 1) {
    const auto at = static_cast<size_t>(__builtin_ctzll(rest));
    const size_t inserted = events.insert >> at & 1;
    const size_t dropped = events.drop >> at & 1;
    out += at - from;
    *out = inserted ? '\r' : ' ';
    out += 1 - dropped;
    from = at + 1 - inserted;
    CopyBlock(in + from, out);
  }
  return out + (kBlock - from);
}

// Takes blocks from run.in on as long as kReach octets can be read and there is
// room.  Returns whether the octet before run.in is CR; `cr_before` says it of
// the start.
template <bool kRelaxed, bool kLf>
MAILASSAY_INLINE uint64_t RunBlocks(uint64_t cr_before, KernelRun& run) {
  if (static_cast<size_t>(run.in_end - run.in) < kReach) return cr_before;
  const char* in = run.in;
  const char* const last = run.in_end - kReach;
  char* out = run.out;
  Masks masks = Look<kRelaxed>(in);
  while (in <= last && out < run.out_end) {
    const Masks after = Look<kRelaxed>(in + kBlock);
    Events events{.drop = 0, .insert = 0, .tab = masks.tab};
    if constexpr (kRelaxed) {
      events.drop = masks.wsp & Next(WspOrLineEnd<kLf>(masks, after.lf),
                                     WspOrLineEnd<kLf>(after, 0));
    }
    if constexpr (kLf) {
      events.insert = masks.lf & ~(masks.cr << 1 | cr_before);
    }
    cr_before = masks.cr >> 63;
    out = Write(in, events, out);
    masks = after;
    in += kBlock;
  }
  run.in = in;
  run.out = out;
  return cr_before;
}

bool IsWsp(char c) { return c == ' ' || c == '\t'; }

// Takes what is left, 1 to kReach - 1 octets, whatever room there is.
template <bool kRelaxed, bool kLf>
MAILASSAY_INLINE void RunLast(uint64_t cr_before, KernelRun& run) {
  const auto size = static_cast<size_t>(run.in_end - run.in);
  const size_t padding = kBlock - 1 - (size - 1) % kBlock;
  char padded[2 * kReach];
  __builtin_memset(padded, ' ', sizeof padded);
  __builtin_memcpy(padded, run.in, size);
  KernelRun last{.in = padded,
                 .in_end = padded + size + padding + kBlock,
                 .out = run.out,
                 .out_end = run.out + 2 * kReach};
  RunBlocks<kRelaxed, kLf>(cr_before, last);
  run.held_wsp = kRelaxed && IsWsp(run.in_end[-1]);
  run.in = run.in_end;
  run.out = last.out - (kRelaxed ? 0 : padding);
}

template <bool kRelaxed, bool kLf>
MAILASSAY_AVX2 void Run(KernelRun& all) {
  KernelRun run = all;
  run.in_end -= run.in_end[-1] == '\r';
  const uint64_t cr_before = RunBlocks<kRelaxed, kLf>(0, run);
  const auto left = static_cast<size_t>(run.in_end - run.in);
  if (left > 0 && left < kReach && run.out < run.out_end) {
    RunLast<kRelaxed, kLf>(cr_before, run);
  } else if (left > 0 && cr_before) {
    --run.in;  // LF may follow the CR
    --run.out;
  }
  all.in = run.in;
  all.out = run.out;
  all.held_wsp = run.held_wsp;
}

}  // namespace

MAILASSAY_AVX2 void RunCanonicalAvx2(KernelForm form, KernelRun& run) {
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
