#include "bench/pipeline_model.h"

#include <gtest/gtest.h>

namespace mailassay::bench {
namespace {

TEST(PipelineModel, OneCoreTakesTheSum) {
  EXPECT_DOUBLE_EQ(Simulate({{1, 2, 3, 4, 5}, {5, 4, 3, 2, 1}}, 1, 3), 30);
}

TEST(PipelineModel, OneTokenTakesTheSumOnAnyCores) {
  EXPECT_DOUBLE_EQ(Simulate({{1, 2, 3, 4, 5}, {5, 4, 3, 2, 1}}, 8, 1), 30);
}

TEST(PipelineModel, ParallelStagesShareTheCores) {
  const std::vector<BatchCost> batches(4, BatchCost{0, 6, 0, 0, 0});
  EXPECT_DOUBLE_EQ(Simulate(batches, 2, 5), 12);
  EXPECT_DOUBLE_EQ(Simulate(batches, 4, 9), 6);
  EXPECT_DOUBLE_EQ(Simulate(batches, 4, 2), 12);  // for want of tokens
}

TEST(PipelineModel, ASerialStageTakesOneBatchAtATime) {
  const std::vector<BatchCost> batches(10, BatchCost{2, 0, 0, 0, 0});
  EXPECT_DOUBLE_EQ(Simulate(batches, 8, 17), 20);
}

TEST(PipelineModel, ASerialStageKeepsTheOrder) {
  // The second batch is examined first but resolved behind the first.
  EXPECT_DOUBLE_EQ(Simulate({{0, 10, 1, 0, 0}, {0, 1, 1, 5, 0}}, 2, 5), 17);
}

}  // namespace
}  // namespace mailassay::bench
