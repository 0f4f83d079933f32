#include "lib/crypto/der.h"

#include <array>
#include <cstddef>

namespace mailassay::crypto {
namespace {

// Three octets of length reach 16 MiB; no key is longer.
constexpr size_t kMostLengthOctets = 3;

struct Length {
  size_t value;
  size_t octets;  // of the encoding
};

// X.690 10.1: the definite form, in the fewest octets.
std::optional<Length> ReadLength(std::span<const uint8_t> in) {
  if (in.empty()) return std::nullopt;
  if (in[0] < 0x80) return Length{in[0], 1};
  const size_t count = in[0] & 0x7fu;
  if (count == 0 || count > kMostLengthOctets || in.size() <= count) {
    return std::nullopt;
  }
  size_t value = 0;
  for (const uint8_t octet : in.subspan(1, count)) value = value << 8 | octet;
  const bool fewest = value >= 0x80 && in[1] != 0;
  if (!fewest) return std::nullopt;
  return Length{value, 1 + count};
}

}  // namespace

std::optional<std::span<const uint8_t>> DerReader::Read(DerTag tag) {
  if (!NextIs(tag)) return std::nullopt;
  const auto length = ReadLength(rest_.subspan(1));
  if (!length) return std::nullopt;
  const std::span<const uint8_t> after = rest_.subspan(1 + length->octets);
  if (length->value > after.size()) return std::nullopt;
  rest_ = after.subspan(length->value);
  return after.first(length->value);
}

std::optional<std::span<const uint8_t>> DerReader::ReadUnsigned() {
  DerReader ahead = *this;
  const auto octets = ahead.Read(DerTag::kInteger);
  if (!octets || octets->empty()) return std::nullopt;
  const bool negative = (*octets)[0] >= 0x80;
  const bool sign_octet = (*octets)[0] == 0 && octets->size() > 1;
  if (negative || (sign_octet && (*octets)[1] < 0x80)) return std::nullopt;
  *this = ahead;
  return octets->subspan(sign_octet ? 1 : 0);
}

std::optional<std::span<const uint8_t>> DerReader::ReadBitString() {
  DerReader ahead = *this;
  const auto octets = ahead.Read(DerTag::kBitString);
  // The first octet counts the unused bits of the last.
  if (!octets || octets->empty() || (*octets)[0] != 0) return std::nullopt;
  *this = ahead;
  return octets->subspan(1);
}

std::vector<uint8_t> WriteDer(
    DerTag tag, std::initializer_list<std::span<const uint8_t>> parts) {
  size_t size = 0;
  for (const auto part : parts) size += part.size();
  std::vector<uint8_t> out = {static_cast<uint8_t>(tag)};
  if (size < 0x80) {
    out.push_back(static_cast<uint8_t>(size));
  } else {
    size_t count = 1;
    while (size >> (8 * count) != 0) ++count;
    out.push_back(static_cast<uint8_t>(0x80 | count));
    while (count-- > 0)
      out.push_back(static_cast<uint8_t>(size >> (8 * count)));
  }
  for (const auto part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

std::vector<uint8_t> WriteDerUnsigned(std::span<const uint8_t> big_endian) {
  constexpr std::array<uint8_t, 1> kSign = {0};
  const bool sign = big_endian[0] >= 0x80;
  return WriteDer(DerTag::kInteger,
                  {std::span(kSign).first(sign ? 1 : 0), big_endian});
}

}  // namespace mailassay::crypto
