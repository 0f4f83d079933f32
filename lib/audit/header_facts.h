// What a message's header says of itself, read once for all tables.  Claims,
// not proof.  Pure.
#pragma once

#include <string_view>

#include "lib/audit/facts.h"
#include "lib/mail/header.h"

namespace mailassay::audit {

// Fills the header's part of `facts` (everything but author, which is there,
// input, offset, length, limit, body facts and signatures).  `from_line` is the
// mbox From_ line or empty.  Texts are put into `arena`.
void ReadHeaderFacts(const mail::Header& header, std::string_view from_line,
                     Arena& arena, MessageFacts& facts);

}  // namespace mailassay::audit
