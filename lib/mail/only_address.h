// The one address in a text that RFC 5322 does not allow as a From field:
// "Doe, J <j@example.com>", "[x] J <j@example.com", "j..d@example.com",
// "j@example.com <j@example.com>".  Mail has such fields by the thousand, and
// every reader of mail takes the same address from them, for there is no other.
//
// The rule is about what could be taken for an address, not about how a field
// should be parsed: every "@" of the text is looked at, quoted, in comments and
// in encoded words too.  If two of them stand in different addresses, or one in
// something that a reader might take for a part of one, readers may differ, and
// there is no answer.  Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/mail/address.h"

namespace mailassay::mail {

inline constexpr size_t kOnlyAddressMaxOctets = 4096;
// "@" in the text with its encoded words decoded.
inline constexpr size_t kOnlyAddressMaxAtSigns = 16;

// A field's value, folded as it is; any octets.  The domain is a domain name;
// of an address that stands more than once, in whatever case, the last
// spelling. nullopt: none, several, control characters, or over a bound.
std::optional<Mailbox> FindOnlyAddress(std::string_view text);

}  // namespace mailassay::mail
