// The search for lines that begin "From ", at the speed of memory: every octet
// of an mbox goes through it.
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

// Offset of the first "\nFrom " that lies wholly in text[begin, end), or npos.
// REQUIRES: begin <= end <= text.size().
size_t FindNewlineFrom(std::string_view text, size_t begin, size_t end);

}  // namespace mailassay::mail
