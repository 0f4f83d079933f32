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

// "Thu Jan  1 00:00:00 1970", from 1970 on, as Unix seconds if it is UTC.
// REQUIRES: text.size() == kAsctime.
std::optional<int64_t> ReadAsctime(std::string_view text);

// "Thu, 01 Jan 1970 00:00:00 +0000", a day of one or two digits, from 1900 on;
// white space around it, and a zone's name as the comment behind it (RFC 5322
// 3.3), as Unix seconds.
std::optional<int64_t> ReadFieldDate(std::string_view text);

}  // namespace mailassay::mail
