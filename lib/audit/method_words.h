// What codes and names mean, in words for people who know neither DKIM nor this
// program.  Pure.
#pragma once

#include <string_view>

#include "lib/audit/books.h"
#include "lib/audit/error_row.h"
#include "lib/audit/row.h"

namespace mailassay::audit {

// Whole sentences.
std::string_view Meaning(MessageClass c);
// REQUIRES: not kNone.
std::string_view CauseLabel(dkim::Cause cause);
std::string_view Meaning(dkim::Cause cause);
std::string_view Meaning(Gap gap);
std::string_view Meaning(ErrorCode code);

// Of a limit as run.json calls it: "octets of a message".
std::string_view LimitWords(std::string_view name);

}  // namespace mailassay::audit
