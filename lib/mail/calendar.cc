// Counted in days from March 1st of year 0 so that the leap day ends a year
// (days_from_civil).
#include "lib/mail/calendar.h"

#include <algorithm>
#include <array>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

constexpr int64_t kSecondsPerDay = 86400;

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

// Counted from 0.
template <size_t kSize>
std::optional<int> PlaceIn(const std::array<uint32_t, kSize>& names,
                           std::string_view name) {
  if (name.size() != 3) return std::nullopt;
  const auto found = std::find(names.begin(), names.end(), KeyOf(name));
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin());
}

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

}  // namespace

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

std::optional<int64_t> ToSeconds(const Civil& civil, int64_t offset_seconds) {
  if (civil.day < 1 || civil.day > DaysInMonth(civil.year, civil.month) ||
      civil.hour > 23 || civil.minute > 59 || civil.second > 60) {
    return std::nullopt;
  }
  return DaysFromCivil(civil.year, civil.month, civil.day) * kSecondsPerDay +
         civil.hour * 3600 + civil.minute * 60 + civil.second - offset_seconds;
}

std::optional<int> DayNamed(std::string_view name) {
  return PlaceIn(kDayNames, name);
}

std::optional<int> MonthNamed(std::string_view name) {
  const std::optional<int> place = PlaceIn(kMonthNames, name);
  return place ? std::optional(*place + 1) : std::nullopt;
}

// The zones of North America are known; "other multi-character alphabetic time
// zones ... SHOULD be considered equivalent to -0000", and so should the
// military letters, whose meaning RFC 822 had turned around.
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

}  // namespace mailassay::mail
