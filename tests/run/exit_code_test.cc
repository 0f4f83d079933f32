#include "pipeline/run/exit_code.h"

#include <gtest/gtest.h>

#include <vector>

namespace mailassay::run {
namespace {

// "Of several: 70, then 130/143, 2, 6, 5, 1, 3, 4."
TEST(ExitCode, TheWeightierWins) {
  const std::vector<int> by_weight = {70, 130, 143, 2, 6, 5, 1, 3, 4, 0};
  for (size_t i = 0; i < by_weight.size(); ++i) {
    for (size_t j = i; j < by_weight.size(); ++j) {
      EXPECT_EQ(Weightier(by_weight[i], by_weight[j]), by_weight[i]);
      EXPECT_EQ(Weightier(by_weight[j], by_weight[i]), by_weight[i]);
    }
  }
}

}  // namespace
}  // namespace mailassay::run
