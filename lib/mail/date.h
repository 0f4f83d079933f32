// Dates as mail writes them, in Unix seconds.  Pure; no locale, no time zone
// database, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailassay::mail {

// RFC 5322 3.3 date-time with the obs- forms of 4.3 (two- and three-digit
// years, zone names, comments, missing seconds and day name).  An unknown zone
// name counts as -0000.  Text behind the zone is ignored only when it is a
// comment.  A date without zone is refused: it could be half a day off and
// nobody would know.  The day name need not fit the date.
std::optional<int64_t> ParseDate(std::string_view text);

// The date of an mbox From_ line.
struct FromLineDate {
  int64_t seconds = 0;
  bool has_zone = false;  // without a zone read as UTC: up to 14 h off
};

// The date part of "From sender Thu Jan  1 00:00:00 1970" and its variants:
// asctime; with zone before or behind the year ("+0000 1970", "1970 +0100",
// "UTC 1970"); without seconds; RFC 5322 order; Google Takeout's
// "Thu Jan 01 00:00:00 +0000 1970".  `text` is that part and nothing else but
// white space at its ends; it begins with a day name and its year is 1970 or
// later, so that prose is not taken for a date.
std::optional<FromLineDate> ParseFromLineDate(std::string_view text);

// 2026-03-01T12:34:56Z, for any value; years beyond 9999 are clamped.
std::string FormatTime(int64_t seconds);
// The same, written to `out`.
inline constexpr size_t kTimeOctets = 20;
void WriteTime(int64_t seconds, char* out);
// RFC 3339 (a full-date alone is its first second, UTC; fractions are dropped)
// or plain Unix seconds, as options take a time.  Years 0 to 9999.
std::optional<int64_t> ParseTimeOption(std::string_view text);

}  // namespace mailassay::mail
