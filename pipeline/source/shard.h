// A share of the inputs.  All files of a walk lie, in its order, behind one
// another on one line of octets as stored; shard I of N has an N-th of the
// line.  So the shards of an archive agree without talking to each other.
#pragma once

#include <cstdint>

namespace mailassay::source {

struct Shard {
  uint32_t index = 1;  // of 1 to count
  uint32_t count = 1;
};

// Octets from `begin` to before `end`.
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;

  friend bool operator==(const Range&, const Range&) = default;
};

// What a shard has of a line of `total` octets.  REQUIRES: 1 <= shard.index <=
// shard.count.
Range ShareOf(const Shard& shard, uint64_t total);

// Is the place `at` in the shard?  The end of the line is in the last one.
bool Holds(const Shard& shard, const Range& share, uint64_t at);

}  // namespace mailassay::source
