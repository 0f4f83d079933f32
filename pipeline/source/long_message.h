// A message too long for a block, examined piece by piece as it is read: a
// message of any length needs one buffer.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/audit/message_examiner.h"
#include "lib/crypto/hash.h"
#include "pipeline/source/block_builder.h"

namespace mailassay::source {

class LongMessage {
 public:
  // `from_line`: without its line end; may be empty.
  LongMessage(const audit::MessageLimits& limits,
              const audit::FromFilter& filter, audit::RawHash raw_hash,
              std::shared_ptr<const audit::Input> input, uint64_t offset,
              std::string_view from_line);

  // The message is not in the sample: it is measured, no more.  `begin`: of its
  // From_ line.  REQUIRES: nothing added yet.
  void LeaveOut(uint64_t begin);
  void Add(std::string_view text);
  // Adds the ExaminedMessage and the rows of the limits it met; or the gap up
  // to octet `next`, where the stream goes on.
  void Finish(uint64_t next, BlockBuilder& block);

  uint64_t offset() const { return offset_; }
  uint64_t length() const { return length_; }

 private:
  void AddHeader(std::string_view text);
  void Begin(size_t header_size);

  audit::MessageLimits limits_;
  audit::MessageExaminer examiner_;
  std::shared_ptr<const audit::Input> input_;
  uint64_t offset_;
  std::string from_line_;
  std::optional<crypto::Hasher> raw_hash_;

  std::string header_;    // gathered until its end has been seen
  size_t last_line_ = 0;  // in header_, where the search goes on
  bool begun_ = false;
  bool admitted_ = true;  // by the From: filter
  bool left_out_ = false;
  uint64_t left_out_from_ = 0;
  bool header_ended_ = false;
  uint64_t length_ = 0;
};

// A step of reading a long message out of an mbox.
struct LongStep {
  bool ended = false;
  // Octets of the text done with.  What follows is the next From_ line
  // (ended), or must stand before the next octets read.
  size_t done = 0;
  // If not ended: how many octets behind `done` have been added already.
  size_t context = 0;
};

// Adds to `message` what of `text` certainly belongs to it: up to the next
// separator, or to the last place where none can begin.  The first `context`
// octets of `text` have been added before.  `last`: no more can be read;
// `at_end`: because the stream ends here, not by a fault.
LongStep AddUntilSeparator(LongMessage& message, std::string_view text,
                           size_t context, bool last, bool at_end);

// Without the empty line at its end, if there is one: it belongs to the
// separator behind it.
std::string_view WithoutEmptyLine(std::string_view text);

}  // namespace mailassay::source
