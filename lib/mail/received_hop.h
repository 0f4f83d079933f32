// What one Received field says of the hop it records (RFC 5321 4.4).  Pure.
#pragma once

#include <optional>
#include <string_view>

namespace mailassay::mail {

// The date-time of the value of a Received field (RFC 5322 3.6.7): what is
// after the last ";" outside comments, quoted strings and quoted-pairs.
std::optional<std::string_view> DatePart(std::string_view value);

// Does it show that mail arrived from another host?  It names one in a From
// clause, the protocol of its With clause is none by which mail is fetched from
// a store, put into one or handed over within a host (POP3, IMAP, HTTP, MAPI,
// LMTP, local), and the address that the receiver saw, as TCP-info in a comment
// after the name (RFC 5321 4.4), is not of a private network (RFC 1918, RFC
// 4193) or of the host itself.  What cannot be told is an arrival.  The name
// that a host gives itself (HELO) can be made up, be it an address, so a
// private address counts nowhere else, but in "[10.0.0.1] (helo=name)"; and one
// public address anywhere in the From clause is enough.  Behind a proxy or
// relay of its own network, a private address is what the receiver sees of all
// mail.
bool ShowsArrival(std::string_view value);

}  // namespace mailassay::mail
