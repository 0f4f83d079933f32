// The keys that a ledger's mail needs, as lines for people and for programs.
#pragma once

#include <functional>
#include <string_view>

#include "lib/audit/ledger.h"

namespace mailassay::audit {

// One line a name, in byte order of d= and s=, fields divided by TAB:
//   name, signatures, first and last receipt (RFC 3339; "-" unknown), what is
//   known ("live", "given", "nxdomain" ... as `status` of keys.csv; several
//   joined by
//   ","), first message (FILE@OFFSET)
// below a line "#name ..." that says so.
void WriteKeyList(Ledger& ledger,
                  const std::function<void(std::string_view)>& write);

// "d= TAB s=" of each name without a usable key, and of each whose signatures
// were made with another one: as archive.zk.email takes them.
void WriteMissingKeys(Ledger& ledger,
                      const std::function<void(std::string_view)>& write);

}  // namespace mailassay::audit
