#include "pipeline/source/block_builder.h"

#include <algorithm>

namespace mailassay::source {

std::string_view BlockBuilder::Keep(size_t size) {
  std::string_view kept(storage_.get() + used_, size);
  used_ += size;
  return kept;
}

bool BlockBuilder::full() const {
  constexpr size_t kMaxPieces = 1 << 16;
  constexpr size_t kLeastSpace = 128 << 10;
  return ended_ || block_->pieces.size() >= kMaxPieces ||
         capacity_ - used_ < std::min(kLeastSpace, capacity_ / 4);
}

std::unique_ptr<Block> BlockBuilder::Finish(const Position& next) {
  coverage_.EndBlock(next.offset, block_->pieces);
  block_->next = next;
  // A block without text gives its buffer back at once.
  if (used_ > 0) block_->storage = std::move(storage_);
  return std::move(block_);
}

}  // namespace mailassay::source
