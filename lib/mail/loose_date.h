// A date in any form that programs have written.  They have put its parts in
// any order, so it is read as a set of parts of which each may stand once: day
// of the month, month beside it, year and time of day must be there, a day name
// and zones may be there besides.  Text with any other word in it is prose.
// Pure; no locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mailassay::mail {

struct LooseDate {
  int64_t seconds = 0;
  bool has_zone = false;  // else read as UTC
  bool certain = true;    // false: day or month could be another (03/04/2024)
  bool has_half = false;  // AM or PM stands
};

inline constexpr size_t kMaxLooseParts = 16;

enum class Rest { kRefused, kIgnored };  // text behind a date that is whole

// Linear; a part looks at 40 octets at most beyond itself.
std::optional<LooseDate> ParseLooseDate(std::string_view text, Rest rest);

}  // namespace mailassay::mail
