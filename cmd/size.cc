#include "cmd/size.h"

#include <charconv>

#include "lib/base/ascii.h"

namespace mailassay::cmd {

std::optional<uint64_t> ParseSize(std::string_view text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit(rest, static_cast<size_t>(end - rest));
  int shift = 0;
  if (!unit.empty()) {
    constexpr std::string_view kUnits = "kmgt";
    size_t index = kUnits.find(ToLower(unit.front()));
    if (index != std::string_view::npos) {
      shift = 10 * (static_cast<int>(index) + 1);
      unit.remove_prefix(1);
    }
  }
  if (!unit.empty() && !EqualsIgnoreCase(unit, "b") &&
      !EqualsIgnoreCase(unit, "ib")) {
    return std::nullopt;
  }
  if (value > (UINT64_MAX >> shift)) return std::nullopt;
  return value << shift;
}

std::string FormatSize(uint64_t size) {
  constexpr std::string_view kUnits = "KMGT";
  int unit = -1;
  while (unit + 1 < static_cast<int>(kUnits.size()) && size > 0 &&
         size % 1024 == 0) {
    size /= 1024;
    ++unit;
  }
  std::string text = std::to_string(size);
  if (unit >= 0) text.push_back(kUnits[static_cast<size_t>(unit)]);
  return text;
}

}  // namespace mailassay::cmd
