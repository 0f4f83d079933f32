// Strings put together from left to right.  A braced list is evaluated in its
// order, the operands of + in any: where they draw random numbers, the order
// decides the text, and another compiler would make another archive.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace mailassay::bench {

inline std::string Joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) out += part;
  return out;
}

}  // namespace mailassay::bench
