// What the kernels of text_scan.h have in common: plain data and their names.
#pragma once

#include <cstddef>
#include <string_view>

namespace mailassay::mail {

// Where `wanted` first stands in [begin, end), or `end`.  Reads nothing else.
// REQUIRES: `wanted` has two octets or more.
using TextScan = const char*(const char* begin, const char* end,
                             std::string_view wanted);

TextScan FindTextAvx512;
TextScan FindTextAvx2;
TextScan FindTextPortable;

}  // namespace mailassay::mail
