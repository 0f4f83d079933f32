#include "pipeline/run/memory_plan.h"

#include <gtest/gtest.h>

namespace mailassay::run {
namespace {

TEST(MemoryPlan, FitsTheBudget) {
  for (size_t budget_mib : {64, 128, 512, 4096}) {
    for (int jobs : {1, 2, 8, 64, 1024}) {
      MemoryPlan plan = PlanMemory(budget_mib << 20, jobs, 8u << 20);
      EXPECT_GE(plan.tokens, 1u);
      EXPECT_LE(plan.tokens, static_cast<size_t>(jobs) * 2 + 1);
      EXPECT_GE(plan.block_bytes, 256u << 10);
      EXPECT_LE(plan.tokens * (plan.block_bytes + plan.facts_bytes) +
                    plan.ledger_bytes,
                budget_mib << 20)
          << budget_mib << " MiB, " << jobs << " jobs";
    }
  }
}

TEST(MemoryPlan, BlocksKeepTheirSizeWhileMemoryLasts) {
  EXPECT_EQ(PlanMemory(512u << 20, 2, 8u << 20).block_bytes, 8u << 20);
  EXPECT_LT(PlanMemory(512u << 20, 64, 8u << 20).block_bytes, 8u << 20);
}

TEST(MemoryPlan, AnAskedForBlockMayBeSmall) {
  EXPECT_EQ(PlanMemory(512u << 20, 2, 1024).block_bytes, 1024u);
}

}  // namespace
}  // namespace mailassay::run
