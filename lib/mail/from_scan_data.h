// What the kernels of from_scan.h look for: plain data and their names.
#pragma once

#include <cstddef>

namespace mailassay::mail {

inline constexpr char kNewlineFrom[] = "\nFrom ";
inline constexpr size_t kNewlineFromSize = sizeof kNewlineFrom - 1;

// Where kNewlineFrom first stands in [begin, end), or `end`.  Reads nothing
// else.
using FromScan = const char*(const char* begin, const char* end);

FromScan FindNewlineFromAvx512;
FromScan FindNewlineFromAvx2;
FromScan FindNewlineFromPortable;

}  // namespace mailassay::mail
