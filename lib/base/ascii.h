// ASCII as mail uses it: character classes and case folding that do not depend
// on the locale, on octets that may be anything.
#pragma once

#include <string>
#include <string_view>

namespace mailassay {

constexpr bool IsWsp(char c) { return c == ' ' || c == '\t'; }
constexpr bool IsFws(char c) { return IsWsp(c) || c == '\r' || c == '\n'; }
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }
constexpr bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool IsAlpha(char c) { return IsUpper(c) || IsLower(c); }
constexpr bool IsAlnum(char c) { return IsAlpha(c) || IsDigit(c); }
constexpr bool Is8Bit(char c) { return static_cast<unsigned char>(c) >= 0x80; }
constexpr char ToLower(char c) {
  return IsUpper(c) ? static_cast<char>(c | 0x20) : c;
}

bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix);
// The same text but for the case of A-Z.
inline bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && StartsWithIgnoreCase(a, b);
}

// A copy with A-Z in lower case; other octets unchanged.
std::string AsciiLower(std::string_view text);

// Without SP, TAB, CR and LF at both ends.  A view into `text`.
std::string_view TrimFws(std::string_view text);

}  // namespace mailassay
