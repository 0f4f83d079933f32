// The search for "From ", at the speed of memory: every octet of an mbox goes
// through it.  What stands before it is for the caller to look at: a line end,
// or what a crash or a concatenation has left before a From_ line.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "lib/base/kernel.h"
#include "lib/mail/from_scan_data.h"

namespace mailassay::mail {

#if defined(__x86_64__)
inline constexpr size_t kFromScanCount = 3;
#else
inline constexpr size_t kFromScanCount = 1;
#endif

// Family "scan": avx512, avx2, portable.
extern constinit const Kernels<FromScan, kFromScanCount> kFromScans;

// Offset of the first "From " that lies wholly in text[begin, end), or npos.
// REQUIRES: begin <= end <= text.size().
size_t FindFrom(std::string_view text, size_t begin, size_t end);

}  // namespace mailassay::mail
