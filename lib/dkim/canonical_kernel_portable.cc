// Eight octets at a time, as one number.
//
// Words of eight octets are copied as they are as long as they hold plain text
// only.  What is not plain is found in all eight octets at once: bit 7 of each
// octet of a number tells it, and the last octet before the first such bit is
// where copying stops.  Under relaxed a space is plain where an octet above SP
// follows it, which the eight octets from the next one on tell; line ends and
// the white space that matters are then taken one by one.

#include <bit>
#include <cstdint>
#include <cstring>

#include "lib/base/octet_word.h"
#include "lib/dkim/canonical_kernel_data.h"

namespace mailassay::dkim {
namespace {

// Words copied before it is asked whether all of them were plain.
constexpr size_t kWords = 4;
constexpr size_t kBlock = kWord * kWords;

// High bits where the octet is below `limit`, at most 0x80.
inline uint64_t Below(uint64_t word, unsigned char limit) {
  return ~((word & ~kHigh) + (0x80u - limit) * kOnes) & ~word & kHigh;
}

// High bits where the octet is `c`.
inline uint64_t Equal(uint64_t word, char c) {
  return Below(word ^ static_cast<unsigned char>(c) * kOnes, 1);
}

// High bits where the octets at `p` can't be copied.  Under relaxed reads the
// octet behind the eight.
template <bool kRelaxed>
inline uint64_t NotPlain(const char* p) {
  const uint64_t word = LoadWord(p);
  if constexpr (!kRelaxed) return Equal(word, '\r') | Equal(word, '\n');
  const uint64_t low = Below(word, ' ' + 1);
  const uint64_t low_behind = Below(LoadWord(p + 1), ' ' + 1);
  return low & ~(Equal(word, ' ') & ~low_behind);
}

// Octets before the first whose high bit is set.  REQUIRES: one is.
inline size_t FirstIn(uint64_t high_bits) {
  const int bits = std::endian::native == std::endian::little
                       ? std::countr_zero(high_bits)
                       : std::countl_zero(high_bits);
  return static_cast<size_t>(bits) / 8;
}

// Copies a block; returns how many of its octets were rightly copied.
template <bool kRelaxed>
inline size_t CopyPlain(const char* in, char* out) {
  uint64_t not_plain[kWords];
  uint64_t any = 0;
  std::memcpy(out, in, kBlock);
  for (size_t i = 0; i < kWords; ++i) {
    not_plain[i] = NotPlain<kRelaxed>(in + i * kWord);
    any |= not_plain[i];
  }
  if (any == 0) return kBlock;
  size_t i = 0;
  while (not_plain[i] == 0) ++i;
  return i * kWord + FirstIn(not_plain[i]);
}

bool IsWsp(char c) { return c == ' ' || c == '\t'; }

template <bool kRelaxed>
inline const char* SkipWsp(const char* p, const char* end) {
  if constexpr (kRelaxed) {
    while (p < end && IsWsp(*p)) ++p;
  }
  return p;
}

// Octets of the line end at `p`; 0: there is none.  REQUIRES: p + 1 is
// readable where `p` holds CR.
template <bool kLf>
inline size_t LineEndSize(const char* p) {
  if (*p == '\r' && p[1] == '\n') return 2;
  return kLf && *p == '\n' ? 1 : 0;
}

// Takes a line end with the white space before it, or white space within a
// line, or another octet.  False: white space reaches `end`.
template <bool kRelaxed, bool kLf>
inline bool TakeOne(const char*& in, const char* end, char*& out) {
  const char* const next = SkipWsp<kRelaxed>(in, end);
  if (next == end) return false;
  if (const size_t line_end = LineEndSize<kLf>(next); line_end > 0) {
    *out++ = '\r';
    *out++ = '\n';
    in = next + line_end;
  } else if (next > in) {
    *out++ = ' ';
    in = next;
  } else {
    *out++ = *in++;
  }
  return true;
}

template <bool kRelaxed, bool kLf>
void Run(KernelRun& run) {
  const char* in = run.in;
  char* out = run.out;
  // A CR at the end is left; it is read as what follows the octet before it.
  const char* const end = run.in_end - (run.in_end[-1] == '\r' ? 1 : 0);
  while (in < end && out < run.out_end) {
    if (static_cast<size_t>(run.in_end - in) > kBlock) {
      const size_t plain = CopyPlain<kRelaxed>(in, out);
      in += plain;
      out += plain;
      if (plain == kBlock) continue;
    }
    if (!TakeOne<kRelaxed, kLf>(in, end, out)) {
      run.held_wsp = true;
      in = end;
    }
  }
  run.in = in;
  run.out = out;
}

}  // namespace

void RunCanonicalPortable(KernelForm form, KernelRun& run) {
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
