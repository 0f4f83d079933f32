#include "pipeline/keys/rate_limit.h"

#include <gtest/gtest.h>

namespace mailassay::keys {
namespace {

using std::chrono::milliseconds;

// D17: counted over a made-up clock, so no load of the machine matters.
TEST(RateLimit, GivesAtMostTheRateAfterItsBurst) {
  for (int per_second : {1, 7, 500, 10000}) {
    RateLimit::Time now{};
    RateLimit limit(per_second, now);
    int taken = 0;
    for (int ms = 0; ms < 10000; ++ms, now += milliseconds(1)) {
      while (limit.Take(now)) ++taken;
    }
    int burst = std::max(1, per_second / 10);
    EXPECT_LE(taken, 10 * per_second + burst);
    EXPECT_GE(taken, 10 * per_second - 1);
  }
}

TEST(RateLimit, AfterTheWaitThereIsAToken) {
  RateLimit::Time now{};
  RateLimit limit(3, now);
  for (int i = 0; i < 100; ++i) {
    if (!limit.Take(now)) {
      EXPECT_GT(limit.Wait().count(), 0);
      now += limit.Wait();
      EXPECT_TRUE(limit.Take(now));
    }
  }
}

TEST(RateLimit, DoesNotSaveUpOverAPause) {
  RateLimit::Time now{};
  RateLimit limit(100, now);
  now += std::chrono::hours(1);
  int taken = 0;
  while (limit.Take(now)) ++taken;
  EXPECT_EQ(taken, 10);
}

TEST(RateLimit, ZeroIsNoLimit) {
  RateLimit limit(0, {});
  for (int i = 0; i < 100000; ++i) ASSERT_TRUE(limit.Take({}));
}

}  // namespace
}  // namespace mailassay::keys
