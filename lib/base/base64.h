// Base64 (RFC 4648 section 4) as DKIM's tags carry it: folding white space may
// stand anywhere (RFC 6376 2.10), anything else is refused.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay {

struct Base64 {
  // False for an octet outside the alphabet, missing or misplaced padding, or
  // a length that no octet string encodes to; `bytes` is then empty.
  bool valid = false;
  // False when the unused bits before the padding are not zero: another text
  // for the same octets (RFC 4648 3.5).
  bool canonical = true;
  std::vector<uint8_t> bytes;
};

Base64 DecodeBase64(std::string_view text);
std::string EncodeBase64(std::span<const uint8_t> bytes);

}  // namespace mailassay
