// Content-Length in an mbox (mboxcl, mboxcl2): what a value says is looked up
// before it is believed.  Stateless.
#pragma once

#include <cstddef>
#include <string_view>

#include "lib/mail/mbox.h"
#include "pipeline/source/stream.h"

namespace mailassay::source {

// A larger value is not believed: so far ahead can be looked in any stream,
// and a message ends at the same place whatever the block size.
inline constexpr size_t kMaxContentLength = 8u << 20;

struct Landing {
  enum State { kYes, kNo, kMoreText } state = kNo;
  size_t end = 0;     // kYes: behind the message's last octet
  size_t next = 0;    // kYes: the next From_ line, or the end of the text
  size_t needed = 0;  // kMoreText: size of the text for a decision
};

// Does the Content-Length of the message at text[message] land on a separator
// or, `at_end`, on the end of the text?
Landing FindLanding(std::string_view text, size_t message, bool at_end,
                    const mail::MboxDialect& dialect);

// Is a stream that stands at its first From_ line an mbox to be walked by
// Content-Length?  The first value must land, and so must those of the next
// messages in sight.
bool IsContentLengthMbox(HeadedStream& stream,
                         const mail::MboxDialect& dialect);

}  // namespace mailassay::source
