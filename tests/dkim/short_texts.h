// All short texts of the octets that matter to canonicalisation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailassay::dkim {

// Calls f with every string of `size` octets over {a, SP, TAB, CR, LF}.
template <typename F>
void ForAllTexts(size_t size, const F& f) {
  constexpr std::string_view kAlphabet = "a \t\r\n";
  std::string text(size, kAlphabet[0]);
  std::vector<size_t> digits(size, 0);
  while (true) {
    f(text);
    size_t i = 0;
    while (i < size && ++digits[i] == kAlphabet.size()) {
      digits[i] = 0;
      text[i++] = kAlphabet[0];
    }
    if (i == size) break;
    text[i] = kAlphabet[digits[i]];
  }
}

// The same for every size up to `most`.
template <typename F>
void ForAllTextsUpTo(size_t most, const F& f) {
  for (size_t size = 0; size <= most; ++size) ForAllTexts(size, f);
}

}  // namespace mailassay::dkim
