#include "pipeline/keys/circuit_breaker.h"

#include <gtest/gtest.h>

namespace mailassay::keys {
namespace {

using State = CircuitBreaker::State;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr size_t kEnough = CircuitBreaker::kFailuresInARow;
const CircuitBreaker::Time kStart{seconds(1000)};

// So many lookups, all started at `started`, fail at `now`.
void Fail(CircuitBreaker& breaker, size_t n, CircuitBreaker::Time started,
          CircuitBreaker::Time now) {
  for (size_t i = 0; i < n; ++i) breaker.Failed(started, now);
}

TEST(CircuitBreaker, D3_SuspectsAfterManyFailuresInALongTime) {
  CircuitBreaker breaker;
  Fail(breaker, kEnough - 1, kStart, kStart + seconds(10));
  EXPECT_EQ(breaker.state(), State::kUp);
  breaker.Failed(kStart + seconds(9), kStart + seconds(10));
  EXPECT_EQ(breaker.state(), State::kSuspect);
  EXPECT_EQ(breaker.next_probe(), kStart + seconds(10));
}

TEST(CircuitBreaker, D3_ManyFailuresAtOnceAreNoSuspicion) {
  CircuitBreaker breaker;
  Fail(breaker, 10 * kEnough, kStart, kStart + milliseconds(4999));
  EXPECT_EQ(breaker.state(), State::kUp);
  breaker.Failed(kStart + seconds(5), kStart + seconds(5));
  EXPECT_EQ(breaker.state(), State::kSuspect);
}

TEST(CircuitBreaker, D3_AnyAnswerStartsAnew) {
  CircuitBreaker breaker;
  for (int i = 0; i < 10; ++i) {
    Fail(breaker, kEnough - 1, kStart, kStart + seconds(10));
    breaker.Answered();
  }
  EXPECT_EQ(breaker.state(), State::kUp);
  // The failures before the answer count for nothing, nor does their time.
  Fail(breaker, kEnough, kStart + seconds(20), kStart + seconds(24));
  EXPECT_EQ(breaker.state(), State::kUp);
}

TEST(CircuitBreaker, D3_TheProbeDecides) {
  CircuitBreaker breaker;
  Fail(breaker, kEnough, kStart, kStart + seconds(10));
  breaker.Answered();
  EXPECT_EQ(breaker.state(), State::kUp);
  Fail(breaker, kEnough, kStart, kStart + seconds(10));
  breaker.ProbeFailed(kStart + seconds(14));
  EXPECT_EQ(breaker.state(), State::kDown);
  EXPECT_FALSE(breaker.is_up());
  EXPECT_EQ(breaker.next_probe(),
            kStart + seconds(14) + CircuitBreaker::kBetweenProbes);
  breaker.Answered();
  EXPECT_TRUE(breaker.is_up());
}

}  // namespace
}  // namespace mailassay::keys
