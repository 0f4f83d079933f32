// Base64 (RFC 4648 section 4) as DKIM's tags carry it (base64string of RFC 6376
// 2.10): folding white space may stand anywhere, and the padding, which says
// nothing that the digits do not say, may be left out; anything else is
// refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay {

struct Base64 {
  // False for an octet outside the alphabet, too much or misplaced padding, or
  // a length that no octet string encodes to; `bytes` is then empty.
  bool valid = false;
  // False when the unused bits before the padding are not zero: another text
  // for the same octets (RFC 4648 3.5).
  bool canonical = true;
  bool padded = true;  // false when padding is left out (RFC 4648 3.2)
  std::vector<uint8_t> bytes;
};

Base64 DecodeBase64(std::string_view text);

// The same with the octets written to `out`, which has room for
// Base64Room(text.size()) of them, all of which may be overwritten.
struct Base64Octets {
  bool valid = false;
  bool canonical = true;
  bool padded = true;
  size_t size = 0;
};
constexpr size_t Base64Room(size_t text_size) { return text_size / 4 * 3 + 3; }
Base64Octets DecodeBase64(std::string_view text, uint8_t* out);

std::string EncodeBase64(std::span<const uint8_t> bytes);
// The same written to `out`, which has room for Base64Size octets.
constexpr size_t Base64Size(size_t octets) { return (octets + 2) / 3 * 4; }
void EncodeBase64(std::span<const uint8_t> bytes, char* out);

}  // namespace mailassay
