// Key files that are tables: "name TAB record" lines, and what people and
// programs make of that: a comma or blanks between, a line of column names,
// quoted cells (RFC 4180), domain and selector apart.  Pure functions.
#pragma once

#include <string_view>

#include "pipeline/keys/key_rows.h"

namespace mailassay::keys {

// Does the line name columns, or hold a name and a record with a comma or
// semicolon between?
bool LooksLikeCsv(std::string_view line);

// Lines; '#' begins a comment.  !NXDOMAIN, !NODATA, !TIMEOUT, !SERVFAIL and
// !REFUSED in place of a record are outcomes of DNS.
void ReadTabLines(std::string_view text, KeyRows& rows);

void ReadCsv(std::string_view text, KeyRows& rows);

}  // namespace mailassay::keys
