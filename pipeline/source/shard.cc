#include "pipeline/source/shard.h"

namespace mailassay::source {

Range ShareOf(const Shard& shard, uint64_t total) {
  __extension__ using Wide = unsigned __int128;
  const auto cut = [&](uint64_t i) {
    return static_cast<uint64_t>(Wide{total} * i / shard.count);
  };
  return {cut(shard.index - 1), cut(shard.index)};
}

bool Holds(const Shard& shard, const Range& share, uint64_t at) {
  if (at < share.begin) return false;
  return at < share.end || shard.index == shard.count;
}

}  // namespace mailassay::source
