// The two forms in which nearly every date of an archive is written, read at
// the fixed places of their parts.  What is not exactly so may be a date all
// the same, for the readers of date.h.  Pure, constant time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mailassay::mail {

inline constexpr size_t kAsctime = 24;  // octets

// "Thu Jan  1 00:00:00 1970", from 1970 on, read as UTC, as Unix seconds.
// REQUIRES: text.size() == kAsctime.
std::optional<int64_t> ReadAsctime(std::string_view text);

// "Thu, 01 Jan 1970 00:00:00 +0000", from 1900 on, as Unix seconds.  The day
// may have one digit; white space may stand around the date, and a comment with
// the zone's name after it (RFC 5322 3.3).
std::optional<int64_t> ReadFieldDate(std::string_view text);

}  // namespace mailassay::mail
