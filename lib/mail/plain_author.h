// From fields of the plainest form, "Ann Other <ann@example.com>" or the
// address alone, which is what nearly all mail has: nothing in them can be read
// in two ways, so neither parser of addresses has to be asked.  Pure.
#pragma once

#include <optional>
#include <string_view>

#include "lib/mail/address.h"

namespace mailassay::mail {

// What FindAuthor says of a message with this one From field; nullopt: ask
// FindAuthor.
std::optional<Author> ReadPlainAuthor(std::string_view from_value);

}  // namespace mailassay::mail
