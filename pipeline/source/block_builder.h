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
#include "pipeline/source/coverage.h"

namespace mailassay::source {

class BlockBuilder {
 public:
  // `coverage`: of the stream that is or will be open; outlives the builder.
  BlockBuilder(BufferPool& pool, Coverage& coverage)
      : coverage_(coverage),
        storage_(pool.Take()),
        capacity_(pool.buffer_bytes()) {}

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
    coverage_.Add(std::move(piece), block_->pieces);
  }
  // What follows in the stream is no text of a block, and why.
  void ExpectGap(audit::Gap kind) { coverage_.Expect(kind); }
  // All of the stream from octet `begin` to `end` is such a gap.
  void PassGap(uint64_t begin, uint64_t end, audit::Gap kind) {
    coverage_.Pass(begin, end, kind, block_->pieces);
  }
  // See Coverage::Open and Close.
  void BeginStream(std::shared_ptr<const audit::Input> input, uint64_t at,
                   uint64_t mail) {
    coverage_.Open(std::move(input), at, mail, block_->pieces);
  }
  void EndStream(uint64_t end, uint64_t octets) {
    coverage_.Close(end, octets, block_->pieces);
  }

  // Not worth adding to: go on with another block.
  bool full() const;
  bool has_pieces() const { return !block_->pieces.empty(); }

  // `next`: where reading goes on.
  std::unique_ptr<Block> Finish(const Position& next);

 private:
  Coverage& coverage_;
  std::unique_ptr<Block> block_ = std::make_unique<Block>();
  std::shared_ptr<char> storage_;
  size_t capacity_;
  size_t used_ = 0;
  bool ended_ = false;
};

}  // namespace mailassay::source
