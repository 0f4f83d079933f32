// Sixteen octets at a time, as a vector of the compiler's (every processor of
// today has instructions for it), each block loaded a second time from one
// octet before: so the octet before each stands at the same place.  What is
// found is gathered as vectors and looked at only at the end.  The last block
// may reach back into the one before it: to see an octet twice changes nothing.

#include <cstdint>
#include <cstring>

#include "lib/dkim/body_facts_kernel_data.h"

namespace mailassay::dkim {
namespace {

constexpr size_t kBlock = 16;

using Octets [[gnu::vector_size(kBlock)]] = uint8_t;
using Mask [[gnu::vector_size(kBlock)]] = int8_t;  // of a comparison: 0 or -1

// What has been seen: some octet is not 0.
struct Seen {
  Mask nul{};
  Octets any{};  // bits of octets
  Mask crlf{};
  Mask bare_cr{};
  Mask bare_lf{};
  Mask quote_line{};
  Mask quote_f{};
  Mask dash_line{};
};

inline Octets Load(const char* p) {
  Octets octets;
  std::memcpy(&octets, p, kBlock);
  return octets;
}

inline Octets All(char c) { return Octets{} + static_cast<uint8_t>(c); }

inline Mask Equal(Octets octets, char c) { return octets == All(c); }

template <typename Vector>
inline bool Some(Vector vector) {
  uint64_t halves[2];
  std::memcpy(halves, &vector, kBlock);
  return (halves[0] | halves[1]) != 0;
}

// The octets at `p`, with those before them.  REQUIRES: p[-1] is readable.
inline void See(const char* p, Seen& seen) {
  const Octets octets = Load(p);
  const Octets before = Load(p - 1);
  const Mask lf = Equal(octets, '\n');
  const Mask after_cr = Equal(before, '\r');
  seen.nul |= Equal(octets, '\0');
  seen.any |= octets;
  seen.crlf |= lf & after_cr;
  seen.bare_cr |= after_cr & ~lf;
  seen.bare_lf |= lf & ~after_cr;
  seen.quote_line |= Equal(before, '\n') & Equal(octets, '>');
  seen.quote_f |= Equal(before, '>') & Equal(octets, 'F');
  seen.dash_line |= Equal(before, '\n') & Equal(octets, '-');
}

void SeeOne(char before, char c, SeenOctets& seen) {
  seen.nul |= c == '\0';
  seen.eight_bit |= static_cast<unsigned char>(c) >= 0x80;
  seen.crlf |= before == '\r' && c == '\n';
  seen.bare_cr |= before == '\r' && c != '\n';
  seen.bare_lf |= before != '\r' && c == '\n';
  seen.quote_line |= before == '\n' && c == '>';
  seen.quote_f |= before == '>' && c == 'F';
  seen.dash_line |= before == '\n' && c == '-';
}

}  // namespace

void SeeOctetsPortable(const char* in, size_t size, char before,
                       SeenOctets& all) {
  if (size == 0) return;
  SeeOne(before, in[0], all);
  if (size <= kBlock) {
    for (size_t i = 1; i < size; ++i) SeeOne(in[i - 1], in[i], all);
    return;
  }
  Seen seen;
  const size_t last = size - kBlock;
  for (size_t at = 1; at < last; at += kBlock) See(in + at, seen);
  See(in + last, seen);
  all.nul |= Some(seen.nul);
  all.eight_bit |= Some(seen.any & All('\x80'));
  all.crlf |= Some(seen.crlf);
  all.bare_cr |= Some(seen.bare_cr);
  all.bare_lf |= Some(seen.bare_lf);
  all.quote_line |= Some(seen.quote_line);
  all.quote_f |= Some(seen.quote_f);
  all.dash_line |= Some(seen.dash_line);
}

}  // namespace mailassay::dkim
