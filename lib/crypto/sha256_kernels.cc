#include "lib/crypto/sha256_kernels.h"

#include <array>

namespace mailassay::crypto {
namespace {

#if defined(__x86_64__)
// The second is what the level's name promises.
constexpr CpuFeatures kPairNeeds = {CpuFeature::kShaNi, CpuFeature::kAvx2};
#endif

constinit const Sha256KernelFamily kFamily(
    "sha256", std::to_array<Kernel<CompressSha256Lanes>>({
#if defined(__x86_64__)
      {KernelLevel::kAvx512, {CpuFeature::kAvx512}, CompressSha256LanesAvx512},
          {KernelLevel::kAvx2, kPairNeeds, CompressSha256LanesShaNi},
#endif
          {KernelLevel::kPortable, {}, CompressSha256LanesPortable},
    }));

}  // namespace

const Sha256KernelFamily& Sha256Kernels() { return kFamily; }

CompressSha256Lanes* Sha256KernelForFew() {
#if defined(__x86_64__)
  if (kFamily.level() != KernelLevel::kPortable &&
      ThisCpu().Covers(kPairNeeds)) {
    return CompressSha256LanesShaNi;
  }
#endif
  return CompressSha256LanesPortable;
}

void PutLane(const Sha256::State& state, size_t lane, Sha256Lanes& lanes) {
  for (size_t w = 0; w < state.size(); ++w) lanes.state[w][lane] = state[w];
}

Sha256::State TakeLane(const Sha256Lanes& lanes, size_t lane) {
  Sha256::State state;
  for (size_t w = 0; w < state.size(); ++w) state[w] = lanes.state[w][lane];
  return state;
}

void CompressSha256LanesPortable(Sha256Lanes& lanes,
                                 const uint8_t* const in[kSha256Lanes],
                                 size_t blocks, uint16_t live) {
  for (size_t i = 0; i < kSha256Lanes; ++i) {
    if ((live >> i & 1) == 0) continue;
    Sha256::State state = TakeLane(lanes, i);
    CompressSha256(state, in[i], blocks);
    PutLane(state, i, lanes);
  }
}

}  // namespace mailassay::crypto
