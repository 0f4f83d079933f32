// What the kernels of canonical_kernel.h work on: plain data and their names.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mailassay::dkim {

// simple over CRLF has no kernel: its octets stay as they are.
enum class KernelForm : uint8_t {
  kRelaxedCrlf,  // LF without CR is an octet like any other
  kRelaxedLf,    // LF ends a line, with CR before it or without
  kSimpleLf,
};

struct KernelRun {
  const char* in;  // next octet to read; advanced
  const char* in_end;
  char* out;              // next octet to write; advanced
  char* out_end;          // kKernelSlack octets of room lie behind it
  bool held_wsp = false;  // set: the octets read end in white space, of which
                          // nothing was written, for what follows decides
};

inline constexpr size_t kKernelSlack = 384;

// Writes the lines of [in, in_end) in canonical form, empty ones too, and stops
// at in_end; before a CR that is the last octet; or when `out` has come to
// out_end, or to the octet before it so as not to stop between CR and LF.
// Reads nothing else; may write all of the slack.
// REQUIRES: no octet before `in` is held back; out <= out_end.
using CanonicalKernel = void(KernelForm form, KernelRun& run);

CanonicalKernel RunCanonicalAvx512;
CanonicalKernel RunCanonicalAvx2;
CanonicalKernel RunCanonicalPortable;

}  // namespace mailassay::dkim
