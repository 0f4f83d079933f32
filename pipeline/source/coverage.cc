#include "pipeline/source/coverage.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace mailassay::source {
namespace {

struct Extent {
  uint64_t offset = 0;
  uint64_t length = 0;
};

std::optional<Extent> ExtentOf(const Piece& piece) {
  if (const auto* run = std::get_if<MboxRun>(&piece)) {
    return Extent{run->offset, run->text.size()};
  }
  if (const auto* run = std::get_if<FileRun>(&piece)) {
    return Extent{run->offset, run->size};
  }
  if (const auto* whole = std::get_if<WholeMessage>(&piece)) {
    return Extent{whole->offset, whole->text.size()};
  }
  if (const auto* examined = std::get_if<ExaminedMessage>(&piece)) {
    return Extent{examined->offset, examined->length};
  }
  return std::nullopt;
}

}  // namespace

void Coverage::Open(std::shared_ptr<const audit::Input> input, uint64_t at,
                    uint64_t mail, std::vector<Piece>& pieces) {
  input_ = std::move(input);
  at_ = at;
  kind_ = audit::Gap::kPreamble;
  EndBlock(mail, pieces);
}

void Coverage::Add(Piece piece, std::vector<Piece>& pieces) {
  const auto extent = ExtentOf(piece);
  if (extent) {
    assert(extent->offset >= at_);  // else the books will not balance
    AdvanceTo(extent->offset, pieces);
    at_ = std::max(at_, extent->offset + extent->length);
    kind_ = audit::Gap::kSeparator;
  }
  pieces.push_back(std::move(piece));
}

void Coverage::AdvanceTo(uint64_t end, std::vector<Piece>& pieces) {
  if (input_ == nullptr || end <= at_) return;
  Gap gap{.input = input_, .offset = at_, .length = end - at_, .kind = kind_};
  at_ = end;
  auto* last = pieces.empty() ? nullptr : std::get_if<Gap>(&pieces.back());
  if (last != nullptr && last->input == gap.input && last->kind == gap.kind &&
      last->offset + last->length == gap.offset) {
    last->length += gap.length;
  } else {
    pieces.push_back(std::move(gap));
  }
}

void Coverage::Pass(uint64_t begin, uint64_t end, audit::Gap kind,
                    std::vector<Piece>& pieces) {
  AdvanceTo(begin, pieces);
  kind_ = kind;
  EndBlock(end, pieces);
}

void Coverage::EndBlock(uint64_t next, std::vector<Piece>& pieces) {
  AdvanceTo(next, pieces);
  kind_ = audit::Gap::kSeparator;
}

void Coverage::Close(uint64_t end, uint64_t octets,
                     std::vector<Piece>& pieces) {
  if (input_ == nullptr) return;
  AdvanceTo(end, pieces);
  pieces.push_back(StreamEnd{.input = std::move(input_), .octets = octets});
}

}  // namespace mailassay::source
