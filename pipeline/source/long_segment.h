// A segment of an mbox that is too long for a block, from one certain separator
// to the next: examined piece by piece as it is read, whatever its length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "lib/audit/segment_examiner.h"
#include "lib/mail/mbox.h"
#include "pipeline/source/block_builder.h"

namespace mailassay::source {

class LongSegment {
 public:
  using Start = audit::SegmentExaminer::Start;

  LongSegment(const audit::MessageLimits& limits,
              const audit::FromFilter& filter, audit::RawHash raw_hash,
              std::shared_ptr<const audit::Input> input,
              const mail::MboxDialect& dialect, const Start& start);

  // The segment is not in the sample: its end is looked for, no more.
  // REQUIRES: nothing added yet.
  void LeaveOut() { left_out_ = true; }

  // A step of reading it.
  struct Step {
    bool ended = false;
    // Octets of the text done with.  What follows is the next From_ line
    // (ended), or must stand before the next octets read.
    size_t done = 0;
    // If not ended: how many octets behind `done` have been added already.
    size_t context = 0;
  };
  // Takes what of `text`, which lies at `offset` in the stream, certainly
  // belongs to the segment: up to the next certain separator, to the last place
  // where no separator can begin, or till some messages are decided.  The first
  // `context` octets of `text` were taken before.  `last`: no more can be read;
  // `at_end`: because the stream ends here, not by a fault.
  Step Add(std::string_view text, uint64_t offset, size_t context, bool last,
           bool at_end);
  // The segment ends before octet `next`, where the stream goes on.
  void Finish(uint64_t next, BlockBuilder& block);
  // Adds the messages whose ends are decided.  False: there are none.
  bool Give(BlockBuilder& block);

  // Where the From_ line begins of the first message not given.
  uint64_t begin() const { return left_out_ ? begin_ : examiner_.open_from(); }

 private:
  void AddText(std::string_view text);

  std::shared_ptr<const audit::Input> input_;
  mail::MboxDialect dialect_;
  uint64_t begin_;  // of the segment's From_ line
  bool left_out_ = false;
  audit::SegmentExaminer examiner_;
};

}  // namespace mailassay::source
