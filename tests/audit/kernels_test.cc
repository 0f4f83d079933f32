#include "lib/audit/kernels.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace mailassay::audit {
namespace {

TEST(Kernels, TheChosenOnesWork) {
  EXPECT_EQ(FindBrokenKernel(), std::nullopt);
}

TEST(Kernels, FamiliesHaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (const KernelFamily* family : KernelFamilies()) {
    EXPECT_FALSE(family->name().empty());
    names.emplace(family->name());
  }
  EXPECT_EQ(names.size(), KernelFamilies().size());
  EXPECT_EQ(names.count("body"), 1u);
}

}  // namespace
}  // namespace mailassay::audit
