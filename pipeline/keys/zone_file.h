// Reads TXT records from a zone file (RFC 1035 5), as BIND writes and takes
// them: $ORIGIN, $TTL, parentheses, quoted strings, escapes; and so the answers
// of dig, dumps of caches, and the file that opendkim-genkey makes.  Other
// types are skipped.  Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/keys/key_rows.h"

namespace mailassay::keys {

// True when a line reads as one of a zone file, not as "name TAB record": it
// begins with a blank, ';', '(' or '$', or a record type follows the name.
bool LooksLikeZoneLine(std::string_view line);

// Adds the zone's TXT records, as unknown types (RFC 3597), too, and its
// CNAMEs. Wildcards are not expanded: their records are skipped.  A relative
// name needs $ORIGIN, or the comment in which opendkim-genkey names the domain.
// $INCLUDE and $GENERATE are refused.  What can't be read is left out.
void ReadZone(std::string_view text, KeyRows& rows);

// The strings of a TXT record as a zone file has them ("..." "..."), joined;
// nullopt when they are none.
std::optional<std::string> JoinStrings(std::string_view rdata);

}  // namespace mailassay::keys
