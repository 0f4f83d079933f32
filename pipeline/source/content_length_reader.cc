#include "pipeline/source/content_length_reader.h"

#include <algorithm>
#include <cstring>

#include "lib/mail/mbox.h"
#include "pipeline/source/content_length.h"

namespace mailassay::source {
namespace {

constexpr size_t kChunk = 1u << 20;

std::string_view FirstLine(std::string_view text) {
  std::string_view line = text.substr(0, text.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void ContentLengthReader::Ensure(size_t size) {
  if (text().size() >= size || at_end_ || !fault_.ok()) return;
  window_.erase(0, begin_);
  begin_ = 0;
  const size_t kept = window_.size();
  const size_t wanted = std::max(size - kept, kChunk);
  window_.resize(kept + wanted);
  Filled filled = ReadFully(stream_, window_.data() + kept, wanted);
  window_.resize(kept + filled.size);
  at_end_ = filled.at_end;
  fault_ = filled.fault;
}

void ContentLengthReader::Consume(size_t size) {
  begin_ += size;
  offset_ += size;
}

MailReader::Step ContentLengthReader::Fill(BlockBuilder& block) {
  if (long_) return FillLong(block);
  uint64_t passed = 0;
  while (!block.full()) {
    if (passed > kYieldBytes) return Step::kYield;
    Ensure(mail::kSeparatorWindow);
    if (text().empty() && at_end_) return Step::kDone;
    const Extent extent = FindExtent();
    if (extent.state == Extent::kCut) return Fail(offset_, block);
    if (extent.state == Extent::kTooLong) {
      long_.emplace(MakeSegment({.from_offset = offset_,
                                 .offset = offset_ + extent.message,
                                 .from_line = FirstLine(text())}));
      context_ = extent.message;
      return block.has_pieces() ? Step::kYield : Step::kMore;
    }
    if (!sample_.HasAt(offset_)) {
      passed += extent.next;
      block.PassGap(offset_, offset_ + extent.next, audit::Gap::kNotSampled);
    } else if (!Give(extent, block)) {
      return Step::kYield;
    }
    Consume(extent.next);
  }
  return Step::kMore;
}

ContentLengthReader::Extent ContentLengthReader::FindExtent() {
  const auto separator = mail::WeighSeparator(text(), 0, at_end_, dialect_);
  const size_t message = separator ? separator->message : 0;
  while (true) {
    const Landing landing = FindLanding(text(), message, at_end_, dialect_);
    if (landing.state == Landing::kYes) {
      return {Extent::kFound, message, landing.end, landing.next};
    }
    if (landing.state == Landing::kNo) return FindExtentBySeparator(message);
    if (!fault_.ok()) return {};
    Ensure(landing.needed);
  }
}

ContentLengthReader::Extent ContentLengthReader::FindExtentBySeparator(
    size_t message) {
  for (size_t begin = std::max<size_t>(message, 1);;) {
    // No further, though more has been read: what is too long must not depend
    // on where reading began.
    const std::string_view reach = text().substr(0, kMaxContentLength);
    const bool all = reach.size() == text().size();
    const bool at_end = at_end_ && all;
    const bool final = at_end || (!fault_.ok() && all);
    const auto next = mail::FindSeparator(reach, begin, at_end, dialect_,
                                          mail::Certainty::kLikely);
    const size_t size = reach.size();
    const size_t decided =
        size - (final ? 0 : std::min(size, mail::kSeparatorWindow));
    if (next ? next->from_line <= decided : at_end) {
      const size_t from_line = next ? next->from_line : size;
      const size_t end =
          message + mail::MessageEnd(reach.substr(message), from_line - message,
                                     next.has_value());
      return {Extent::kFound, message, end, from_line};
    }
    if (final) return {};
    if (size == kMaxContentLength) return {Extent::kTooLong, message, 0, 0};
    begin = std::max(begin, decided);
    Ensure(size + 1);
  }
}

bool ContentLengthReader::Give(const Extent& extent, BlockBuilder& block) {
  const std::string_view from =
      extent.message > 0 ? FirstLine(text()) : text().substr(0, 0);
  const std::string_view message =
      text().substr(extent.message, extent.end - extent.message);
  const std::span<char> space = block.Space();
  const uint64_t offset = offset_ + extent.message;
  if (from.size() + message.size() <= space.size()) {
    std::memcpy(space.data(), from.data(), from.size());
    std::memcpy(space.data() + from.size(), message.data(), message.size());
    const std::string_view kept_from = block.Keep(from.size());
    block.Add(
        WholeMessage{input_, offset, block.Keep(message.size()), kept_from});
    return true;
  }
  if (!block.empty()) return false;
  LongMessage whole = MakeLong(offset_, offset, from);
  whole.Add(message);
  whole.Finish(offset_ + extent.next, block);
  return true;
}

MailReader::Step ContentLengthReader::FillLong(BlockBuilder& block) {
  for (uint64_t read = 0; read < kYieldBytes;) {
    const auto step =
        long_->Add(text(), offset_, context_, at_end_ || !fault_.ok(), at_end_);
    context_ = step.context;
    read += step.done;
    Consume(step.done);
    if (step.ended) {
      long_->Finish(offset_, block);
      long_.reset();
      return Step::kMore;
    }
    if (!fault_.ok()) {
      const uint64_t cut = long_->begin();
      long_.reset();
      return Fail(cut, block);
    }
    if (long_->Give(block)) return Step::kMore;
    Ensure(text().size() + 1);
  }
  return Step::kYield;
}

MailReader::Step ContentLengthReader::Fail(uint64_t cut, BlockBuilder& block) {
  auto next = Recover(fault_, cut, block);
  if (!next) return Step::kDone;
  window_ = std::move(*next);
  begin_ = 0;
  fault_ = absl::OkStatus();
  return Step::kYield;
}

}  // namespace mailassay::source
