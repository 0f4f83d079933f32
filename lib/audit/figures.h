// Numbers and lines as people read them.  Stateless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mailassay::audit {

std::string Grouped(uint64_t value);  // 1,234,567

// An honest share: "0 %" only of nothing, "100 %" only of all, otherwise one
// decimal, "<0.1 %" and ">99.9 %" at the ends; "-" of an empty whole.
std::string Share(uint64_t part, uint64_t whole);

std::string Octets(uint64_t octets);   // 512 bytes, 1.5 MB, 12.0 GB
std::string Duration(double seconds);  // 0.4 s, 12 s, 3 min 5 s, 2 h 10 min

// Columns of safe text: its code points.
size_t Columns(std::string_view safe);
// Filled with blanks to `columns`, at the right or at the left; never cut.
std::string PadRight(std::string_view safe, size_t columns);
std::string PadLeft(std::string_view safe, size_t columns);
// The end of safe text, behind "..." when it has more than `columns`.
std::string Tail(std::string_view safe, size_t columns);

// `safe` broken at blanks into lines of at most `columns`; the first begins
// with `first`, the others with as many blanks.  A word that is longer than a
// line is broken too.  Each line ends in LF.
void AppendWrapped(std::string_view first, std::string_view safe,
                   size_t columns, std::string* out);

}  // namespace mailassay::audit
