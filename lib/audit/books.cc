#include "lib/audit/books.h"

namespace mailassay::audit {

std::string_view GapName(Gap gap) {
  switch (gap) {
    case Gap::kSeparator:
      return "separator";
    case Gap::kPreamble:
      return "preamble";
    case Gap::kFiltered:
      return "filtered";
    case Gap::kDamaged:
      return "damaged";
    case Gap::kUnreadable:
      return "unreadable";
    case Gap::kNotSampled:
      return "not_sampled";
    case Gap::kEnvelope:
      return "envelope";
    case Gap::kCount:
      break;
  }
  return "unreadable";
}

uint64_t Books::octets() const {
  uint64_t octets = message_bytes;
  for (const uint64_t gap : gaps) octets += gap;
  return octets;
}

void Books::AddPassedLines(uint64_t lines, uint64_t message) {
  if (passed_lines == 0) passed_in = message;
  passed_lines += lines;
}

void Books::Merge(const Books& other) {
  if (other.passed_lines > 0) {
    AddPassedLines(other.passed_lines, other.passed_in);
  }
  stream_bytes += other.stream_bytes;
  messages += other.messages;
  message_bytes += other.message_bytes;
  for (size_t i = 0; i < kGaps; ++i) gaps[i] += other.gaps[i];
}

// Taken off one by one, so that no sum can wrap around.
bool Books::balanced() const {
  if (message_bytes > stream_bytes) return false;
  uint64_t left = stream_bytes - message_bytes;
  for (uint64_t gap : gaps) {
    if (gap > left) return false;
    left -= gap;
  }
  return left == 0;
}

}  // namespace mailassay::audit
