// The search for a short text whose first octet and last but one seldom stand
// so far apart, at the speed of memory: every octet of an mbox is searched for
// "From ", and every octet of a multipart for the start of a delimiter line.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "lib/base/kernel.h"
#include "lib/mail/text_scan_data.h"

namespace mailassay::mail {

#if defined(__x86_64__)
inline constexpr size_t kTextScanCount = 3;
#else
inline constexpr size_t kTextScanCount = 1;
#endif

// Family "scan": avx512, avx2, portable.
extern constinit const Kernels<TextScan, kTextScanCount> kTextScans;

// Offset of the first `wanted` that lies wholly in text[begin, end), or npos.
// REQUIRES: begin <= end <= text.size(); `wanted` has 3 to
// kMostWanted octets.
size_t FindText(std::string_view text, std::string_view wanted, size_t begin,
                size_t end);

}  // namespace mailassay::mail
