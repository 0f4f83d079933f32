// Text files of Windows.  Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailassay::keys {

// The text as UTF-8, if it begins with a byte order mark of UTF-16; an odd
// octet at the end and lone surrogates become U+FFFD.
std::optional<std::string> Utf8OfUtf16(std::string_view text);

}  // namespace mailassay::keys
