// A share as people write it: "1%", "0.5%".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/source/sample.h"

namespace mailassay::run {

// A number over 0 and up to 100, with at most six decimals; the percent sign
// may be left out.  nullopt for anything else.
std::optional<source::Share> ParsePercent(std::string_view text);
// Without the sign: "0.5".
std::string FormatPercent(source::Share share);

}  // namespace mailassay::run
