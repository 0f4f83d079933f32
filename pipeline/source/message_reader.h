// Reads a stream that is one message.
#pragma once

#include "pipeline/source/mail_reader.h"

namespace mailassay::source {

class MessageReader : public MailReader {
 public:
  using MailReader::MailReader;
  Step Fill(BlockBuilder& block) override;
  bool left_out() const override { return !sample_.Has(0); }

 private:
  // A message with a hole is none.
  bool Resume() override { return false; }
  Step FillLong(BlockBuilder& block);

  std::string carry_;  // read, but the block had no space for all of it
  std::optional<LongMessage> long_;
};

}  // namespace mailassay::source
