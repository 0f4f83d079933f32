// The proleptic Gregorian calendar, and the days, months and zones that RFC
// 5322 names: what the readers of dates share.  Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailassay::mail {

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

// Unix seconds.  A leap second (60) is the first second of the next minute:
// Unix time has no other place for it.  nullopt: a day, hour, minute or second
// that does not exist.  REQUIRES: year >= 0 and month in 1..12.
std::optional<int64_t> ToSeconds(const Civil& civil, int64_t offset_seconds);

// The day of that number, counted from 1970-01-01.  REQUIRES: within the years
// 0 to 9999.
Civil CivilFromDays(int64_t days);

// RFC 5322 3.3 day-name (Monday is 0) and month-name (January is 1), in any
// case. nullopt: it is none, or longer than three letters.
std::optional<int> DayNamed(std::string_view name);
std::optional<int> MonthNamed(std::string_view name);

// RFC 5322 4.3 obs-zone, in any case.
Zone NamedZone(std::string_view name);

// RFC 5322 4.3: two digits are 2000 to 2049 or 1950 to 1999.
constexpr int64_t YearOfTwoDigits(int value) {
  return value + (value < 50 ? 2000 : 1900);
}

}  // namespace mailassay::mail
