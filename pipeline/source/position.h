// A place in all that is read: the file, its member and an octet of it.
#pragma once

#include <compare>
#include <cstdint>

namespace mailassay::source {

// Ordered as the inputs are read.  The same inputs have the same positions in
// every run, whatever else is read of them.
struct Position {
  uint64_t file = 0;    // among all that the walk finds, errors included
  uint64_t member = 0;  // among all that its container gives, errors included;
                        // 0 of a plain file
  uint64_t offset = 0;  // in the uncompressed stream

  friend auto operator<=>(const Position&, const Position&) = default;
};

// audit::Input::ordinal of the stream at `position`.
constexpr uint64_t Ordinal(const Position& position) {
  return position.file << 32 | position.member;
}

}  // namespace mailassay::source
