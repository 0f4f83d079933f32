// Where a plain mbox is cut into parts: found by anyone in the same place, from
// the octets around it alone.  Stateless.
#pragma once

#include <cstdint>

#include "lib/mail/mbox.h"
#include "pipeline/source/file_input.h"

namespace mailassay::source {

// The first certain separator at or behind octet `at` of a file whose mail
// begins at octet `mail`; the end of the file if there is none.  0 stays 0:
// what stands before the mail belongs to the first part.  What cannot be read
// is passed over.
uint64_t CutAt(const FileInput& file, const mail::MboxDialect& dialect,
               uint64_t mail, uint64_t at);

}  // namespace mailassay::source
