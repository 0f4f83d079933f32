// Names of months and days as mail programs have written them, in the language
// of whoever ran them.  Pure; no locale.
//
// The languages: English, German, Dutch, French, Spanish, Catalan, Italian,
// Portuguese, Danish, Norwegian, Swedish, Finnish, Polish, Czech, Romanian,
// Hungarian, Turkish and Russian.  The table is bounded by one rule: no name in
// it means two months.  So Croatian is not in it ("lip" and "srp" are June and
// July there, July and August in Polish and Czech), and names that are numbers
// (Chinese, Japanese, Korean) need none.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mailassay::mail {

// A word in lower case, without accents, Cyrillic in Latin letters, so that
// "Mär", "MÄR" and "mar" are one.  What is no letter of ASCII or of one of
// those alphabets in UTF-8 (ISO 8859, "?" and U+FFFD for a letter that was
// lost) is "?", which stands for any one letter.
struct FoldedWord {
  static constexpr size_t kMax = 16;
  std::array<char, kMax> letters{};
  size_t size = 0;  // 0: no word, or longer than any name
  std::string_view text() const { return {letters.data(), size}; }
};
FoldedWord Fold(std::string_view word);

struct MonthName {
  int month = 0;      // 1..12; 0: no name of a month
  bool only = false;  // no other month fits (letters may have been lost)
};
// A name of a month or its first three letters or more.
MonthName FindMonth(std::string_view folded);

// A name of a day or its first two letters or more.
bool IsDayName(std::string_view folded);

}  // namespace mailassay::mail
