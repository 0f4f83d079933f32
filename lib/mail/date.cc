// Calendar arithmetic on the proleptic Gregorian calendar, counted in days from
// March 1st of year 0 so that the leap day ends a year (days_from_civil); and
// three grammars read left to right by one Scanner.  Nothing here allocates but
// FormatTime its result.
#include "lib/mail/date.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

constexpr int64_t kSecondsPerDay = 86400;
// 0000-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
constexpr int64_t kFirstSecond = -62167219200;
constexpr int64_t kLastSecond = 253402300799;

// Three letters, whatever their case, as one number.
constexpr uint32_t KeyOf(std::string_view letters) {
  uint32_t key = 0;
  for (const char c : letters.substr(0, 3)) {
    key = key << 8 | static_cast<unsigned char>(ToLower(c));
  }
  return key;
}

constexpr std::array<uint32_t, 7> kDayNames = {
    KeyOf("Mon"), KeyOf("Tue"), KeyOf("Wed"), KeyOf("Thu"),
    KeyOf("Fri"), KeyOf("Sat"), KeyOf("Sun")};
constexpr std::array<uint32_t, 12> kMonthNames = {
    KeyOf("Jan"), KeyOf("Feb"), KeyOf("Mar"), KeyOf("Apr"),
    KeyOf("May"), KeyOf("Jun"), KeyOf("Jul"), KeyOf("Aug"),
    KeyOf("Sep"), KeyOf("Oct"), KeyOf("Nov"), KeyOf("Dec")};

struct Civil {
  int64_t year = 0;
  int month = 0;  // 1..12
  int day = 0;    // 1..31
  int hour = 0;
  int minute = 0;
  int second = 0;
};

struct Zone {
  int64_t offset_seconds = 0;
  bool known = false;  // false: read as -0000
};

bool IsLeapYear(int64_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int DaysInMonth(int64_t year, int month) {
  if (month == 2) return IsLeapYear(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// Days from 1970-01-01.  REQUIRES: year >= 0.
int64_t DaysFromCivil(int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year =
      (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t day_of_era =
      year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146097 + day_of_era - 719468;
}

// The inverse.  REQUIRES: days within the years 0 to 9999.
Civil CivilFromDays(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era = (day_of_era - day_of_era / 1460 +
                               day_of_era / 36524 - day_of_era / 146096) /
                              365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  Civil civil;
  civil.day = static_cast<int>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  civil.month = static_cast<int>(shifted_month + (shifted_month < 10 ? 3 : -9));
  civil.year = year_of_era + era * 400 + (civil.month <= 2 ? 1 : 0);
  return civil;
}

// A leap second (60) is the first second of the next minute: Unix time has no
// other place for it.
std::optional<int64_t> ToSeconds(const Civil& civil, int64_t offset_seconds) {
  if (civil.day < 1 || civil.day > DaysInMonth(civil.year, civil.month) ||
      civil.hour > 23 || civil.minute > 59 || civil.second > 60) {
    return std::nullopt;
  }
  return DaysFromCivil(civil.year, civil.month, civil.day) * kSecondsPerDay +
         civil.hour * 3600 + civil.minute * 60 + civil.second - offset_seconds;
}

// RFC 5322 4.3: the zones of North America are known; "other multi-character
// alphabetic time zones ... SHOULD be considered equivalent to -0000", and so
// should the military letters, whose meaning RFC 822 had turned around.
Zone NamedZone(std::string_view name) {
  struct Named {
    std::string_view name;
    int hours;
  };
  static constexpr Named kZones[] = {
      {"UT", 0},   {"GMT", 0},  {"UTC", 0},  {"Z", 0},
      {"EDT", -4}, {"EST", -5}, {"CDT", -5}, {"CST", -6},
      {"MDT", -6}, {"MST", -7}, {"PDT", -7}, {"PST", -8},
  };
  for (const Named& zone : kZones) {
    if (EqualsIgnoreCase(zone.name, name)) return {zone.hours * 3600, true};
  }
  return {};
}

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
    while (!AtEnd()) {
      if (IsFws(text_[at_])) {
        ++at_;
      } else if (text_[at_] != '(') {
        return true;
      } else if (!SkipComment()) {
        return false;
      }
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

  // The position of a name of three letters in `names`, in any case.
  template <size_t kSize>
  bool TakeName(const std::array<uint32_t, kSize>& names, int* index) {
    const std::string_view letters = TakeLetters();
    if (letters.size() != 3) return false;
    const auto name = std::find(names.begin(), names.end(), KeyOf(letters));
    *index = static_cast<int>(name - names.begin());
    return name != names.end();
  }

 private:
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
  *zone = NamedZone(in.TakeLetters());
  return true;
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
  int ignored = 0;
  if (!IsAlpha(in.Peek())) return true;
  return in.TakeName(kDayNames, &ignored) && in.SkipCfws() && in.Take(',') &&
         in.SkipCfws();
}

// HH:MM[:SS] without anything between, as From_ lines have it.
bool TakePlainTime(Scanner& in, Civil* civil) {
  if (!in.TakeNumber(2, 2, &civil->hour) || !in.Take(':') ||
      !in.TakeNumber(2, 2, &civil->minute)) {
    return false;
  }
  return !in.Take(':') || in.TakeNumber(2, 2, &civil->second);
}

bool TakePlainYear(Scanner& in, int64_t* year) {
  int value = 0;
  if (!in.TakeNumber(4, 4, &value)) return false;
  *year = value;
  return value >= 1970;
}

// A zone of a From_ line: an offset, a name, or two names ("MET DST").
bool TakeFromLineZone(Scanner& in, Zone* zone) {
  if (!IsAlpha(in.Peek())) return TakeOffset(in, zone);
  const std::string_view name = in.TakeLetters();
  if (name.size() > 6) return false;
  *zone = NamedZone(name);
  Scanner next = in;
  if (next.TakeBlanks() && IsAlpha(next.Peek())) {
    in = next;
    *zone = {};
    return in.TakeLetters().size() <= 6;
  }
  return true;
}

// What may end a From_ line: [ blanks zone [ blanks "(" name ")" ] ].
bool TakeTrailingZone(Scanner& in, Zone* zone) {
  if (in.AtEnd()) return true;
  if (!in.TakeBlanks() || !TakeFromLineZone(in, zone)) return false;
  if (in.AtEnd()) return true;
  return in.TakeBlanks() && in.Take('(') && !in.TakeLetters().empty() &&
         in.Take(')') && in.AtEnd();
}

// Behind the day name: Mon D HH:MM[:SS] [zone] YYYY [zone].
bool TakeAsctime(Scanner& in, Civil* civil, Zone* zone) {
  int month = 0;
  if (!in.TakeName(kMonthNames, &month) || !in.TakeBlanks() ||
      !in.TakeNumber(1, 2, &civil->day) || !in.TakeBlanks() ||
      !TakePlainTime(in, civil) || !in.TakeBlanks()) {
    return false;
  }
  civil->month = month + 1;
  if (IsDigit(in.Peek())) {
    return TakePlainYear(in, &civil->year) && TakeTrailingZone(in, zone);
  }
  return TakeFromLineZone(in, zone) && in.TakeBlanks() &&
         TakePlainYear(in, &civil->year) && in.AtEnd();
}

// Behind the day name: D Mon YYYY HH:MM[:SS] [zone].
bool TakeMailOrder(Scanner& in, Civil* civil, Zone* zone) {
  int month = 0;
  if (!in.TakeNumber(1, 2, &civil->day) || !in.TakeBlanks() ||
      !in.TakeName(kMonthNames, &month) || !in.TakeBlanks() ||
      !TakePlainYear(in, &civil->year) || !in.TakeBlanks() ||
      !TakePlainTime(in, civil)) {
    return false;
  }
  civil->month = month + 1;
  return TakeTrailingZone(in, zone);
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

void WriteDigits(char* end, int count, int64_t value) {
  for (; count > 0; --count, value /= 10) {
    *--end = static_cast<char>('0' + value % 10);
  }
}

}  // namespace

std::optional<int64_t> ParseDate(std::string_view text) {
  Scanner in(text);
  Civil civil;
  Zone zone;
  int month = 0;
  if (!in.SkipCfws() || !TakeDayOfWeek(in) ||
      !in.TakeNumber(1, 2, &civil.day) || !in.SkipCfws() ||
      !in.TakeName(kMonthNames, &month) || !in.SkipCfws() ||
      !TakeYear(in, &civil.year) || !in.SkipCfws() || !TakeTime(in, &civil) ||
      !TakeZone(in, &zone) || !in.SkipCfws() || !in.AtEnd()) {
    return std::nullopt;
  }
  civil.month = month + 1;
  return ToSeconds(civil, zone.offset_seconds);
}

std::optional<FromLineDate> ParseFromLineDate(std::string_view text) {
  Scanner in(TrimFws(text));
  Civil civil;
  Zone zone;
  int ignored = 0;
  if (!in.TakeName(kDayNames, &ignored)) return std::nullopt;
  in.Take(',');
  if (!in.TakeBlanks()) return std::nullopt;
  if (!(IsDigit(in.Peek()) ? TakeMailOrder(in, &civil, &zone)
                           : TakeAsctime(in, &civil, &zone))) {
    return std::nullopt;
  }
  const std::optional<int64_t> seconds = ToSeconds(civil, zone.offset_seconds);
  if (!seconds) return std::nullopt;
  return FromLineDate{*seconds, zone.known};
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
