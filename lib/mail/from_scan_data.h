// What the kernels of from_scan.h look for: plain data and their names.
#pragma once

#include <cstddef>

namespace mailassay::mail {

inline constexpr char kFromText[] = "From ";
inline constexpr size_t kFromTextSize = sizeof kFromText - 1;

// Where kFromText first stands in [begin, end), or `end`.  Reads nothing
// else.
using FromScan = const char*(const char* begin, const char* end);

FromScan FindFromAvx512;
FromScan FindFromAvx2;
FromScan FindFromPortable;

}  // namespace mailassay::mail
