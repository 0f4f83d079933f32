// Text from parts: strings, views, literals and integers.  (Debian's
// absl::StrCat does not take std::string_view.)
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace mailassay {

template <typename... Parts>
std::string Concat(const Parts&... parts) {
  std::string out;
  auto append = [&out](const auto& part) {
    if constexpr (std::integral<std::decay_t<decltype(part)>>) {
      out += std::to_string(part);
    } else {
      out += std::string_view(part);
    }
  };
  (append(parts), ...);
  return out;
}

}  // namespace mailassay
