// The books of one stream of mail: each of its octets is in one message or in
// one named gap.  Books of parts of a stream add up to those of the whole;
// merged in the order of reading, they name the first passed line.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailassay::audit {

enum class Gap : uint8_t {
  kSeparator,   // From_ lines and the empty lines before them
  kPreamble,    // before the first message: a byte order mark, empty lines
  kFiltered,    // messages that --from leaves out
  kDamaged,     // what damage took, the message it cut with it
  kUnreadable,  // what could not be read, or was not read any more
  kNotSampled,  // what --sample leaves out
  // What an .emlx file holds around its message: the size before it and the
  // property list after it.
  kEnvelope,
  kCount
};
std::string_view GapName(Gap gap);  // "separator" ...

struct Books {
  static constexpr size_t kGaps = static_cast<size_t>(Gap::kCount);

  uint64_t stream_bytes = 0;  // counted where the stream ends, apart from all
                              // that follows
  uint64_t messages = 0;
  uint64_t message_bytes = 0;
  std::array<uint64_t, kGaps> gaps{};
  // Lines of messages that look like From_ lines, though no signature says that
  // they are none (segment_examiner.h); the first is in the message that begins
  // at octet `passed_in`.
  uint64_t passed_lines = 0;
  uint64_t passed_in = 0;

  uint64_t& operator[](Gap gap) { return gaps[static_cast<size_t>(gap)]; }
  uint64_t operator[](Gap gap) const { return gaps[static_cast<size_t>(gap)]; }

  void AddMessage(uint64_t bytes) {
    ++messages;
    message_bytes += bytes;
  }
  void AddPassedLines(uint64_t lines, uint64_t message);
  uint64_t octets() const;  // in messages and gaps
  void Merge(const Books& other);
  // Of a stream whose end was reached.
  bool balanced() const;

  friend bool operator==(const Books&, const Books&) = default;
};

}  // namespace mailassay::audit
