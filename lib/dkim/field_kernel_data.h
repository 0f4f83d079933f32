// What the kernels of field_kernel.h do, and their names.
#pragma once

#include <cstddef>

namespace mailassay::dkim {

inline constexpr size_t kFieldSlack = 8;

// Appends in[0, size) to a value under relaxed (RFC 6376 3.4.2) and returns
// where it ends: line ends (LF, and a CR directly before LF) are left out, and
// of each run of SP and TAB, across line ends too, one SP is written.  A CR at
// the end of the input is text.
//
// `after_wsp`: the last octet but for line ends was SP or TAB; kept from call
// to call, and true at the start of a value, which drops the white space there.
// REQUIRES: room for size + kFieldSlack octets at `out`, all of which may be
// written, outside of the input.  Nothing else is read or written.
using FieldKernel = char*(const char* in, size_t size, char* out,
                          bool& after_wsp);

FieldKernel RelaxFieldAvx512;
FieldKernel RelaxFieldAvx2;
FieldKernel RelaxFieldPortable;

}  // namespace mailassay::dkim
