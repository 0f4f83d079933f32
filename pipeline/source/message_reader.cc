#include "pipeline/source/message_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"

namespace mailassay::source {

// The end of the message is the end.
Filled MessageReader::Read(char* out, size_t size) {
  if (!left_) return ReadFully(stream_, out, size);
  const auto most = static_cast<size_t>(std::min<uint64_t>(size, *left_));
  Filled filled;
  if (most > 0) filled = ReadFully(stream_, out, most);
  *left_ -= filled.size;
  if (filled.at_end && *left_ > 0) {
    filled.fault = Damaged(Concat("ends ", *left_,
                                  " octets before the message does, by the "
                                  "size in its first line"));
  }
  filled.at_end = *left_ == 0;
  return filled;
}

MailReader::Step MessageReader::Fail(const absl::Status& fault,
                                     BlockBuilder& block) {
  AddFault(fault, offset_, block);
  return Step::kDone;
}

// What stands behind the message: passed in one go, so that nothing of it is
// still to be read when the block ends.
void MessageReader::PassRest(BlockBuilder& block) {
  if (!left_) return;
  block.ExpectGap(audit::Gap::kEnvelope);
  constexpr size_t kChunk = 64 << 10;
  const auto scratch = std::make_unique_for_overwrite<char[]>(kChunk);
  Filled filled;
  do {
    filled = ReadFully(stream_, scratch.get(), kChunk);
  } while (filled.fault.ok() && !filled.at_end);
  if (!filled.fault.ok()) AddFault(filled.fault, stream_.position(), block);
}

MailReader::Step MessageReader::Fill(BlockBuilder& block) {
  if (long_) return FillLong(block);
  const std::span<char> space = block.Space();
  // A carry never exceeds an empty block.
  if (carry_.size() > space.size()) return Step::kYield;
  std::memcpy(space.data(), carry_.data(), carry_.size());
  Filled filled =
      Read(space.data() + carry_.size(), space.size() - carry_.size());
  const std::string_view text(space.data(), carry_.size() + filled.size);
  if (!filled.fault.ok()) return Fail(filled.fault, block);
  if (filled.at_end) {
    block.Add(WholeMessage{input_, offset_, block.Keep(text.size()), {}});
    PassRest(block);
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
    Filled filled = Read(space.data(), space.size());
    long_->Add({space.data(), filled.size});
    read += filled.size;
    if (!filled.fault.ok()) return Fail(filled.fault, block);
    if (filled.at_end) {
      long_->Finish(stream_.position(), block);
      PassRest(block);
      return Step::kDone;
    }
  }
  return Step::kYield;
}

}  // namespace mailassay::source
