// Sizes as options take them: a whole number with an optional K, M, G or T
// (powers of 1024; an "iB" or "B" behind it is accepted).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailassay::cmd {

std::optional<uint64_t> ParseSize(std::string_view text);
// 67108864: "64M".
std::string FormatSize(uint64_t size);

}  // namespace mailassay::cmd
