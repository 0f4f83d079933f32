// A shard as people write it: "I/N", I from 1.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pipeline/source/source.h"

namespace mailassay::run {

inline constexpr uint32_t kMaxShards = 1'000'000;

// nullopt for anything else, and beyond kMaxShards.
std::optional<source::Shard> ParseShard(std::string_view text);
std::string FormatShard(const source::Shard& shard);

}  // namespace mailassay::run
