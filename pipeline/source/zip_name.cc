#include "pipeline/source/zip_name.h"

#include <zlib.h>

#include <cstdint>

namespace mailassay::source {
namespace {

constexpr size_t kFixed = 30;
constexpr std::string_view kSignature = "PK\x03\x04";

uint32_t Number(std::string_view text, size_t offset, size_t octets) {
  uint32_t value = 0;
  for (size_t i = octets; i > 0; --i) {
    value = value << 8 | static_cast<uint8_t>(text[offset + i - 1]);
  }
  return value;
}

uint32_t Crc32(std::string_view text) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(text.data()),
            static_cast<uInt>(text.size())));
}

// The name in a Unicode Path field among the extra fields: version 1, made for
// the name that stands in the header.
std::optional<std::string> UnicodePath(std::string_view extra,
                                       std::string_view name) {
  constexpr uint32_t kUnicodePath = 0x7075;
  while (extra.size() >= 4) {
    const uint32_t id = Number(extra, 0, 2);
    const size_t size = Number(extra, 2, 2);
    extra.remove_prefix(4);
    if (size > extra.size()) break;
    const std::string_view field = extra.substr(0, size);
    if (id == kUnicodePath && size > 5 && field[0] == 1 &&
        Number(field, 1, 4) == Crc32(name)) {
      return std::string(field.substr(5));
    }
    extra.remove_prefix(size);
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ZipName(std::string_view before) {
  for (size_t at = before.rfind(kSignature); at != before.npos;
       at = before.rfind(kSignature, at - 1)) {
    const std::string_view header = before.substr(at);
    if (header.size() >= kFixed) {
      const size_t name = Number(header, 26, 2);
      const size_t extra = Number(header, 28, 2);
      if (kFixed + name + extra == header.size() && name > 0) {
        const std::string_view stored = header.substr(kFixed, name);
        const auto unicode = UnicodePath(header.substr(kFixed + name), stored);
        return unicode ? *unicode : std::string(stored);
      }
    }
    if (at == 0) break;
  }
  return std::nullopt;
}

}  // namespace mailassay::source
