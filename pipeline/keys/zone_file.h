// Reads TXT records from a zone file (RFC 1035 5), as BIND writes and takes
// them: $ORIGIN, $TTL, parentheses, quoted strings, escapes.  Other types are
// skipped.  Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "pipeline/keys/answer.h"

namespace mailassay::keys {

// True when a line reads as one of a zone file, not as "name TAB record": it
// begins with a blank, ';', '(' or '$', or a record type follows the name.
bool LooksLikeZoneLine(std::string_view line);

// Adds the zone's TXT records to `answers`.  A CNAME is followed inside the
// file; one that leads out of it gives no answer.  Wildcards are not expanded:
// their records are skipped.  $INCLUDE and $GENERATE are refused.  An error
// says line and fault: "line 7: ...".
absl::Status ReadZone(std::string_view text, AnswerList& answers);

// The strings of a TXT record as a zone file has them ("..." "..."), joined;
// nullopt when they are none.
std::optional<std::string> JoinStrings(std::string_view rdata);

}  // namespace mailassay::keys
