// The two JSON forms of key files: an object {name: records}, and the JSON
// lines of --keys-out.  Pure functions; no exception leaves them.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "nlohmann/json.hpp"
#include "pipeline/keys/key_rows.h"

namespace mailassay::keys {

// True for one line of --keys-out: an object with "name" and "status".
bool LooksLikeKeyLine(std::string_view line);

// Adds the answer of one line; the error has no line number.
absl::Status ReadKeyLine(std::string_view line, AnswerList& answers);

// A member of the object {name: records}, where records is
//   "v=DKIM1; ..."              one record, or !NXDOMAIN, !TIMEOUT, !SERVFAIL;
//   ["v=DKIM1; ", "p=..."]      the strings of one record, where joined they
//                               parse as a key record and not each does alone;
//   ["v=DKIM1; ...", "..."]     several records, otherwise;
//   [["v=DKIM1; ", "p=..."]]    several records, each with its strings;
//   {"TXT": ...}                one of these.
void ReadKeyMember(const std::string& name, const nlohmann::json& value,
                   KeyRows& rows);

}  // namespace mailassay::keys
