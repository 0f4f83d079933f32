// Canonicalisation of a header field: RFC 6376 3.4.1 (simple), 3.4.2 (relaxed).
#pragma once

#include <cstddef>
#include <string>

#include "lib/dkim/signature.h"
#include "lib/mail/header.h"

namespace mailassay::dkim {

// Appends one header field with its closing CRLF to `out`.
// `b_begin`/`b_size`: an octet range of field.raw left out (the value of b=
// in the signature's own field); 0,0: none.  Line ends inside the field become
// CRLF under simple and vanish under relaxed, LF or CRLF alike.
void AppendCanonicalField(Canonicalization algorithm,
                          const mail::HeaderField& field, size_t b_begin,
                          size_t b_size, std::string& out);

}  // namespace mailassay::dkim
