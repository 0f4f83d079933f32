// A message too long for a block, examined piece by piece as it is read: a
// message of any length needs one buffer.  It is all that its stream holds, or
// its size is known; see long_segment.h for others.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "lib/audit/streamed_message.h"
#include "pipeline/source/block_builder.h"

namespace mailassay::source {

class LongMessage {
 public:
  // `from_line`: without its line end; may be empty.
  LongMessage(const audit::MessageLimits& limits,
              const audit::FromFilter& filter, audit::RawHash raw_hash,
              std::shared_ptr<const audit::Input> input, uint64_t offset,
              std::string_view from_line)
      : input_(input),
        message_(limits, filter, raw_hash, std::move(input), offset,
                 from_line) {}

  // The message is not in the sample: it is passed over.  `begin`: of its From_
  // line.  REQUIRES: nothing added yet.
  void LeaveOut(uint64_t begin) { left_out_from_ = begin; }
  void Add(std::string_view text) {
    if (!left_out_from_) message_.Add(text);
  }
  // Adds the ExaminedMessage and the row of the limit it met; or the gap up to
  // octet `next`, where the stream goes on.
  void Finish(uint64_t next, BlockBuilder& block);

 private:
  std::optional<uint64_t> left_out_from_;
  std::shared_ptr<const audit::Input> input_;
  audit::StreamedMessage message_;
};

// Adds it, and the row of the limit it met.  No facts: the From: filter does
// not admit it.
void AddExamined(ExaminedMessage message, BlockBuilder& block);

}  // namespace mailassay::source
