// Whether text can be written as it is, eight octets at a look: nearly all
// text in mail's header can.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "lib/base/octet_word.h"

namespace mailassay::audit {

// Looks: bit 7 of an octet is set if one of the word must not stand.
struct NotPrintable {  // no printable ASCII
  uint64_t operator()(uint64_t word) const {
    return ((word - ' ' * kOnes) & ~word) | (word + kOnes) | word;
  }
};
struct NotPrintableUnquoted {  // nor what CSV would have to quote
  static uint64_t Holds(uint64_t word, char c) {
    const uint64_t difference = word ^ static_cast<uint8_t>(c) * kOnes;
    return (difference - kOnes) & ~difference;
  }
  uint64_t operator()(uint64_t word) const {
    return NotPrintable()(word) | Holds(word, '"') | Holds(word, ',');
  }
};
struct Nothing {
  uint64_t operator()(uint64_t) const { return 0; }
};

// Fewer than eight octets, blanks behind them.
inline uint64_t LoadShort(std::string_view text) {
  uint64_t word = ' ' * kOnes;
  char octets[kWord];
  std::memcpy(octets, &word, kWord);
  for (size_t i = 0; i < text.size(); ++i) octets[i] = text[i];
  std::memcpy(&word, octets, kWord);
  return word;
}

// Copies `text` to `out`, which has room for as many octets and at least eight.
// False: a look at a word of it found something.
template <typename Look>
bool CopyPlain(std::string_view text, char* out) {
  const char* const p = text.data();
  const size_t size = text.size();
  uint64_t seen = 0;
  const auto copy = [&](uint64_t word, size_t at) {
    seen |= Look()(word);
    std::memcpy(out + at, &word, kWord);
  };
  if (size < kWord) {
    copy(LoadShort(text), 0);
  } else {
    for (size_t i = 0; i + kWord <= size; i += kWord) copy(LoadWord(p + i), i);
    copy(LoadWord(p + size - kWord), size - kWord);  // overlaps
  }
  return (seen & kHigh) == 0;
}

}  // namespace mailassay::audit
