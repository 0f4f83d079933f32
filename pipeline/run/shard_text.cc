#include "pipeline/run/shard_text.h"

#include <charconv>

#include "lib/base/concat.h"

namespace mailassay::run {

std::optional<source::Shard> ParseShard(std::string_view text) {
  const auto number = [&text]() -> uint32_t {
    uint32_t value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return error == std::errc() ? value : 0;
  };
  source::Shard shard;
  shard.index = number();
  if (!text.starts_with('/')) return std::nullopt;
  text.remove_prefix(1);
  shard.count = number();
  const bool fits = text.empty() && shard.index >= 1 &&
                    shard.index <= shard.count && shard.count <= kMaxShards;
  return fits ? std::optional(shard) : std::nullopt;
}

std::string FormatShard(const source::Shard& shard) {
  return Concat(shard.index, "/", shard.count);
}

}  // namespace mailassay::run
