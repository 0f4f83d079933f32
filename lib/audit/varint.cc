#include "lib/audit/varint.h"

namespace mailassay::audit {

void PutVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

void PutString(std::string_view text, std::string* out) {
  PutVarint(text.size(), out);
  out->append(text);
}

void PutOptional(std::optional<int64_t> value, std::string* out) {
  out->push_back(value.has_value() ? 1 : 0);
  if (!value.has_value()) return;
  const auto bits = static_cast<uint64_t>(*value);
  PutVarint((bits << 1) ^ (*value < 0 ? ~uint64_t{0} : 0), out);
}

bool GetVarint(std::string_view* in, uint64_t* value) {
  *value = 0;
  for (int shift = 0; shift < 64 && !in->empty(); shift += 7) {
    const auto octet = static_cast<uint8_t>(in->front());
    in->remove_prefix(1);
    const uint64_t part = octet & 0x7f;
    if (shift == 63 && part > 1) return false;
    *value |= part << shift;
    if (octet < 0x80) return true;
  }
  return false;
}

bool GetView(std::string_view* in, std::string_view* text) {
  uint64_t size = 0;
  if (!GetVarint(in, &size) || size > in->size()) return false;
  *text = in->substr(0, static_cast<size_t>(size));
  in->remove_prefix(static_cast<size_t>(size));
  return true;
}

bool GetString(std::string_view* in, std::string* text) {
  std::string_view view;
  if (!GetView(in, &view)) return false;
  text->assign(view);
  return true;
}

bool GetOptional(std::string_view* in, std::optional<int64_t>* value) {
  value->reset();
  if (in->empty() || static_cast<uint8_t>(in->front()) > 1) return false;
  const bool present = in->front() == 1;
  in->remove_prefix(1);
  if (!present) return true;
  uint64_t zigzag = 0;
  if (!GetVarint(in, &zigzag)) return false;
  const uint64_t sign = zigzag & 1 ? ~uint64_t{0} : 0;
  *value = static_cast<int64_t>((zigzag >> 1) ^ sign);
  return true;
}

}  // namespace mailassay::audit
