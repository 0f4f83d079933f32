// For fuzz targets that ask one function of the input under every kernel level:
// kernel_levels.cc, listed with such a target, has libFuzzer's entry points.
#pragma once

#include <string>
#include <string_view>

namespace mailassay {

// Defined by the target.  The answers of all levels must be the same.
std::string Answer(std::string_view input);

}  // namespace mailassay
