// A zone as octoDNS has it: YAML, names below the domain that the file is
// called after.  As much of YAML is read as octoDNS writes.  Pure functions.
#pragma once

#include <string_view>

#include "pipeline/keys/key_rows.h"

namespace mailassay::keys {

// Is the line a key of a YAML mapping, or the beginning of a document?
bool LooksLikeYamlLine(std::string_view line);

// `domain`: of the zone; empty: not known, and no relative name can be read.
void ReadOctodnsZone(std::string_view text, std::string_view domain,
                     KeyRows& rows);

}  // namespace mailassay::keys
