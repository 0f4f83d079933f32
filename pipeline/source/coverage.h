// How far the pieces of a block have come in the open stream: each octet that
// no piece of text covers becomes part of a Gap.  All pieces pass by here, so
// that no reader of a format can forget an octet.
//
// A stream's coverage lasts over many blocks; used by one thread.
#pragma once

#include <memory>
#include <vector>

#include "pipeline/source/block.h"

namespace mailassay::source {

class Coverage {
 public:
  // A stream to be covered from octet `at` on, whose mail begins at octet
  // `mail`.
  void Open(std::shared_ptr<const audit::Input> input, uint64_t at,
            uint64_t mail, std::vector<Piece>& pieces);

  // What follows is a gap of this kind until a piece of text or the end of the
  // block.  Without a call: separators.
  void Expect(audit::Gap kind) { kind_ = kind; }
  // All from octet `begin` to `end` is such a gap.
  void Pass(uint64_t begin, uint64_t end, audit::Gap kind,
            std::vector<Piece>& pieces);
  // Adds `piece` behind the gap before it, if there is one.
  void Add(Piece piece, std::vector<Piece>& pieces);
  // A block ends: reading goes on at octet `next` of the stream.
  void EndBlock(uint64_t next, std::vector<Piece>& pieces);
  // The stream ends at octet `end`; `octets` of it are to be covered by all its
  // blocks: all of them, or those of a part.
  void Close(uint64_t end, uint64_t octets, std::vector<Piece>& pieces);

 private:
  void AdvanceTo(uint64_t end, std::vector<Piece>& pieces);

  std::shared_ptr<const audit::Input> input_;  // of the open stream, or null
  uint64_t at_ = 0;
  audit::Gap kind_ = audit::Gap::kSeparator;
};

}  // namespace mailassay::source
