// A token bucket: at most so many events a second, in bursts of at most a
// tenth of a second's worth.  Knows no clock: the caller says what time it is.
//
// Not thread-safe.
#pragma once

#include <algorithm>
#include <chrono>

namespace mailassay::keys {

class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // 0: no limit.
  RateLimit(int per_second, Time now)
      : per_second_(per_second),
        burst_(std::max(1.0, per_second / 10.0)),
        tokens_(burst_),
        last_(now) {}

  // Takes one token if there is one.
  bool Take(Time now) {
    if (per_second_ <= 0) return true;
    std::chrono::duration<double> passed = now - last_;
    tokens_ = std::min(burst_, tokens_ + passed.count() * per_second_);
    last_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  // How long until the next token, from the last Take that failed.
  std::chrono::milliseconds Wait() const {
    if (per_second_ <= 0 || tokens_ >= 1) return std::chrono::milliseconds(0);
    return std::chrono::milliseconds(
        1 + static_cast<int>((1 - tokens_) * 1000 / per_second_));
  }

 private:
  int per_second_;
  double burst_;
  double tokens_;
  Time last_;
};

}  // namespace mailassay::keys
