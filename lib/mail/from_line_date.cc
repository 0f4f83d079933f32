#include <algorithm>
#include <array>

#include "lib/base/ascii.h"
#include "lib/mail/date.h"
#include "lib/mail/fixed_date.h"
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

// Is the line's end a date of asctime, and nothing before it a part of it?
std::optional<FromLineDatePlace> FindAsctime(std::string_view line) {
  constexpr size_t kFrom = 5;
  if (line.size() < kFrom + kAsctime) return std::nullopt;
  const size_t begin = line.size() - kAsctime;
  const bool apart = IsWsp(line[begin - 1]) &&
                     !TrimFws(line.substr(kFrom, begin - kFrom)).ends_with(',');
  if (!apart) return std::nullopt;
  const auto seconds = ReadAsctime(line.substr(begin));
  if (!seconds) return std::nullopt;
  return FromLineDatePlace{begin, FromLineDate{.seconds = *seconds}};
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
