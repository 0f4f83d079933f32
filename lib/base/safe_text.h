// Text from mail made safe to show: what a sender wrote must not move the
// cursor of a terminal or hide behind invisible characters.  The CSV form,
// which adds quoting and the guard against formulas, is lib/audit/csv.h.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mailassay {

// Valid UTF-8 with nothing that acts: C0, DEL and C1 controls and octets that
// are not UTF-8 become \xNN, one for each octet, bidirectional and zero-width
// characters, line and paragraph separators become \u{XXXX}, a backslash stays
// as it is.
std::string SafeText(std::string_view text);

// SafeText cut to at most `columns` columns, counting each code point as one;
// a cut ends in "...".  For the terminal.
std::string SafeText(std::string_view text, size_t columns);

}  // namespace mailassay
