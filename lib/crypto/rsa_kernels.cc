#include "lib/crypto/rsa_kernels.h"

#include <algorithm>
#include <cassert>

#include "lib/crypto/rsa_digits.h"

namespace mailassay::crypto {
namespace {

#if defined(__x86_64__)

void WriteLane(std::span<const uint64_t> digits, size_t lane,
               LaneNumbers& numbers) {
  for (size_t i = 0; i < digits.size(); ++i) numbers[i][lane] = digits[i];
}

void Fill(const RsaLane& from, size_t lane, RsaLanes& lanes) {
  const LaneModulus& n = from.key->lane_modulus();
  std::array<uint64_t, kMostRsaDigits> buffer;
  const auto value = std::span(buffer).first(n.digits());
  ToDigits(from.signature, value);
  WriteLane(n.modulus, lane, lanes.modulus);
  WriteLane(n.r_squared, lane, lanes.r_squared);
  WriteLane(value, lane, lanes.value);
  lanes.inverse[lane] = n.inverse;
}

bool RaiseInVectors(std::span<const RsaLane> lanes) {
  assert(!lanes.empty() && lanes.size() <= kRsaLanes);
  RsaLanes numbers;
  // A lane without work repeats the last: it must hold some odd modulus.
  for (size_t lane = 0; lane < kRsaLanes; ++lane) {
    Fill(lanes[std::min(lane, lanes.size() - 1)], lane, numbers);
  }
  const size_t digits = lanes[0].key->lane_modulus().digits();
  RaiseLanesAvx512(digits, numbers);
  std::array<uint64_t, kMostRsaDigits> value;
  for (size_t lane = 0; lane < lanes.size(); ++lane) {
    for (size_t i = 0; i < digits; ++i) value[i] = numbers.value[i][lane];
    ToOctets(std::span(value).first(digits), lanes[lane].block);
  }
  return true;
}

#endif

constinit const RsaKernelFamily kKernels(
    "rsa", {{
#if defined(__x86_64__)
               {KernelLevel::kAvx512,
                {CpuFeature::kAvx512, CpuFeature::kIfma},
                RaiseInVectors},
#endif
               {KernelLevel::kPortable, {}, RaiseOneByOne},
           }});

}  // namespace

bool RaiseOneByOne(std::span<const RsaLane> lanes) {
  return std::ranges::all_of(lanes, [](const RsaLane& lane) {
    return lane.key->Raise(lane.signature, lane.block);
  });
}

const RsaKernelFamily& RsaKernels() { return kKernels; }

}  // namespace mailassay::crypto
