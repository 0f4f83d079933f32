// mimetic as a second reader of address fields: another program's view of the
// same bytes, used only to notice that two readers of mail would show two
// authors.  The only file that includes mimetic; it bounds the size first and
// catches whatever mimetic throws.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay::mail {

inline constexpr size_t kSecondReaderMaxOctets = 4096;
// Of ",", ";" and ":" together.
inline constexpr size_t kSecondReaderMaxDelimiters = 64;

// The domains that mimetic reads in an address list, unfolded as mimetic
// unfolds fields: lower case, white space at the end removed, none empty,
// sorted, without duplicates.  They are what mimetic says and may be no domain
// names at all; but a domain name that does not stand in the text as a whole
// ("b.co" of "mailto:a@b.com") is left out.  nullopt: over the bounds, or
// mimetic gave up.
std::optional<std::vector<std::string>> SecondReadingDomains(
    std::string_view text);

}  // namespace mailassay::mail
