// Distributions whose draws are the same on every machine: nothing but IEEE
// additions, multiplications and divisions (no libm, whose last digit differs),
// in a target compiled without fused operations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tests/reference/random.h"

namespace mailassay::bench {

using reference::Random;

// e^x, relative error below 1e-12 for |x| < 50.
double Exp(double x);

// A size that is log-normal but for its farthest tails: the exponent is the sum
// of twelve uniform numbers (Irwin and Hall), so within six deviations.
class LogNormal {
 public:
  // REQUIRES: 0 < median <= mean <= 1000 * median.
  LogNormal(double median, double mean);
  double Draw(Random& random) const;

 private:
  double median_;
  double deviation_;
};

// Index i with probability weight[i] / sum.  REQUIRES: a positive sum.
class Weighted {
 public:
  explicit Weighted(const std::vector<double>& weights);
  size_t Draw(Random& random) const;

 private:
  std::vector<double> sums_;
};

// 1, 1/2, 1/3 ... 1/n.
std::vector<double> ZipfWeights(size_t n);

}  // namespace mailassay::bench
