// The findings of an audit as people are shown them: those that touch most
// messages first, and of damage that one cause explains in a whole input one
// finding of the input instead of one a sender.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "lib/audit/findings.h"
#include "lib/audit/ledger.h"
#include "lib/audit/unit.h"

namespace mailassay::audit {

struct ListedFinding {
  FindingText text;
  FindingTally tally;
};

struct FindingList {
  std::vector<ListedFinding> entries;  // by count, the greatest first
  uint64_t all = 0;                    // how many there are
};

// The `size` findings that touch most messages, in memory for so many, and for
// kMaxCauses inputs that one cause fits (what is beyond has its findings by
// sender).  REQUIRES: columns >= 80.
inline constexpr size_t kMaxCauses = 4096;
FindingList ListFindings(Ledger& ledger, size_t size, size_t columns);

// The parts of the archive that one cause fits, by key of unit (unit.h), each
// as large as it can be.
struct PartCause {
  std::string key;
  UnitCause cause;
};
std::vector<PartCause> CausesOfParts(Ledger& ledger);

}  // namespace mailassay::audit
