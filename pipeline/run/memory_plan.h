// How a run divides its memory budget.
//
// Most of it is for blocks in flight: each of `tokens` blocks may stand as
// text, as facts and as rows at once.  The sums of the audit (senders, keys)
// have a cap of their own and spill over it.
#pragma once

#include <cstddef>

namespace mailassay::run {

struct MemoryPlan {
  size_t tokens = 0;       // batches in flight
  size_t block_bytes = 0;  // of archive text in one
  size_t ledger_bytes = 0;
};

// REQUIRES: jobs > 0.  Blocks shrink before tokens do, down to 256 KiB.
MemoryPlan PlanMemory(size_t budget_bytes, int jobs, size_t block_bytes);

}  // namespace mailassay::run
