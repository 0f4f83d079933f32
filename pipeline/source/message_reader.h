// Reads a stream that is one message, or begins with one.
#pragma once

#include <cstdint>

#include "pipeline/source/mail_reader.h"

namespace mailassay::source {

class MessageReader : public MailReader {
 public:
  using MailReader::MailReader;
  // The message has `size` octets; what stands behind it is a gap.
  MessageReader(Stream& stream, std::shared_ptr<const audit::Input> input,
                const ReadOptions& options, uint64_t size)
      : MailReader(stream, std::move(input), options), left_(size) {}
  Step Fill(BlockBuilder& block) override;
  bool left_out() const override { return !sample_.Has(0); }

 private:
  // A message with a hole is none.
  bool Resume() override { return false; }
  Filled Read(char* out, size_t size);
  Step Fail(const absl::Status& fault, BlockBuilder& block);
  Step FillLong(BlockBuilder& block);
  void PassRest(BlockBuilder& block);

  std::string carry_;  // read, but the block had no space for all of it
  std::optional<LongMessage> long_;
  std::optional<uint64_t> left_;  // octets of the message, where that is known
};

}  // namespace mailassay::source
