#include "pipeline/source/long_segment.h"

#include <algorithm>
#include <utility>

#include "pipeline/source/long_message.h"

namespace mailassay::source {
namespace {

// Messages that are decided before they are given, whose facts are held.
constexpr size_t kMaxDecided = 4096;

}  // namespace

LongSegment::LongSegment(const audit::MessageLimits& limits,
                         const audit::FromFilter& filter,
                         audit::RawHash raw_hash,
                         std::shared_ptr<const audit::Input> input,
                         const mail::MboxDialect& dialect, const Start& start)
    : input_(input),
      dialect_(dialect),
      begin_(start.from_offset),
      examiner_(limits, filter, raw_hash) {
  examiner_.Begin(std::move(input), start);
}

void LongSegment::AddText(std::string_view text) {
  if (!left_out_) examiner_.Add(text);
}

LongSegment::Step LongSegment::Add(std::string_view text, uint64_t offset,
                                   size_t context, bool last, bool at_end) {
  const size_t undecided = last ? 0 : mail::kSeparatorWindow;
  const size_t decided = text.size() - std::min(text.size(), undecided);
  const auto least =
      left_out_ ? mail::Certainty::kCertain : mail::Certainty::kUnlikely;
  size_t added = context;
  while (examiner_.decided() < kMaxDecided) {
    const auto next = mail::FindSeparator(text, std::max<size_t>(added, 1),
                                          at_end, dialect_, least);
    const bool found = next && (at_end || next->from_line <= decided);
    if (!found && !at_end) break;
    const size_t line = found ? next->from_line : text.size();
    const size_t end = mail::MessageEnd(text, line, found);
    if (end > added) AddText(text.substr(added, end - added));
    if (!found || next->certainty == mail::Certainty::kCertain) {
      return {.ended = true, .done = line};
    }
    added = std::max(added, end);
    examiner_.AddLine(next->certainty,
                      text.substr(added, next->message - added),
                      {.from_offset = offset + next->from_line,
                       .offset = offset + next->message,
                       .from_line = mail::FromLineOf(text, *next)});
    added = next->message;
  }
  // The empty line before a separator that may begin at `decided` stays out.
  const size_t safe = decided - std::min(decided, mail::kSeparatorContext);
  if (examiner_.decided() < kMaxDecided && safe > added && !last) {
    AddText(text.substr(added, safe - added));
    added = safe;
  }
  const size_t done = added - std::min(added, mail::kSeparatorContext);
  return {.done = done, .context = added - done};
}

void LongSegment::Finish(uint64_t next, BlockBuilder& block) {
  if (left_out_) {
    block.PassGap(begin_, next, audit::Gap::kNotSampled);
    return;
  }
  examiner_.Finish();
  Give(block);
}

bool LongSegment::Give(BlockBuilder& block) {
  if (examiner_.decided() == 0) return false;
  for (audit::SegmentExaminer::Message& message : examiner_.TakeDecided()) {
    AddExamined({.input = input_,
                 .offset = message.offset,
                 .length = message.length,
                 .facts = std::move(message.facts),
                 .passed_lines = message.passed_lines},
                block);
  }
  return true;
}

}  // namespace mailassay::source
