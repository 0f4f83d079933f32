#include "pipeline/keys/utf16.h"

#include <cstdint>

namespace mailassay::keys {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

void Append(uint32_t code, std::string& out) {
  const auto put = [&out](uint32_t octet) { out += static_cast<char>(octet); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | code >> 6);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

bool IsHigh(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool IsLow(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

std::optional<std::string> Utf8OfUtf16(std::string_view text) {
  const bool little = text.starts_with("\xFF\xFE");
  if (!little && !text.starts_with("\xFE\xFF")) return std::nullopt;
  const auto unit_at = [&](size_t i) {
    const uint32_t first = static_cast<uint8_t>(text[i]);
    const uint32_t second = static_cast<uint8_t>(text[i + 1]);
    return little ? second << 8 | first : first << 8 | second;
  };
  std::string out;
  size_t i = 2;
  for (; i + 1 < text.size(); i += 2) {
    const uint32_t unit = unit_at(i);
    if (!IsHigh(unit) && !IsLow(unit)) {
      Append(unit, out);
      continue;
    }
    const uint32_t next = i + 3 < text.size() ? unit_at(i + 2) : 0;
    if (!IsHigh(unit) || !IsLow(next)) {
      Append(kReplacement, out);
      continue;
    }
    Append(0x10000 + ((unit & 0x3FF) << 10 | (next & 0x3FF)), out);
    i += 2;
  }
  if (i < text.size()) Append(kReplacement, out);
  return out;
}

}  // namespace mailassay::keys
