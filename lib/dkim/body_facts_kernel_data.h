// What the kernels of body_facts_kernel.h find: plain data and their names.
#pragma once

#include <cstddef>

namespace mailassay::dkim {

// Which octets, and pairs of an octet with the one before it, have been seen.
struct SeenOctets {
  bool nul = false;
  bool eight_bit = false;
  bool crlf = false;
  bool bare_cr = false;     // CR, then another octet than LF
  bool bare_lf = false;     // LF, and another octet than CR before it
  bool quote_line = false;  // LF, then ">"
  bool quote_f = false;     // ">", then F
  bool dash_line = false;   // LF, then "-"
  friend bool operator==(const SeenOctets&, const SeenOctets&) = default;
};

// Adds to `seen` what in[0, size) holds.  `before` is the octet before in[0];
// of it and in[0] too a pair is made.  Reads nothing else.
using FactsKernel = void(const char* in, size_t size, char before,
                         SeenOctets& seen);

FactsKernel SeeOctetsAvx512;
FactsKernel SeeOctetsAvx2;
FactsKernel SeeOctetsPortable;

}  // namespace mailassay::dkim
