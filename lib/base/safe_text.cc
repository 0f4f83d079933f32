#include "lib/base/safe_text.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "lib/base/ascii.h"

namespace mailassay {
namespace {

constexpr char kHex[] = "0123456789ABCDEF";

uint8_t Octet(std::string_view text, size_t i) {
  return static_cast<uint8_t>(text[i]);
}

struct CodePoint {
  size_t size = 0;  // octets; 0: the octet at the start is not UTF-8
  char32_t value = 0;
};

// One row of Unicode's table 3-7, "Well-Formed UTF-8 Byte Sequences": it leaves
// out overlong forms, surrogates and what is above U+10FFFF by the bounds of
// the second octet.
struct WellFormed {
  uint8_t first_low, first_high, second_low, second_high;
  size_t size;
};
// clang-format off
constexpr std::array<WellFormed, 8> kWellFormed{{
    {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
}};
// clang-format on

CodePoint ReadCodePoint(std::string_view text) {
  const uint8_t first = Octet(text, 0);
  if (first < 0x80) return {1, first};
  const auto row = std::find_if(
      kWellFormed.begin(), kWellFormed.end(), [first](const WellFormed& form) {
        return first >= form.first_low && first <= form.first_high;
      });
  if (row == kWellFormed.end() || text.size() < row->size) return {};
  const uint8_t second = Octet(text, 1);
  if (second < row->second_low || second > row->second_high) return {};
  char32_t value = first & (0xFFu >> (row->size + 1));
  for (size_t i = 1; i < row->size; ++i) {
    if ((Octet(text, i) & 0xC0) != 0x80) return {};
    value = value << 6 | (Octet(text, i) & 0x3Fu);
  }
  return {row->size, value};
}

struct Range {
  char32_t first, last;
};
// Characters that show nothing themselves and change what is shown: general
// category Cf but for the visible ones, Zl and Zp.
constexpr std::array<Range, 11> kUnseen{{
    {0x00AD, 0x00AD},    // soft hyphen
    {0x061C, 0x061C},    // Arabic letter mark
    {0x180E, 0x180E},    // Mongolian vowel separator
    {0x200B, 0x200F},    // zero width, left-to-right and right-to-left mark
    {0x2028, 0x202E},    // line, paragraph; embeddings and overrides
    {0x2060, 0x2064},    // word joiner, invisible operators
    {0x2066, 0x206F},    // isolates, deprecated format characters
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFF9, 0xFFFB},    // interlinear annotation
    {0x1D173, 0x1D17A},  // musical beams and slurs
    {0xE0000, 0xE007F},  // tags
}};

bool IsUnseen(char32_t c) {
  return c >= kUnseen[0].first &&
         std::any_of(kUnseen.begin(), kUnseen.end(), [c](const Range& range) {
           return c >= range.first && c <= range.last;
         });
}

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7F && c < 0xA0); }

void AppendOctets(std::string_view octets, std::string& out) {
  for (size_t i = 0; i < octets.size(); ++i) {
    out += "\\x";
    out += kHex[Octet(octets, i) >> 4];
    out += kHex[Octet(octets, i) & 15];
  }
}

// \u{XXXX}, at least four digits.
void AppendEscape(char32_t c, std::string& out) {
  out += "\\u{";
  for (int shift = c > 0xFFFFF  ? 20
                   : c > 0xFFFF ? 16
                                : 12;
       shift >= 0; shift -= 4) {
    out += kHex[c >> shift & 15];
  }
  out += '}';
}

// Appends the first character of `text` as it may be shown.  Returns the octets
// of `text` that it took; `columns` grows by what it gave.
size_t AppendShown(std::string_view text, std::string& out, size_t& columns) {
  const CodePoint c = ReadCodePoint(text);
  const size_t size = std::max<size_t>(c.size, 1);
  const size_t before = out.size();
  if (c.size == 0 || IsControl(c.value)) {
    AppendOctets(text.substr(0, size), out);
  } else if (IsUnseen(c.value)) {
    AppendEscape(c.value, out);
  } else {
    out += text.substr(0, size);
    ++columns;
    return size;
  }
  columns += out.size() - before;  // an escape is ASCII
  return size;
}

// The length of the printable ASCII at the start of `text`: nearly all there
// is.
size_t PlainPrefix(std::string_view text) {
  size_t i = 0;
  while (i < text.size() && text[i] >= 0x20 && text[i] < 0x7F) ++i;
  return i;
}

}  // namespace

std::string SafeText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t columns = 0;
  while (!text.empty()) {
    const size_t plain = PlainPrefix(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(AppendShown(text, out, columns));
  }
  return out;
}

std::string SafeText(std::string_view text, size_t columns) {
  constexpr std::string_view kCut = "...";
  const size_t kept_columns = columns - std::min(columns, kCut.size());
  std::string out;
  size_t used = 0;
  size_t kept = 0;  // octets of `out` that fit before "..."; no escape is split
  while (!text.empty()) {
    text.remove_prefix(AppendShown(text, out, used));
    if (used <= kept_columns) kept = out.size();
    if (used > columns) {
      out.resize(kept);
      return out.append(kCut.substr(0, columns));
    }
  }
  return out;
}

}  // namespace mailassay
