// Whose doing it is that a signature does not verify: what its reason says by
// itself (dkim::CauseOf), and what the message shows beside it.
#pragma once

#include <cstddef>

#include "lib/audit/row.h"

namespace mailassay::audit {

// Of signature `index`.  Damage that only storing does goes before what may
// have happened on the way, unless the body is the one that was signed.  A key
// record says nothing of whose doing it is: it need not be the one of then.
dkim::Cause CauseOf(const MessageRow& row, size_t index);
// The cause of what became of the best signature; kNone if the message has no
// signature.
dkim::Cause CauseOf(const MessageRow& row);

}  // namespace mailassay::audit
