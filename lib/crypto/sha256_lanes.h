// What the kernels of sha256_kernels.h work on: plain data and their names.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mailassay::crypto {

inline constexpr size_t kSha256Lanes = 16;

// The states of as many hashes, transposed: word w of lane i is state[w][i].
struct Sha256Lanes {
  alignas(64) uint32_t state[8][kSha256Lanes];
};

// Takes `blocks` blocks of 64 octets, from in[i] on, into the state of each
// lane i whose bit is set in `live`.  The other states stay as they are, and
// their pointers are not looked at.  Reads nothing else.
using CompressSha256Lanes = void(Sha256Lanes& lanes,
                                 const uint8_t* const in[kSha256Lanes],
                                 size_t blocks, uint16_t live);

CompressSha256Lanes CompressSha256LanesAvx512;
CompressSha256Lanes CompressSha256LanesPortable;

}  // namespace mailassay::crypto
