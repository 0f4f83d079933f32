#include "lib/mail/from_line.h"

#include <algorithm>
#include <vector>

#include "lib/base/ascii.h"
#include "lib/mail/date.h"

namespace mailassay::mail {
namespace {

constexpr size_t kNone = std::string_view::npos;

// An address alone on a From_ line may have a name before it or a note behind.
constexpr size_t kMaxAddressWords = 6;
// A sender and a date in words that nobody has told us.
constexpr size_t kMaxDateLikeWords = 12;

// The words of `text`, one more than `most` at the most.
std::vector<std::string_view> WordsOf(std::string_view text, size_t most) {
  std::vector<std::string_view> words;
  size_t i = 0;
  while (words.size() <= most) {
    while (i < text.size() && IsWsp(text[i])) ++i;
    const size_t begin = i;
    while (i < text.size() && !IsWsp(text[i])) ++i;
    if (i == begin) break;
    words.push_back(text.substr(begin, i - begin));
  }
  return words;
}

bool IsTwoDigits(std::string_view text, size_t at) {
  return at + 2 <= text.size() && IsDigit(text[at]) && IsDigit(text[at + 1]);
}

// "10:00" or "10:00:05", whatever stands behind it.
bool IsTimeOfDay(std::string_view word) {
  const size_t colon = word.find(':');
  return (colon == 1 || colon == 2) && IsDigit(word[0]) &&
         IsDigit(word[colon - 1]) && IsTwoDigits(word, colon + 1);
}

bool IsYear(std::string_view word) {
  return word.size() == 4 &&
         (word.starts_with("19") || word.starts_with("20")) &&
         IsTwoDigits(word, 2);
}

// Letters, digits and dots around one "@", or a quoted local part.
bool IsAddress(std::string_view word) {
  if (word.starts_with('<') && word.ends_with('>')) {
    word = word.substr(1, word.size() - 2);
  }
  const size_t at = word.rfind('@');
  return at != kNone && at > 0 && at + 1 < word.size() &&
         word.find_first_of("()<>[],;:\\") == kNone;
}

// git format-patch writes the object name and always this date.
bool IsPatchLine(std::string_view rest) {
  constexpr std::string_view kDate = "Mon Sep 17 00:00:00 2001";
  const size_t space = rest.find(' ');
  return (space == 40 || space == 64) && TrimFws(rest.substr(space)) == kDate &&
         std::all_of(
             rest.begin(), rest.begin() + static_cast<int64_t>(space),
             [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

FromLineForm FormWithoutDate(std::string_view rest) {
  const auto words = WordsOf(rest, kMaxDateLikeWords);
  if (words.size() <= kMaxDateLikeWords &&
      std::ranges::any_of(words, IsTimeOfDay) &&
      std::ranges::any_of(words, IsYear)) {
    return FromLineForm::kDateLike;
  }
  if (words.size() > kMaxAddressWords) return FromLineForm::kNone;
  if (std::ranges::any_of(words, IsAddress)) return FromLineForm::kAddress;
  return words.size() == 1 ? FromLineForm::kWord : FromLineForm::kNone;
}

}  // namespace

FromLineForm FormOfFromLine(std::string_view line) {
  if (!line.starts_with(kFromWord) || line.size() > kMaxFromLine) {
    return FromLineForm::kNone;
  }
  // Behind such octets another From_ line may begin (mbox.h), and one place is
  // not to be two.
  if (line.find('\0') != line.npos || line.find('\x1A') != line.npos) {
    return FromLineForm::kNone;
  }
  const std::string_view rest = TrimFws(line.substr(kFromWord.size()));
  if (rest.empty() || rest == "-") return FromLineForm::kBare;
  if (IsPatchLine(rest)) return FromLineForm::kPatch;
  if (FindFromLineDate(line)) return FromLineForm::kDated;
  return FormWithoutDate(rest);
}

std::string_view EnvelopeFrom(std::string_view from_line) {
  if (!from_line.starts_with(kFromWord)) return {};
  std::string_view line = from_line.substr(0, from_line.find('\n'));
  if (const auto date = FindFromLineDate(line)) {
    return TrimFws(
        line.substr(kFromWord.size(), date->begin - kFromWord.size()));
  }
  const std::string_view rest = TrimFws(line.substr(kFromWord.size()));
  // What stands behind a sender in words nobody has told us is no part of it.
  return FormWithoutDate(rest) == FromLineForm::kDateLike
             ? rest.substr(0, rest.find_first_of(" \t"))
             : rest;
}

}  // namespace mailassay::mail
