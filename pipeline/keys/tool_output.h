// What programs print that ask DNS, copied into a file: host and nslookup
// (those of dig and massdns are lines of a zone file).  Pure functions.
#pragma once

#include <string_view>

#include "pipeline/keys/key_rows.h"

namespace mailassay::keys {

// Does the line stem from one of them?
bool LooksLikeToolLine(std::string_view line);

// Takes TXT records, CNAMEs and "there is none"; all else is passed over.
void ReadToolOutput(std::string_view text, KeyRows& rows);

}  // namespace mailassay::keys
