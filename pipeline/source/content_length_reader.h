// Reads an mbox by Content-Length.  A message whose value is missing or does
// not land ends at the next separator instead.
#pragma once

#include "pipeline/source/mail_reader.h"

namespace mailassay::source {

class ContentLengthReader : public MailReader {
 public:
  using MailReader::MailReader;
  Step Fill(BlockBuilder& block) override;
  uint64_t next() const override { return long_ ? long_->begin() : offset_; }

 private:
  struct Extent {
    enum State { kFound, kTooLong, kCut } state = kCut;
    size_t message = 0;
    size_t end = 0;
    size_t next = 0;
  };
  // Where the message at the start of text() ends.
  Extent FindExtent();
  Extent FindExtentBySeparator(size_t message);
  // False: the block has no space for it, another will.
  bool Give(const Extent& extent, BlockBuilder& block);
  Step FillLong(BlockBuilder& block);
  Step Fail(uint64_t cut, BlockBuilder& block);

  // Reads until text() has `size` octets, the stream ends or fails.
  void Ensure(size_t size);
  void Consume(size_t size);
  std::string_view text() const {
    return std::string_view(window_).substr(begin_);
  }

  std::string window_;  // read ahead; from begin_ on not yet given, at offset_
  size_t begin_ = 0;
  bool at_end_ = false;
  absl::Status fault_;
  std::optional<LongSegment> long_;
  size_t context_ = 0;  // of LongSegment::Add
};

}  // namespace mailassay::source
