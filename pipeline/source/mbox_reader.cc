#include "pipeline/source/mbox_reader.h"

#include <algorithm>
#include <cstring>

#include "lib/mail/mbox.h"

namespace mailassay::source {

std::string_view MboxReader::Read(BlockBuilder& block, Filled* filled) {
  const std::span<char> space = block.Space();
  std::memcpy(space.data(), carry_.data(), carry_.size());
  *filled = ReadFully(stream_, space.data() + carry_.size(),
                      space.size() - carry_.size());
  return {space.data(), carry_.size() + filled->size};
}

void MboxReader::AddRun(size_t size, bool at_end, BlockBuilder& block) {
  if (size == 0) return;
  std::string_view text = block.Keep(size);
  while (!text.empty()) {
    const size_t unit = sample_.all() ? text.size() : UnitEnd(text);
    if (sample_.HasAt(offset_)) {
      block.Add(MboxRun{input_, offset_, text.substr(0, unit), dialect_,
                        at_end && unit == text.size()});
    } else {
      block.PassGap(offset_, offset_ + unit, audit::Gap::kNotSampled);
    }
    offset_ += unit;
    text.remove_prefix(unit);
  }
}

// Where the messages of the unit end with which `text`, at offset_, begins.
size_t MboxReader::UnitEnd(std::string_view text) const {
  const uint64_t size = sample_.unit_bytes();
  const uint64_t left = size - offset_ % size;
  if (left >= text.size()) return text.size();
  const auto next =
      mail::FindSeparator(text, static_cast<size_t>(left), true, dialect_);
  return next ? next->from_line : text.size();
}

MailReader::Step MboxReader::Fill(BlockBuilder& block) {
  if (long_) return FillLong(block);
  // A carry never exceeds an empty block.
  if (carry_.size() > block.Space().size()) return Step::kYield;
  const bool was_empty = block.empty();
  Filled filled;
  const std::string_view text = Read(block, &filled);
  if (!filled.fault.ok()) return Fail(text, filled.fault, block);
  if (filled.at_end) {
    AddRun(text.size(), true, block);
    return Step::kDone;
  }
  const size_t decided =
      text.size() - std::min(text.size(), mail::kSeparatorWindow);
  const auto last =
      mail::FindLastSeparator(text, 1, decided + 1, false, dialect_);
  if (last) {
    carry_ = text.substr(last->from_line);
    AddRun(last->from_line, false, block);
    return Step::kYield;
  }
  carry_ = text;
  if (!was_empty) return Step::kYield;
  // One segment fills the block.
  const auto first = mail::WeighSeparator(text, 0, false, dialect_);
  context_ = first ? first->message : 0;
  long_.emplace(MakeSegment({.from_offset = offset_,
                             .offset = offset_ + context_,
                             .from_line = first ? mail::FromLineOf(text, *first)
                                                : std::string_view()}));
  return Step::kMore;
}

MailReader::Step MboxReader::FillLong(BlockBuilder& block) {
  for (uint64_t read = 0; read < kYieldBytes;) {
    Filled filled;
    const std::string_view text = Read(block, &filled);
    read += filled.size;
    const auto step =
        long_->Add(text, offset_, context_, filled.at_end || !filled.fault.ok(),
                   filled.at_end);
    context_ = step.context;
    if (!step.ended && !filled.fault.ok()) {
      const uint64_t cut = long_->begin();
      long_.reset();
      return GoOn(filled.fault, cut, block);
    }
    carry_ = text.substr(step.done);
    offset_ += step.done;
    if (step.ended) {
      long_->Finish(offset_, block);
      long_.reset();
      return carry_.empty() && filled.at_end ? Step::kDone : Step::kMore;
    }
    if (long_->Give(block)) return Step::kMore;
  }
  return Step::kYield;
}

MailReader::Step MboxReader::Fail(std::string_view text,
                                  const absl::Status& fault,
                                  BlockBuilder& block) {
  const auto last =
      mail::FindLastSeparator(text, 1, text.size(), false, dialect_);
  if (last) AddRun(last->from_line, false, block);
  return GoOn(fault, offset_, block);
}

MailReader::Step MboxReader::GoOn(absl::Status fault, uint64_t cut,
                                  BlockBuilder& block) {
  auto text = Recover(std::move(fault), cut, block);
  if (!text) return Step::kDone;
  carry_ = std::move(*text);
  return Step::kYield;
}

}  // namespace mailassay::source
