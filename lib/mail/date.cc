// Two grammars read left to right by one Scanner.  Nothing here allocates but
// FormatTime its result.
#include "lib/mail/date.h"

#include <algorithm>
#include <cstring>

#include "lib/base/ascii.h"
#include "lib/mail/calendar.h"
#include "lib/mail/fixed_date.h"
#include "lib/mail/loose_date.h"

namespace mailassay::mail {
namespace {

constexpr int64_t kSecondsPerDay = 86400;
constexpr size_t kMaxLooseDate = 120;  // what is behind is no part of a date
// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
constexpr int64_t kFirstSecond = -62167219200;
constexpr int64_t kLastSecond = 253402300799;

// Reads from the front of a text.  Each Take... either takes what it names and
// says so, or takes nothing that matters because the caller gives up.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }
  char Peek() const { return AtEnd() ? '\0' : text_[at_]; }

  bool Take(char c) {
    if (AtEnd() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  // At least one SP or TAB.
  bool TakeBlanks() {
    const size_t begin = at_;
    while (!AtEnd() && IsWsp(text_[at_])) ++at_;
    return at_ > begin;
  }

  // RFC 5322 3.2.2 CFWS, possibly empty.  False: a comment is not closed.
  bool SkipCfws() {
    SkipFws();
    while (Peek() == '(') {
      if (!SkipComment()) return false;
      SkipFws();
    }
    return true;
  }

  std::string_view TakeLetters() {
    const size_t begin = at_;
    while (!AtEnd() && IsAlpha(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // A number of `min` to `max` digits that is followed by no other digit;
  // `*digits` is how many.  REQUIRES: max <= 9.
  bool TakeNumber(size_t min, size_t max, int* value,
                  size_t* digits = nullptr) {
    size_t count = 0;
    *value = 0;
    while (!AtEnd() && IsDigit(text_[at_])) {
      if (++count > max) return false;
      *value = *value * 10 + (text_[at_++] - '0');
    }
    if (digits != nullptr) *digits = count;
    return count >= min;
  }

 private:
  void SkipFws() {
    while (!AtEnd() && IsFws(text_[at_])) ++at_;
  }

  // REQUIRES: at "(".  Comments nest (3.2.2); counting needs no stack.
  bool SkipComment() {
    size_t depth = 0;
    while (!AtEnd()) {
      const char c = text_[at_++];
      if (c == '(') {
        ++depth;
      } else if (c == ')') {
        if (--depth == 0) return true;
      } else if (c == '\\') {
        if (AtEnd()) return false;
        ++at_;
      }
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// RFC 5322 3.3: ( "+" / "-" ) 4DIGIT, of which the last two are below 60.
bool TakeOffset(Scanner& in, Zone* zone) {
  const bool west = in.Peek() == '-';
  int value = 0;
  if (!(in.Take('-') || in.Take('+')) || !in.TakeNumber(4, 4, &value) ||
      value % 100 > 59) {
    return false;
  }
  const int seconds = value / 100 * 3600 + value % 100 * 60;
  *zone = {west ? -seconds : seconds, true};
  return true;
}

// RFC 5322 4.3 zone / obs-zone.
bool TakeZone(Scanner& in, Zone* zone) {
  if (!IsAlpha(in.Peek())) return TakeOffset(in, zone);
  const std::string_view name = in.TakeLetters();
  *zone = NamedZone(name);
  return !EqualsIgnoreCase(name, "AM") && !EqualsIgnoreCase(name, "PM");
}

// RFC 5322 3.3: 1900 or later; 4.3: two digits are 2000 to 2049 or 1950 to
// 1999, three digits count from 1900.  More than four digits are refused: a
// message of the year 10000 has not been written.
bool TakeYear(Scanner& in, int64_t* year) {
  int value = 0;
  size_t digits = 0;
  if (!in.TakeNumber(2, 4, &value, &digits)) return false;
  if (digits == 4) {
    *year = value;
    return value >= 1900;
  }
  *year = value + (digits == 2 && value < 50 ? 2000 : 1900);
  return true;
}

bool TakeMonth(Scanner& in, int* month) {
  const std::optional<int> named = MonthNamed(in.TakeLetters());
  *month = named.value_or(0);
  return named.has_value();
}

// RFC 5322 4.3: hour ":" minute [ ":" second ], CFWS anywhere between.
bool TakeTime(Scanner& in, Civil* civil) {
  if (!in.TakeNumber(2, 2, &civil->hour) || !in.SkipCfws() || !in.Take(':') ||
      !in.SkipCfws() || !in.TakeNumber(2, 2, &civil->minute) ||
      !in.SkipCfws()) {
    return false;
  }
  if (!in.Take(':')) return true;
  return in.SkipCfws() && in.TakeNumber(2, 2, &civil->second) && in.SkipCfws();
}

// [ day-name "," ].  The name is not compared with the date: software that
// writes the wrong one knows the date all the same.
bool TakeDayOfWeek(Scanner& in) {
  if (!IsAlpha(in.Peek())) return true;
  return DayNamed(in.TakeLetters()) && in.SkipCfws() && in.Take(',') &&
         in.SkipCfws();
}

// RFC 3339 5.6 full-date; the month is checked here, the day by ToSeconds.
bool TakeFullDate(Scanner& in, Civil* civil) {
  int year = 0;
  if (!in.TakeNumber(4, 4, &year) || !in.Take('-') ||
      !in.TakeNumber(2, 2, &civil->month) || !in.Take('-') ||
      !in.TakeNumber(2, 2, &civil->day)) {
    return false;
  }
  civil->year = year;
  return civil->month >= 1 && civil->month <= 12;
}

// RFC 3339 5.6 full-time; a fraction of a second is dropped.
bool TakeFullTime(Scanner& in, Civil* civil, int64_t* offset_seconds) {
  if (!in.TakeNumber(2, 2, &civil->hour) || !in.Take(':') ||
      !in.TakeNumber(2, 2, &civil->minute) || !in.Take(':') ||
      !in.TakeNumber(2, 2, &civil->second)) {
    return false;
  }
  if (in.Take('.')) {
    if (!IsDigit(in.Peek())) return false;
    while (IsDigit(in.Peek())) in.Take(in.Peek());
  }
  if (in.Take('Z') || in.Take('z')) return in.AtEnd();
  const bool west = in.Peek() == '-';
  int hours = 0;
  int minutes = 0;
  if (!(in.Take('-') || in.Take('+')) || !in.TakeNumber(2, 2, &hours) ||
      !in.Take(':') || !in.TakeNumber(2, 2, &minutes) || hours > 23 ||
      minutes > 59) {
    return false;
  }
  *offset_seconds = (hours * 3600 + minutes * 60) * (west ? -1 : 1);
  return in.AtEnd();
}

std::optional<int64_t> InRange(std::optional<int64_t> seconds) {
  if (!seconds || *seconds < kFirstSecond || *seconds > kLastSecond) {
    return std::nullopt;
  }
  return seconds;
}

// An optional "-" and digits.
std::optional<int64_t> ParseUnixSeconds(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  // 12 digits hold every second up to the year 9999.
  if (text.empty() || text.size() > 12 ||
      !std::all_of(text.begin(), text.end(), IsDigit)) {
    return std::nullopt;
  }
  int64_t value = 0;
  for (char c : text) value = value * 10 + (c - '0');
  return negative ? -value : value;
}

// RFC 5322 3.3 and 4.3.
std::optional<FieldDate> ParseStrictDate(std::string_view text) {
  Scanner in(text);
  Civil civil;
  Zone zone;
  if (!in.SkipCfws() || !TakeDayOfWeek(in) ||
      !in.TakeNumber(1, 2, &civil.day) || !in.SkipCfws() ||
      !TakeMonth(in, &civil.month) || !in.SkipCfws() ||
      !TakeYear(in, &civil.year) || !in.SkipCfws() || !TakeTime(in, &civil) ||
      !TakeZone(in, &zone) || !in.SkipCfws() || !in.AtEnd()) {
    return std::nullopt;
  }
  const auto seconds = ToSeconds(civil, zone.offset_seconds);
  if (!seconds) return std::nullopt;
  return FieldDate{*seconds, zone.known};
}

bool IsControl(char c) {
  return (static_cast<unsigned char>(c) < ' ' && !IsFws(c)) || c == 127;
}

void WriteDigits(char* end, int count, int64_t value) {
  for (; count > 0; --count, value /= 10) {
    *--end = static_cast<char>('0' + value % 10);
  }
}

}  // namespace

std::optional<FieldDate> ParseDate(std::string_view text) {
  if (auto seconds = ReadFieldDate(text)) return FieldDate{*seconds, true};
  if (auto date = ParseStrictDate(text)) return date;
  text = text.substr(0, kMaxLooseDate);
  if (std::any_of(text.begin(), text.end(), IsControl)) return std::nullopt;
  const auto date = ParseLooseDate(text, Rest::kIgnored);
  if (!date || !date->certain || date->has_half) return std::nullopt;
  return FieldDate{date->seconds, date->has_zone};
}

std::string FormatTime(int64_t seconds) {
  std::string out(kTimeOctets, '\0');
  WriteTime(seconds, out.data());
  return out;
}

void WriteTime(int64_t seconds, char* out) {
  seconds = std::clamp(seconds, kFirstSecond, kLastSecond);
  int64_t days = seconds / kSecondsPerDay;
  int64_t rest = seconds % kSecondsPerDay;
  if (rest < 0) {
    rest += kSecondsPerDay;
    --days;
  }
  const Civil civil = CivilFromDays(days);
  std::memcpy(out, "0000-00-00T00:00:00Z", kTimeOctets);
  WriteDigits(out + 4, 4, civil.year);
  WriteDigits(out + 7, 2, civil.month);
  WriteDigits(out + 10, 2, civil.day);
  WriteDigits(out + 13, 2, rest / 3600);
  WriteDigits(out + 16, 2, rest / 60 % 60);
  WriteDigits(out + 19, 2, rest % 60);
}

std::optional<int64_t> ParseTimeOption(std::string_view text) {
  if (auto seconds = ParseUnixSeconds(text)) return InRange(seconds);
  Scanner in(text);
  Civil civil;
  int64_t offset_seconds = 0;
  if (!TakeFullDate(in, &civil)) return std::nullopt;
  if (in.AtEnd()) return ToSeconds(civil, 0);
  // RFC 3339 5.6 note: "t" and, for readability, a space may separate.
  if (!(in.Take('T') || in.Take('t') || in.Take(' ')) ||
      !TakeFullTime(in, &civil, &offset_seconds)) {
    return std::nullopt;
  }
  return InRange(ToSeconds(civil, offset_seconds));
}

}  // namespace mailassay::mail
