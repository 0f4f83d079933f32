#include "pipeline/keys/socket_plan.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdlib>

namespace mailassay::keys {
namespace {

TEST(SocketPlan, FitsBelowTheLimit) {
  for (unsigned long files = 0; files < 10'000; ++files) {
    const SocketPlan plan = SocketsBelow(files);
    ASSERT_GE(plan.queries, 1);
    ASSERT_GE(plan.tcp, 1);
    if (files >= 128) {
      ASSERT_LT(static_cast<unsigned long>(plan.queries + plan.tcp), files);
    }
  }
  EXPECT_EQ(SocketsBelow(1024).queries, 800);
  EXPECT_EQ(SocketsBelow(1 << 20).queries, 4096);
  EXPECT_EQ(SocketsBelow(1 << 20).tcp, 256);
}

// In a process of its own: the limits are the process's.
TEST(SocketPlanDeathTest, RaisesTheSoftLimitOnly) {
  const auto check = [](rlim_t soft, rlim_t hard, int wanted,
                        rlim_t expected_soft, int expected_queries) {
    const rlimit limit{soft, hard};
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) std::exit(1);
    const SocketPlan plan = MakeRoomForSockets(wanted);
    rlimit now{};
    getrlimit(RLIMIT_NOFILE, &now);
    std::exit(plan.queries == expected_queries &&
                      now.rlim_cur == expected_soft && now.rlim_max == hard
                  ? 0
                  : 2);
  };
  using testing::ExitedWithCode;
  EXPECT_EXIT(check(512, 4000, 1000, 1352, 1087), ExitedWithCode(0), "");
  EXPECT_EXIT(check(512, 700, 4000, 700, 517), ExitedWithCode(0), "");
  EXPECT_EXIT(check(2000, 4000, 256, 2000, 1654), ExitedWithCode(0), "");
}

}  // namespace
}  // namespace mailassay::keys
