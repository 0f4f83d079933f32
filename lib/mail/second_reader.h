// mimetic as a second reader of address fields: another program's view of the
// same bytes, used only to notice that two readers of mail would show two
// authors.  The only file that includes mimetic; it bounds the size first and
// catches whatever mimetic throws.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay::mail {

// The domains that mimetic reads in an address list, lower case, sorted,
// without duplicates.  nullopt: over 64 KiB, or mimetic gave up.
std::optional<std::vector<std::string>> SecondReadingDomains(
    std::string_view text);

}  // namespace mailassay::mail
