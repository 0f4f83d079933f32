// The kernel family "rsa": s^65537 mod n for up to eight signatures at once,
// each with its own key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "lib/base/kernel.h"
#include "lib/crypto/public_key.h"
#include "lib/crypto/rsa_lanes.h"

namespace mailassay::crypto {

struct RsaLane {
  const PublicKey* key;
  std::span<const uint8_t> signature;  // modulus_size() octets, below n
  std::span<uint8_t> block;            // modulus_size() octets, written
};

// REQUIRES: one to kRsaLanes lanes whose keys have one lane_modulus().digits(),
// not 0.  False when the library failed (out of memory): no block counts.  The
// time of the vector kernel does not depend on the number of lanes.
using RaiseLanes = bool(std::span<const RsaLane> lanes);

// The portable kernel: PublicKey::Raise, one by one.
bool RaiseOneByOne(std::span<const RsaLane> lanes);

#if defined(__x86_64__)
using RsaKernelFamily = Kernels<RaiseLanes, 2>;
#else
using RsaKernelFamily = Kernels<RaiseLanes, 1>;
#endif
const RsaKernelFamily& RsaKernels();

}  // namespace mailassay::crypto
