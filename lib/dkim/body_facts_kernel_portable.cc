// Eight octets at a time, as one number, with another number that holds the
// octets before them.  Where two octets are alike their exclusive or has an
// octet 0, and a few operations on the whole number set bit 7 of each such
// octet.  What is found is gathered and looked at only at the end; the last
// eight octets may be those of the word before: to see an octet twice changes
// nothing.

#include <cstdint>
#include <cstring>

#include "lib/dkim/body_facts_kernel_data.h"
#include "lib/dkim/octet_word.h"

namespace mailassay::dkim {
namespace {

// What has been seen, as bit 7 of some octet.
struct Seen {
  uint64_t nul = 0;
  uint64_t any = 0;
  uint64_t crlf = 0;
  uint64_t bare_cr = 0;
  uint64_t bare_lf = 0;
  uint64_t quote_line = 0;
  uint64_t quote_f = 0;
};

inline uint64_t All(char c) { return static_cast<unsigned char>(c) * kOnes; }

inline void See(uint64_t octets, uint64_t before, Seen& seen) {
  const uint64_t not_lf = NotZero(octets ^ All('\n'));
  const uint64_t not_after_cr = NotZero(before ^ All('\r'));
  const uint64_t not_quote =
      NotZero((octets ^ All('>')) | (before ^ All('\n')));
  const uint64_t not_quote_f =
      NotZero((octets ^ All('F')) | (before ^ All('>')));
  seen.nul |= ~NotZero(octets);
  seen.any |= octets;
  seen.crlf |= ~not_lf & ~not_after_cr;
  seen.bare_cr |= not_lf & ~not_after_cr;
  seen.bare_lf |= ~not_lf & not_after_cr;
  seen.quote_line |= ~not_quote;
  seen.quote_f |= ~not_quote_f;
}

void SeeOne(char before, char c, SeenOctets& seen) {
  seen.nul |= c == '\0';
  seen.eight_bit |= static_cast<unsigned char>(c) >= 0x80;
  seen.crlf |= before == '\r' && c == '\n';
  seen.bare_cr |= before == '\r' && c != '\n';
  seen.bare_lf |= before != '\r' && c == '\n';
  seen.quote_line |= before == '\n' && c == '>';
  seen.quote_f |= before == '>' && c == 'F';
}

}  // namespace

void SeeOctetsPortable(const char* in, size_t size, char before,
                       SeenOctets& all) {
  if (size == 0) return;
  SeeOne(before, in[0], all);
  if (size <= kWord) {
    for (size_t i = 1; i < size; ++i) SeeOne(in[i - 1], in[i], all);
    return;
  }
  Seen seen;
  const size_t last = size - kWord;
  for (size_t at = 1; at < last; at += kWord) {
    See(LoadWord(in + at), LoadWord(in + at - 1), seen);
  }
  See(LoadWord(in + last), LoadWord(in + last - 1), seen);
  const auto some = [](uint64_t word) { return (word & kHigh) != 0; };
  all.nul |= some(seen.nul);
  all.eight_bit |= some(seen.any);
  all.crlf |= some(seen.crlf);
  all.bare_cr |= some(seen.bare_cr);
  all.bare_lf |= some(seen.bare_lf);
  all.quote_line |= some(seen.quote_line);
  all.quote_f |= some(seen.quote_f);
}

}  // namespace mailassay::dkim
