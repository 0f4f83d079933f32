#include "pipeline/source/long_message.h"

#include <utility>

namespace mailassay::source {

void LongMessage::Finish(uint64_t next, BlockBuilder& block) {
  if (left_out_from_) {
    block.PassGap(*left_out_from_, next, audit::Gap::kNotSampled);
    return;
  }
  message_.AddNuls();
  ExaminedMessage examined{.input = input_, .offset = message_.offset()};
  if (auto facts = message_.Finish()) {
    examined.facts = std::make_unique<audit::MessageFacts>(*std::move(facts));
  }
  examined.length = message_.length();
  AddExamined(std::move(examined), block);
}

void AddExamined(ExaminedMessage message, BlockBuilder& block) {
  auto row = message.facts ? audit::LimitRow(*message.facts) : std::nullopt;
  block.Add(std::move(message));
  if (row) block.Add(*std::move(row));
}

}  // namespace mailassay::source
