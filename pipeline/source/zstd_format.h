// What of a zstd file can be read without decompressing it: frame headers and
// the chain of blocks (RFC 8878 3.1).  Stateless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "pipeline/source/file_input.h"

namespace mailassay::source {

// A window of more is refused, as the zstd command does (case F3).
inline constexpr int kMaxWindowLog = 27;
// The longest frame header: magic, descriptor, window, dictionary, size.
inline constexpr size_t kMaxFrameHeader = 4 + 1 + 1 + 4 + 8;

struct FrameHeader {
  size_t size = 0;                  // of the header, magic included
  bool skippable = false;           // `content` octets to be skipped
  std::optional<uint64_t> content;  // decompressed size, if stated
  uint64_t window = 0;
  bool checksum = false;
};

// nullopt: no frame begins here, or `text` holds less than its header.
std::optional<FrameHeader> ParseFrameHeader(std::string_view text);

// The first place at or behind `begin` where a frame seems to begin, or npos.
size_t FindFrame(std::string_view text, size_t begin);

struct Frame {
  uint64_t offset = 0;
  uint64_t size = 0;  // as stored; to the end of the file if cut short
  FrameHeader header;
  uint64_t most_content = 0;  // no more octets come out of it
};

// Walks the blocks of the frame at `offset` until its end is known or it holds
// more than `most_content` octets: then `size` is 0.  nullopt: the file ends at
// `offset`.
absl::StatusOr<std::optional<Frame>> WalkFrame(const FileInput& file,
                                               uint64_t offset,
                                               uint64_t most_content);

}  // namespace mailassay::source
