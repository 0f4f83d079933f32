// Bodies as real mail has them: plain text, HTML in quoted-printable beside a
// text part, base64 attachments.  CRLF text without bare CR or LF, always ended
// by CRLF.
#pragma once

#include <cstddef>
#include <string>

#include "tests/reference/random.h"

namespace mailassay::bench {

struct MadeBody {
  std::string content_type;       // values of the message's own fields
  std::string transfer_encoding;  // "7bit", "8bit", "quoted-printable"
  std::string text;
};

// About `size` octets, for which the mix of kinds depends on the size: what is
// large is an attachment.
MadeBody MakeBody(reference::Random& random, size_t size);

// As developers write to mailing lists: plain text that quotes what it answers,
// or a patch.
MadeBody MakeListBody(reference::Random& random, size_t size);

// The kinds of text, whole lines of at least `size` octets together.
// Text as people write it, odd lines included.
void AppendTextLines(reference::Random& random, size_t size, std::string& out);
// HTML in quoted-printable: lines of 76 octets with soft breaks (RFC 2045 6.7).
void AppendQuotedPrintable(reference::Random& random, size_t size,
                           std::string& out);
void AppendBase64(reference::Random& random, size_t size, std::string& out);
// Lines of words that canonicalise to themselves, simple or relaxed.
void AppendPlainLines(reference::Random& random, size_t size, std::string& out);

// Some words without line end, at most `size` octets.
std::string Words(reference::Random& random, size_t size);

}  // namespace mailassay::bench
