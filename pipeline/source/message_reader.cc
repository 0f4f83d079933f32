#include "pipeline/source/message_reader.h"

#include <cstring>

namespace mailassay::source {

MailReader::Step MessageReader::Fill(BlockBuilder& block) {
  if (long_) return FillLong(block);
  const std::span<char> space = block.Space();
  // A carry never exceeds an empty block.
  if (carry_.size() > space.size()) return Step::kYield;
  std::memcpy(space.data(), carry_.data(), carry_.size());
  Filled filled = ReadFully(stream_, space.data() + carry_.size(),
                            space.size() - carry_.size());
  const std::string_view text(space.data(), carry_.size() + filled.size);
  if (!filled.fault.ok()) {
    AddFault(filled.fault, offset_, block);
    return Step::kDone;
  }
  if (filled.at_end) {
    block.Add(WholeMessage{input_, offset_, block.Keep(text.size()), {}});
    return Step::kDone;
  }
  if (!block.empty()) {
    carry_ = text;
    return Step::kYield;
  }
  long_.emplace(MakeLong(offset_, offset_, {}));
  long_->Add(text);
  std::string().swap(carry_);
  return Step::kMore;
}

MailReader::Step MessageReader::FillLong(BlockBuilder& block) {
  const std::span<char> space = block.Space();
  for (uint64_t read = 0; read < kYieldBytes;) {
    Filled filled = ReadFully(stream_, space.data(), space.size());
    long_->Add({space.data(), filled.size});
    read += filled.size;
    if (!filled.fault.ok()) {
      AddFault(filled.fault, offset_, block);
      return Step::kDone;
    }
    if (filled.at_end) {
      long_->Finish(stream_.position(), block);
      return Step::kDone;
    }
  }
  return Step::kYield;
}

}  // namespace mailassay::source
