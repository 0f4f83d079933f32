// Whether text can be written as it is, eight octets at a look: nearly all
// text in mail's header can.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

#include "lib/base/octet_word.h"

namespace mailassay::audit {

// Bit 7 of an octet is set if one of the word is no printable ASCII.
inline uint64_t NotPrintable(uint64_t word) {
  return ((word - ' ' * kOnes) & ~word) | (word + kOnes) | word;
}

// Likewise if an octet is `c`.
inline uint64_t Holds(uint64_t word, char c) {
  const uint64_t difference = word ^ static_cast<uint8_t>(c) * kOnes;
  return (difference - kOnes) & ~difference;
}

// No word of the text has a bit 7 in look(word).  Behind a short text the word
// is filled with blanks; the last words of a long one overlap.
template <typename Look>
bool NoWord(std::string_view text, Look look) {
  const char* const p = text.data();
  const size_t size = text.size();
  if (size < kWord) {
    uint64_t word = ' ' * kOnes;
    if (size > 0) std::memcpy(&word, p, size);
    return (look(word) & kHigh) == 0;
  }
  uint64_t seen = look(LoadWord(p + size - kWord));
  for (size_t i = 0; i + kWord <= size; i += kWord) {
    seen |= look(LoadWord(p + i));
  }
  return (seen & kHigh) == 0;
}

inline bool IsPrintable(std::string_view text) {
  return NoWord(text, NotPrintable);
}

// Without a sign that CSV would have to quote either.
inline bool IsPrintableUnquoted(std::string_view text) {
  return NoWord(text, [](uint64_t word) {
    return NotPrintable(word) | Holds(word, '"') | Holds(word, ',');
  });
}

}  // namespace mailassay::audit
