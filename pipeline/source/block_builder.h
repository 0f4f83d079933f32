// Fills one Block: a buffer that readers of mail read into, and the pieces
// they found in it.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "pipeline/source/block.h"
#include "pipeline/source/buffer_pool.h"

namespace mailassay::source {

class BlockBuilder {
 public:
  explicit BlockBuilder(BufferPool& pool)
      : storage_(pool.Take()), capacity_(pool.buffer_bytes()) {}

  // The unused rest of the buffer.
  std::span<char> Space() const {
    return {storage_.get() + used_, capacity_ - used_};
  }
  // No text is in the buffer: no more space can be had.
  bool empty() const { return used_ == 0; }
  // Keeps the first `size` octets of Space().
  std::string_view Keep(size_t size);
  // A message that was examined while it was read ends its block: its facts may
  // be larger than the text of a block.  So does a FileRun.  REQUIRES: empty(),
  // for that.
  void Add(Piece piece) {
    ended_ |= std::holds_alternative<ExaminedMessage>(piece) ||
              std::holds_alternative<FileRun>(piece);
    block_->pieces.push_back(std::move(piece));
  }

  // Not worth adding to: go on with another block.
  bool full() const;
  bool has_pieces() const { return !block_->pieces.empty(); }

  std::unique_ptr<Block> Finish();

 private:
  std::unique_ptr<Block> block_ = std::make_unique<Block>();
  std::shared_ptr<char> storage_;
  size_t capacity_;
  size_t used_ = 0;
  bool ended_ = false;
};

}  // namespace mailassay::source
