// Dates as mail writes them, in Unix seconds.  Pure; no locale, no time zone
// database, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailassay::mail {

// The date of a field.
struct FieldDate {
  int64_t seconds = 0;
  bool has_zone = false;  // a known one; else read as -0000: up to 14 h off
};

// RFC 5322 3.3 date-time with the obs- forms of 4.3 (two- and three-digit
// years, zone names, comments, missing seconds and day name), and what else has
// stood in Date and Received for decades and cannot be misread: day and month
// names longer or shorter than three letters ("Thur,", "Tues", "January"), no
// comma, day and month the other way round, asctime, RFC 850, ISO 8601, hours
// of one digit, a zone with a colon, no zone, and any text behind the date.
// Refused is what readers take for different days or half days (03/04/2024, AM
// and PM).  The day name need not fit the date.
std::optional<FieldDate> ParseDate(std::string_view text);

// The date of an mbox From_ line.
struct FromLineDate {
  int64_t seconds = 0;
  bool has_zone = false;  // without a zone read as UTC: up to 14 h off
  // False: day or month could be another, as in 03/04/2024 (read as the 3rd of
  // April) or where letters of the month's name were lost.
  bool certain = true;
};

inline constexpr size_t kMinFromLineDate = 13;  // "1/1/2024 0:00"
inline constexpr size_t kMaxFromLineDate =
    120;  // octets; no program wrote more
inline constexpr size_t kMaxFromLineDateWords = 16;

// The date part of a From_ line in any form that programs have written:
//   asctime "Thu Jan  1 00:00:00 1970", RFC 5322, RFC 850 ("Tuesday,
//   05-Mar-24"), the year before the time ("Mar 5 2024 10:00:05"), ISO 8601 and
//   2024/03/05, 05.03.2024, 05/03/2024;
//   the time to the minute, the second or less, 24 or 12 hours;
//   the day name or none; names of days and months as lib/mail/date_names.h has
//   them, whole or cut;
//   zones anywhere behind the time: +0100, +01:00, +01, (+0100), CET, (CET),
//   MET DST, GMT+0100; a name that RFC 5322 does not know counts as none;
//   UUCP's "remote from host" behind it.
// `text` is that part and nothing else but white space at its ends.  Day of the
// month, month beside it, year from 1970 on and time of day have to be there
// and to exist, each once; with any other word it is prose and refused.
// Constant time: at most kMaxFromLineDate octets are looked at.
std::optional<FromLineDate> ParseFromLineDate(std::string_view text);

struct FromLineDatePlace {
  size_t begin = 0;  // octet of the line: what is before it is the sender
  FromLineDate date;
};
// The longest date that a From_ line ("From sender date") ends in.  The sender
// may hold anything, blanks too.  Looks at the last kMaxFromLineDate octets.
std::optional<FromLineDatePlace> FindFromLineDate(std::string_view line);

// 2026-03-01T12:34:56Z, for any value; years beyond 9999 are clamped.
std::string FormatTime(int64_t seconds);
// The same, written to `out`.
inline constexpr size_t kTimeOctets = 20;
void WriteTime(int64_t seconds, char* out);
// RFC 3339 (a full-date alone is its first second, UTC; fractions are dropped)
// or plain Unix seconds, as options take a time.  Years 0 to 9999.
std::optional<int64_t> ParseTimeOption(std::string_view text);

}  // namespace mailassay::mail
