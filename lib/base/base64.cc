#include "lib/base/base64.h"

#include <array>

#include "lib/base/ascii.h"

namespace mailassay {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

// What an octet means, apart from the 64 digits.
constexpr uint8_t kSpace = 64, kPad = 65, kRefused = 66;

constexpr std::array<uint8_t, 256> MakeDigits() {
  std::array<uint8_t, 256> digits{};
  digits.fill(kRefused);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  // RFC 6376 2.10: white space is ignored in any place.
  for (char c : {' ', '\t', '\r', '\n'}) {
    digits[static_cast<uint8_t>(c)] = kSpace;
  }
  digits['='] = kPad;
  return digits;
}
constexpr std::array<uint8_t, 256> kDigits = MakeDigits();

// Digits that the last group lacks, by the digits it has.
size_t PaddingOf(size_t digits_in_group) { return (4 - digits_in_group) % 4; }

// One digit alone holds no octet.
bool PaddingFits(size_t digits_in_group, size_t pads) {
  return digits_in_group != 1 && pads <= PaddingOf(digits_in_group);
}

// Each digit's six bits where they stand in a group of four, by place; what is
// no digit has a bit above the 24.
constexpr uint32_t kNoGroup = 1u << 24;
using PlaceTable = std::array<uint32_t, 256>;
constexpr std::array<PlaceTable, 4> MakePlaces() {
  std::array<PlaceTable, 4> places{};
  for (size_t place = 0; place < 4; ++place) {
    for (size_t octet = 0; octet < 256; ++octet) {
      const uint32_t digit = kDigits[octet];
      places[place][octet] = digit < 64 ? digit << (18 - 6 * place) : kNoGroup;
    }
  }
  return places;
}
constexpr std::array<PlaceTable, 4> kPlaces = MakePlaces();

// The 24 bits of four digits; kNoGroup or more: they are not all digits.
uint32_t PlainGroup(const char* text) {
  const auto bits = [text](size_t i) {
    return kPlaces[i][static_cast<uint8_t>(text[i])];
  };
  return bits(0) | bits(1) | bits(2) | bits(3);
}

uint8_t* WriteGroup(uint32_t bits, uint8_t* out) {
  out[0] = static_cast<uint8_t>(bits >> 16);
  out[1] = static_cast<uint8_t>(bits >> 8);
  out[2] = static_cast<uint8_t>(bits);
  return out + 3;
}

}  // namespace

Base64 DecodeBase64(std::string_view text) {
  Base64 decoded;
  decoded.bytes.resize(Base64Room(text.size()));
  const Base64Octets octets = DecodeBase64(text, decoded.bytes.data());
  decoded.valid = octets.valid;
  decoded.canonical = octets.canonical;
  decoded.padded = octets.padded;
  decoded.bytes.resize(octets.size);
  return decoded;
}

Base64Octets DecodeBase64(std::string_view text, uint8_t* out) {
  Base64Octets decoded;
  const uint8_t* const begin = out;
  uint32_t bits = 0;    // of the current group, newest lowest
  size_t in_group = 0;  // digits of the current group
  size_t pads = 0;
  bool valid = true;
  for (size_t i = 0; i < text.size(); ++i) {
    // Whole groups without white space, which is nearly all of them.
    for (uint32_t group; in_group == 0 && pads == 0 && text.size() - i >= 4 &&
                         (group = PlainGroup(text.data() + i)) < kNoGroup;
         i += 4) {
      out = WriteGroup(group, out);
    }
    if (i == text.size()) break;
    const uint8_t digit = kDigits[static_cast<uint8_t>(text[i])];
    if (digit == kSpace) continue;
    if (digit == kPad) {
      ++pads;
      continue;
    }
    // RFC 4648 3.3: nothing outside the alphabet; 3.2: nothing after padding.
    valid = digit != kRefused && pads == 0;
    if (!valid) break;
    bits = bits << 6 | digit;
    if (++in_group < 4) continue;
    out = WriteGroup(bits, out);
    bits = 0;
    in_group = 0;
  }
  if (!valid || !PaddingFits(in_group, pads)) return {};
  decoded.padded = pads == PaddingOf(in_group);
  if (in_group > 0) {
    bits <<= 6 * (4 - in_group);
    *out++ = static_cast<uint8_t>(bits >> 16);
    if (in_group == 3) *out++ = static_cast<uint8_t>(bits >> 8);
    decoded.canonical = (bits & (in_group == 3 ? 0xFFu : 0xFFFFu)) == 0;
  }
  decoded.size = static_cast<size_t>(out - begin);
  decoded.valid = true;
  return decoded;
}

std::string EncodeBase64(std::span<const uint8_t> bytes) {
  std::string text(Base64Size(bytes.size()), '=');
  EncodeBase64(bytes, text.data());
  return text;
}

void EncodeBase64(std::span<const uint8_t> bytes, char* out) {
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3, out += 4) {
    const uint32_t group = static_cast<uint32_t>(
        bytes[i] << 16 | bytes[i + 1] << 8 | bytes[i + 2]);
    out[0] = kAlphabet[group >> 18];
    out[1] = kAlphabet[group >> 12 & 63];
    out[2] = kAlphabet[group >> 6 & 63];
    out[3] = kAlphabet[group & 63];
  }
  const size_t left = bytes.size() - i;
  if (left == 0) return;
  const uint32_t group = static_cast<uint32_t>(
      bytes[i] << 16 | (left > 1 ? bytes[i + 1] << 8 : 0));
  out[0] = kAlphabet[group >> 18];
  out[1] = kAlphabet[group >> 12 & 63];
  out[2] = left > 1 ? kAlphabet[group >> 6 & 63] : '=';
  out[3] = '=';
}

}  // namespace mailassay
