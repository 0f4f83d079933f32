#include "bench/distributions.h"

#include <algorithm>

namespace mailassay::bench {
namespace {

// The factor by which the mean lies above the median: the moment generating
// function of the centred Irwin-Hall sum of twelve, (sinh(s/2) / (s/2))^12.
double MeanOverMedian(double deviation) {
  if (deviation < 1e-6) return 1;
  const double half = deviation / 2;
  const double ratio = (Exp(half) - Exp(-half)) / 2 / half;
  double power = 1;
  for (int i = 0; i < 12; ++i) power *= ratio;
  return power;
}

}  // namespace

double Exp(double x) {
  // e^x = (e^(x/1024))^1024, the small one by its series.
  const double small = x / 1024;
  double term = 1, sum = 1;
  for (int i = 1; i < 12; ++i) {
    term *= small / i;
    sum += term;
  }
  for (int i = 0; i < 10; ++i) sum *= sum;
  return sum;
}

LogNormal::LogNormal(double median, double mean) : median_(median) {
  double low = 0, high = 5;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (MeanOverMedian(middle) < mean / median ? low : high) = middle;
  }
  deviation_ = low;
}

double LogNormal::Draw(Random& random) const {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += random.Unit();
  return median_ * Exp(deviation_ * sum);
}

Weighted::Weighted(const std::vector<double>& weights) {
  double sum = 0;
  for (const double weight : weights) sums_.push_back(sum += weight);
}

size_t Weighted::Draw(Random& random) const {
  const double at = random.Unit() * sums_.back();
  const auto found = std::ranges::upper_bound(sums_, at);
  return std::min(static_cast<size_t>(found - sums_.begin()), sums_.size() - 1);
}

std::vector<double> ZipfWeights(size_t n) {
  std::vector<double> weights;
  for (size_t i = 1; i <= n; ++i) weights.push_back(1 / static_cast<double>(i));
  return weights;
}

}  // namespace mailassay::bench
