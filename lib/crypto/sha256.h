// SHA-256 (FIPS 180-4) over a stream, as a plain value: a copy is a second hash
// of the same beginning, and the state can be handed to a lane of
// sha256_kernels.h and back.  Nothing is allocated and nothing can fail; no
// provider's policy is asked.
//
// Different values are independent of each other; one is not shared between
// threads without a lock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "lib/base/digest.h"

namespace mailassay::crypto {

class Sha256 {
 public:
  static constexpr size_t kBlock = 64;  // octets
  using State = std::array<uint32_t, 8>;

  // FIPS 180-4 section 5.3.3.
  static constexpr State kInitial = {0x6a09e667, 0xbb67ae85, 0x3c6ef372,
                                     0xa54ff53a, 0x510e527f, 0x9b05688c,
                                     0x1f83d9ab, 0x5be0cd19};

  Sha256() = default;
  // Goes on behind `octets` octets whose hash stands at `state`.
  // REQUIRES: octets is a multiple of kBlock.
  Sha256(const State& state, uint64_t octets)
      : state_(state), octets_(octets) {}

  void Update(std::string_view bytes);
  // The hash of everything so far; more may follow.
  Digest Finish() const;
  void Reset() { *this = Sha256(); }

  // The stream so far: octets() of them, the last held() not yet in state().
  uint64_t octets() const { return octets_; }
  const State& state() const { return state_; }
  std::string_view held() const {
    return {reinterpret_cast<const char*>(held_.data()), octets_ % kBlock};
  }

 private:
  State state_ = kInitial;
  uint64_t octets_ = 0;
  std::array<uint8_t, kBlock> held_{};
};

// Writes what ends a stream of `octets` octets (FIPS 180-4 section 5.1.1) up
// to the end of its last block; returns how many octets that is, 9 to 72.
size_t WriteSha256Padding(uint64_t octets, uint8_t* out);
inline constexpr size_t kMaxSha256Padding = 72;

Digest Sha256DigestOf(const Sha256::State& state);

// The hash of `bytes` alone.
Digest Sha256Of(std::string_view bytes);

// Takes `blocks` blocks of kBlock octets into `state`.
void CompressSha256(Sha256::State& state, const uint8_t* in, size_t blocks);

}  // namespace mailassay::crypto
