// Octets written as hexadecimal, and hexadecimal back, for the crypto tests.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay::crypto {

using Bytes = std::vector<uint8_t>;

// REQUIRES: an even number of hexadecimal digits; blanks are skipped.
inline Bytes Unhex(std::string_view text) {
  Bytes out;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (high >= 0) out.push_back(static_cast<uint8_t>(high << 4 | digit));
    high = high >= 0 ? -1 : digit;
  }
  return out;
}

inline std::string Hex(std::span<const uint8_t> octets) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const uint8_t octet : octets) {
    out += kDigits[octet >> 4];
    out += kDigits[octet & 15];
  }
  return out;
}

inline std::string_view AsText(std::span<const uint8_t> octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

inline Bytes operator+(const Bytes& a, const Bytes& b) {
  Bytes out = a;
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

// A DER element written plainly, any length form: tests also make bad ones.
inline Bytes Element(uint8_t tag, const Bytes& contents) {
  const size_t n = contents.size();
  Bytes head = {tag};
  if (n >= 0x100) {
    head = head + Bytes{0x82, static_cast<uint8_t>(n >> 8)};
  } else if (n >= 0x80) {
    head.push_back(0x81);
  }
  head.push_back(static_cast<uint8_t>(n));
  return head + contents;
}

}  // namespace mailassay::crypto
