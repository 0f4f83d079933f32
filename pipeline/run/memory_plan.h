// How a run divides its memory budget.
//
// Half of it is for blocks in flight: each of `tokens` blocks may stand as
// text, and as facts of up to three times its size; what goes beyond is
// deferred. The sums of the audit (senders, keys) have a cap of their own and
// spill over it.
#pragma once

#include <cstddef>

namespace mailassay::run {

struct MemoryPlan {
  size_t tokens = 0;       // batches in flight
  size_t block_bytes = 0;  // of archive text in one
  size_t facts_bytes = 0;  // of facts that a batch may hold as structs
  size_t part_bytes = 0;   // the same of a part of a store, of which rows are
                           // made that take several times as much
  size_t ledger_bytes = 0;
  size_t duplicates_bytes = 0;  // while they are looked for
};

// REQUIRES: jobs > 0.  Blocks shrink before tokens do, down to 256 KiB.
MemoryPlan PlanMemory(size_t budget_bytes, int jobs, size_t block_bytes);

}  // namespace mailassay::run
