// Reads an mbox whose messages are told apart by separators alone, straight
// into blocks; a block ends before its last certain separator, whose message is
// carried to the next.
#pragma once

#include "pipeline/source/mail_reader.h"

namespace mailassay::source {

class MboxReader : public MailReader {
 public:
  using MailReader::MailReader;
  Step Fill(BlockBuilder& block) override;

  // In the middle of a segment that is too long for a block.
  bool inside_message() const { return long_.has_value(); }
  uint64_t next() const override { return long_ ? long_->begin() : offset_; }

 private:
  // Joins what was carried and what the stream gives, in the block's space.
  std::string_view Read(BlockBuilder& block, Filled* filled);
  void AddRun(size_t size, bool at_end, BlockBuilder& block);
  size_t UnitEnd(std::string_view text) const;
  Step FillLong(BlockBuilder& block);
  // The text ends at a fault.
  Step Fail(std::string_view text, const absl::Status& fault,
            BlockBuilder& block);
  Step GoOn(absl::Status fault, uint64_t cut, BlockBuilder& block);

  std::string carry_;  // text at offset_
  std::optional<LongSegment> long_;
  size_t context_ = 0;  // of LongSegment::Add
};

}  // namespace mailassay::source
