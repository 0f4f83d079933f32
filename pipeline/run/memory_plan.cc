#include "pipeline/run/memory_plan.h"

#include <algorithm>

namespace mailassay::run {
namespace {

constexpr size_t kMinBlock = 256u << 10;

constexpr size_t kMinFacts = 1u << 20;
constexpr size_t kMostOfPart = 4u << 20;

// A block's text and its facts.
constexpr size_t kFactsPerText = 3;
constexpr size_t kCopies = 1 + kFactsPerText;

}  // namespace

MemoryPlan PlanMemory(size_t budget_bytes, int jobs, size_t block_bytes) {
  MemoryPlan plan;
  plan.ledger_bytes = budget_bytes / 4;
  // Before anything is judged: the room of the blocks is free.
  plan.duplicates_bytes = budget_bytes / 2;
  size_t for_blocks = budget_bytes / 2;
  plan.tokens = static_cast<size_t>(jobs) * 2 + 1;
  size_t fitting = for_blocks / (plan.tokens * kCopies);
  plan.block_bytes = std::max(std::min(block_bytes, fitting),
                              std::min(block_bytes, kMinBlock));
  plan.tokens = std::clamp<size_t>(for_blocks / (plan.block_bytes * kCopies), 1,
                                   plan.tokens);
  plan.facts_bytes = std::max(kMinFacts, kFactsPerText * plan.block_bytes);
  plan.part_bytes = std::min(kMostOfPart, plan.facts_bytes);
  return plan;
}

}  // namespace mailassay::run
