// Each octet beside the one before it, without a branch: a block of fixed size
// and sums of octets only, which compilers turn into vector instructions of
// whatever processor they compile for.

#include <cstdint>

#include "lib/dkim/body_facts_kernel_data.h"

namespace mailassay::dkim {
namespace {

constexpr size_t kBlock = 128;

// What has been seen, as not 0.
struct Seen {
  uint8_t nul = 0;
  uint8_t any = 0;  // bits of all octets
  uint8_t crlf = 0;
  uint8_t bare_cr = 0;
  uint8_t bare_lf = 0;
  uint8_t quote_line = 0;
};

inline uint8_t Is(bool condition) { return condition ? 0xff : 0; }

inline void SeeOne(uint8_t before, uint8_t c, Seen& seen) {
  const uint8_t lf = Is(c == '\n');
  const uint8_t not_lf = Is(c != '\n');
  const uint8_t after_cr = Is(before == '\r');
  const uint8_t not_after_cr = Is(before != '\r');
  const uint8_t quote = Is(c == '>');
  const uint8_t after_lf = Is(before == '\n');
  seen.nul |= Is(c == '\0');
  seen.any |= c;
  seen.crlf |= lf & after_cr;
  seen.bare_cr |= not_lf & after_cr;
  seen.bare_lf |= lf & not_after_cr;
  seen.quote_line |= quote & after_lf;
}

// REQUIRES: p[-1] is readable.
void SeeBlock(const uint8_t* p, Seen& all) {
  Seen seen = all;
  for (size_t i = 0; i < kBlock; ++i) SeeOne((p - 1)[i], p[i], seen);
  all = seen;
}

}  // namespace

void SeeOctetsPortable(const char* in, size_t size, char before,
                       SeenOctets& all) {
  if (size == 0) return;
  const auto* const octets = reinterpret_cast<const uint8_t*>(in);
  Seen seen;
  SeeOne(static_cast<uint8_t>(before), octets[0], seen);
  size_t i = 1;
  for (; size - i >= kBlock; i += kBlock) SeeBlock(octets + i, seen);
  for (; i < size; ++i) SeeOne(octets[i - 1], octets[i], seen);
  all.nul |= seen.nul != 0;
  all.eight_bit |= seen.any >= 0x80;
  all.crlf |= seen.crlf != 0;
  all.bare_cr |= seen.bare_cr != 0;
  all.bare_lf |= seen.bare_lf != 0;
  all.quote_line |= seen.quote_line != 0;
}

}  // namespace mailassay::dkim
