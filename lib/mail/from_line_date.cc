#include <algorithm>
#include <array>

#include "lib/base/ascii.h"
#include "lib/mail/calendar.h"
#include "lib/mail/date.h"
#include "lib/mail/loose_date.h"

namespace mailassay::mail {
namespace {

static_assert(kMaxFromLineDateWords == kMaxLooseParts);

// Every form has a digit, a colon and a digit: the quickest refusal of prose.
bool HasTimeOfDay(std::string_view text) {
  for (size_t at = text.find(':', 1); at != text.npos;
       at = text.find(':', at + 1)) {
    if (IsDigit(text[at - 1]) && at + 1 < text.size() &&
        IsDigit(text[at + 1])) {
      return true;
    }
  }
  return false;
}

// A number of two digits; the first may be a blank where `padded`.
std::optional<int> TwoDigits(std::string_view text, size_t at, bool padded) {
  const bool blank = padded && text[at] == ' ';
  if ((!blank && !IsDigit(text[at])) || !IsDigit(text[at + 1])) {
    return std::nullopt;
  }
  return (blank ? 0 : (text[at] - '0') * 10) + text[at + 1] - '0';
}

// Where one of `names`, three octets each, stands in the text, counted from 0.
std::optional<int> NameAt(std::string_view text, size_t at,
                          std::string_view names) {
  for (size_t i = 0; i < names.size(); i += 3) {
    if (text.substr(at, 3) == names.substr(i, 3)) {
      return static_cast<int>(i / 3);
    }
  }
  return std::nullopt;
}

constexpr size_t kAsctime = 24;

// "Thu Jan  1 00:00:00 1970", as nearly every program writes it: read at its
// fixed places.  nullopt: it may be a date all the same.
std::optional<FromLineDate> ParseAsctime(std::string_view text) {
  constexpr std::string_view kSeparators = "   ::";
  constexpr size_t kPlaces[] = {3, 7, 10, 13, 16};
  for (size_t i = 0; i < kSeparators.size(); ++i) {
    if (text[kPlaces[i]] != kSeparators[i]) return std::nullopt;
  }
  const auto month = NameAt(text, 4, "JanFebMarAprMayJunJulAugSepOctNovDec");
  const auto day = TwoDigits(text, 8, true);
  const auto hour = TwoDigits(text, 11, false);
  const auto minute = TwoDigits(text, 14, false);
  const auto second = TwoDigits(text, 17, false);
  const auto century = TwoDigits(text, 20, false);
  const auto year = TwoDigits(text, 22, false);
  if (!NameAt(text, 0, "MonTueWedThuFriSatSun") || !month || !day || !hour ||
      !minute || !second || !century || !year || text[19] != ' ') {
    return std::nullopt;
  }
  const Civil civil{
      *century * 100 + *year, *month + 1, *day, *hour, *minute, *second};
  if (civil.year < 1970) return std::nullopt;
  const auto seconds = ToSeconds(civil, 0);
  if (!seconds) return std::nullopt;
  return FromLineDate{.seconds = *seconds};
}

// Is the line's end such a date, and nothing before it a part of it?
std::optional<FromLineDatePlace> FindAsctime(std::string_view line) {
  constexpr size_t kFrom = 5;
  if (line.size() < kFrom + kAsctime) return std::nullopt;
  const size_t begin = line.size() - kAsctime;
  const bool apart = IsWsp(line[begin - 1]) &&
                     !TrimFws(line.substr(kFrom, begin - kFrom)).ends_with(',');
  if (!apart) return std::nullopt;
  const auto date = ParseAsctime(line.substr(begin));
  if (!date) return std::nullopt;
  return FromLineDatePlace{begin, *date};
}

}  // namespace

std::optional<FromLineDate> ParseFromLineDate(std::string_view text) {
  text = TrimFws(text);
  if (text.size() < kMinFromLineDate || text.size() > kMaxFromLineDate ||
      !HasTimeOfDay(text) || text.find_first_of("\r\n") != text.npos) {
    return std::nullopt;
  }
  const std::optional<LooseDate> date = ParseLooseDate(text, Rest::kRefused);
  if (!date) return std::nullopt;
  return FromLineDate{date->seconds, date->has_zone, date->certain};
}

std::optional<FromLineDatePlace> FindFromLineDate(std::string_view line) {
  while (!line.empty() && IsFws(line.back())) line.remove_suffix(1);
  if (const auto place = FindAsctime(line)) return place;
  const size_t first = std::max<size_t>(
      5, line.size() - std::min(line.size(), kMaxFromLineDate));
  if (first >= line.size() || !HasTimeOfDay(line.substr(first))) {
    return std::nullopt;
  }
  std::array<size_t, kMaxFromLineDateWords> words{};
  size_t count = 0;
  for (size_t i = line.size() - 1; i >= first && count < words.size(); --i) {
    if (IsWsp(line[i - 1]) && !IsWsp(line[i])) words[count++] = i;
  }
  while (count > 0) {
    const size_t begin = words[--count];
    if (auto date = ParseFromLineDate(line.substr(begin))) {
      return FromLineDatePlace{begin, *date};
    }
  }
  return std::nullopt;
}

}  // namespace mailassay::mail
