// The lines of a text file.
#pragma once

#include <cstddef>
#include <string_view>

namespace mailassay::keys {

// Takes the first line off `text`, without its LF or CRLF.
inline std::string_view TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

inline bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == line.npos;
}

// Calls `visit` with each line and its number, from 1.
template <typename Visit>
void ForEachLine(std::string_view text, const Visit& visit) {
  for (size_t number = 1; !text.empty(); ++number) {
    visit(number, TakeLine(text));
  }
}

}  // namespace mailassay::keys
