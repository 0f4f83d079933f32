// Is the resolver there at all?  When nothing has been answered for a while and
// all of the last lookups failed, it is suspected to be down; what a probe says
// then decides.  A probe is a name that was answered before, so names that have
// no servers any more, be they ever so many, don't take the resolver down.
// While it is down one probe at a time finds out when it is up again.
//
//   kUp --failures in a row--> kSuspect --probe fails--> kDown
//    ^                            |                        |
//    +---------- an answer -------+------------------------+
//
// Knows no clock and asks nobody.  A plain value of one thread.
#pragma once

#include <chrono>
#include <cstddef>

namespace mailassay::keys {

class CircuitBreaker {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class State { kUp, kSuspect, kDown };

  static constexpr size_t kFailuresInARow = 50;
  static constexpr std::chrono::seconds kSilence{5};
  static constexpr std::chrono::seconds kBetweenProbes{2};

  State state() const { return state_; }
  bool is_up() const { return state_ == State::kUp; }

  // A lookup, or a probe, came to its end; an answer is all that a server says,
  // be it "no such name".
  void Answered() {
    failures_ = 0;
    state_ = State::kUp;
  }
  void Failed(Time started, Time now) {
    if (failures_++ == 0) silent_since_ = started;
    if (state_ == State::kUp && failures_ >= kFailuresInARow &&
        now - silent_since_ >= kSilence) {
      state_ = State::kSuspect;
      next_probe_ = now;
    }
  }
  void ProbeFailed(Time now) {
    state_ = State::kDown;
    next_probe_ = now + kBetweenProbes;
  }

  // REQUIRES: not kUp.
  Time next_probe() const { return next_probe_; }

 private:
  State state_ = State::kUp;
  size_t failures_ = 0;  // in a row
  Time silent_since_;    // with failures: the start of the first of them
  Time next_probe_;
};

}  // namespace mailassay::keys
