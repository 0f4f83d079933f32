// The name of a member of a zip file, octet by octet as it stands there.
// libarchive gives a name that is marked as UTF-8 only in a locale that can
// hold it, and composed anew; and names must not depend on the user's locale.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailassay::source {

// No local header is longer: its fixed part, name and extra fields.
inline constexpr size_t kMaxZipHeader = 30 + 2 * 0xFFFF;

// The name in the local header (APPNOTE 4.3.7) with which `before` ends; an
// Info-ZIP Unicode Path field (0x7075, APPNOTE 4.6.9) that fits it goes before
// it.  nullopt: there is no such header.
std::optional<std::string> ZipName(std::string_view before);

}  // namespace mailassay::source
