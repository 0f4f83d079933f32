#include "lib/base/ascii.h"

#include <cstdint>
#include <cstring>

#include "lib/base/octet_word.h"

namespace mailassay {
namespace {

// The octets of `Word` at `p`, A-Z in lower case.  Bit 7 of each octet of the
// sums tells the octets from "A" on and those behind "Z"; 8-bit ones are none.
template <typename Word>
Word LowerAt(const char* p) {
  constexpr Word kEach = static_cast<Word>(kOnes);
  constexpr Word kBit7 = static_cast<Word>(kHigh);
  Word word;
  std::memcpy(&word, p, sizeof word);
  const Word seven_bits = word & ~kBit7;
  const Word from_a = seven_bits + kEach * (0x80 - 'A');
  const Word behind_z = seven_bits + kEach * (0x80 - 'Z' - 1);
  const Word upper = (from_a ^ behind_z) & ~word & kBit7;
  return word | upper >> 2;
}

// The last word may overlap the one before it.  REQUIRES: a word fits in.
template <typename Word>
bool EqualWords(const char* a, const char* b, size_t size) {
  const size_t last = size - sizeof(Word);
  for (size_t i = 0; i < last; i += sizeof(Word)) {
    if (LowerAt<Word>(a + i) != LowerAt<Word>(b + i)) return false;
  }
  return LowerAt<Word>(a + last) == LowerAt<Word>(b + last);
}

}  // namespace

bool StartsWithIgnoreCase(std::string_view text, std::string_view prefix) {
  const size_t size = prefix.size();
  if (text.size() < size) return false;
  const char* const a = text.data();
  const char* const b = prefix.data();
  if (size >= 8) return EqualWords<uint64_t>(a, b, size);
  if (size >= 4) return EqualWords<uint32_t>(a, b, size);
  for (size_t i = 0; i < size; ++i) {
    if (ToLower(a[i]) != ToLower(b[i])) return false;
  }
  return true;
}

std::string AsciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = ToLower(c);
  return lower;
}

std::string_view TrimFws(std::string_view text) {
  while (!text.empty() && IsFws(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsFws(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace mailassay
