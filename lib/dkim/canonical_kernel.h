// The inner loop of body canonicalisation: from the middle of a line it goes
// as far as it can through whole lines of text, and leaves everything with a
// state (empty lines, ends of a piece) to BodyCanonicalizer.
//
// Plain data in and out, so that kernels for other instruction sets can stand
// beside this one.
#pragma once

#include <cstddef>

namespace mailassay::dkim {

struct KernelRun {
  const char* in;  // next octet to read; advanced
  const char* in_end;
  char* out;                   // next octet to write; advanced
  char* out_end;               // kKernelSlack octets of room lie behind it
  bool at_line_start = false;  // set: the run stopped behind a line end
};

inline constexpr size_t kKernelSlack = 64;

// REQUIRES: the line in hand has text, and no octet is held back (white space,
// CR).  Reads [in, in_end), stops where fewer than a block of octets or no
// room are left, or before what it does not do; may stop at once.
void RunRelaxedKernel(bool lf_is_line_end, KernelRun& run);
void RunSimpleKernel(bool lf_is_line_end, KernelRun& run);

}  // namespace mailassay::dkim
