// What is wrong inside the text of one TXT record, or of several at one name.
// Pure; any octets are safe to give.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lib/audit/key_fault.h"
#include "lib/dkim/key_record.h"

namespace mailassay::audit {

struct RecordFault {
  KeyFault fault = KeyFault::kCount;
  Severity severity = Severity::kInfo;
  std::string detail;  // in words, as KeyFinding::detail
};

// Of a record that stands alone: what keeps it from being a key, and what its
// key is like.  Empty for a revoked one.
std::vector<RecordFault> RecordFaultsOf(const dkim::KeyRecord& record);

// Do the texts, none of them a key, make one when they are joined in some
// order?  Looks at up to four.
bool JoinToKey(std::span<const dkim::KeyRecord* const> records);

}  // namespace mailassay::audit
