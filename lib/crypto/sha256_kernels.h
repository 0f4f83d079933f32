// The kernel family "sha256": sixteen hashes side by side, each a lane with a
// stream of its own.
//
// The kernels take whole blocks only.  A stream's padding is written by
// WriteSha256Padding (sha256.h); LaneHasher (lane_hasher.h) does all of it.
#pragma once

#include <cstddef>

#include "lib/base/kernel.h"
#include "lib/crypto/sha256.h"
#include "lib/crypto/sha256_lanes.h"

namespace mailassay::crypto {

// avx512: all lanes at once; avx2, where the processor has SHA instructions:
// two by two; portable: one after the other by OpenSSL.
#if defined(__x86_64__)
using Sha256KernelFamily = Kernels<CompressSha256Lanes, 3>;
#else
using Sha256KernelFamily = Kernels<CompressSha256Lanes, 1>;
#endif
const Sha256KernelFamily& Sha256Kernels();

// The best kernel for few live lanes, no higher than the family's chosen one:
// avx512 takes as long however few they are.
CompressSha256Lanes* Sha256KernelForFew();

void PutLane(const Sha256::State& state, size_t lane, Sha256Lanes& lanes);
Sha256::State TakeLane(const Sha256Lanes& lanes, size_t lane);

}  // namespace mailassay::crypto
