#include "pipeline/source/long_message.h"

#include <algorithm>

#include "lib/mail/header.h"
#include "lib/mail/mbox.h"

namespace mailassay::source {

using mail::kSeparatorContext;

LongMessage::LongMessage(const audit::MessageLimits& limits,
                         const audit::FromFilter& filter,
                         audit::RawHash raw_hash,
                         std::shared_ptr<const audit::Input> input,
                         uint64_t offset, std::string_view from_line)
    : limits_(limits),
      examiner_(limits, filter),
      input_(std::move(input)),
      offset_(offset),
      from_line_(from_line) {
  if (raw_hash == audit::RawHash::kSha256) {
    raw_hash_.emplace(crypto::HashAlgorithm::kSha256);
  }
}

void LongMessage::Add(std::string_view text) {
  length_ += text.size();
  if (raw_hash_) raw_hash_->Update(text);
  if (!begun_) return AddHeader(text);
  // The examiner sees one piece that goes over the limit and knows from it.
  const bool was_over = length_ - text.size() > limits_.max_message_bytes;
  if (admitted_ && header_ended_ && !was_over) examiner_.Feed(text);
}

void LongMessage::AddHeader(std::string_view text) {
  // One octet over the limit tells a header that is too long from one that
  // just fits.
  const size_t most = limits_.max_header_bytes + 1;
  const size_t taken = std::min(text.size(), most - header_.size());
  header_.append(text.substr(0, taken));
  const std::string_view open = std::string_view(header_).substr(last_line_);
  const auto end = mail::FindHeaderEnd(open);
  if (!end && header_.size() < most) {
    // No line before the last can be the empty one.
    const size_t lf = open.rfind('\n');
    if (lf != std::string_view::npos) last_line_ += lf + 1;
    return;
  }
  const size_t size = end ? last_line_ + *end : header_.size();
  header_ended_ = end.has_value();
  Begin(size);
  if (!admitted_ || !header_ended_) return;
  examiner_.Feed(std::string_view(header_).substr(size));
  examiner_.Feed(text.substr(taken));
  std::string().swap(header_);
}

void LongMessage::Begin(size_t header_size) {
  begun_ = true;
  admitted_ = examiner_.Begin(
      {.input = input_, .offset = offset_, .from_line = from_line_},
      std::string_view(header_).substr(0, header_size));
}

void LongMessage::LeaveOut(uint64_t begin) {
  left_out_from_ = begin;
  begun_ = left_out_ = true;
  admitted_ = false;
}

void LongMessage::Finish(uint64_t next, BlockBuilder& block) {
  if (left_out_) {
    block.PassGap(left_out_from_, next, audit::Gap::kNotSampled);
    return;
  }
  if (!begun_) Begin(header_.size());
  if (!admitted_) {
    block.Add(ExaminedMessage{input_, offset_, length_, nullptr});
    return;
  }
  audit::MessageFacts facts = examiner_.Finish(length_);
  if (raw_hash_) facts.raw_sha256 = raw_hash_->Finish();
  auto row = audit::LimitRow(facts);
  block.Add(
      ExaminedMessage{input_, offset_, length_,
                      std::make_unique<audit::MessageFacts>(std::move(facts))});
  if (row) block.Add(*std::move(row));
}

std::string_view WithoutEmptyLine(std::string_view text) {
  std::string_view rest = text;
  if (!rest.ends_with('\n')) return text;
  rest.remove_suffix(1);
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest.empty() || rest.ends_with('\n') ? rest : text;
}

LongStep AddUntilSeparator(LongMessage& message, std::string_view text,
                           size_t context, bool last, bool at_end) {
  const size_t undecided = last ? 0 : mail::kSeparatorWindow;
  const size_t decided = text.size() - std::min(text.size(), undecided);
  const auto next =
      mail::FindSeparator(text, std::max<size_t>(context, 1), at_end);
  if (at_end || (next && next->from_line <= decided)) {
    const size_t end = next ? next->from_line : text.size();
    const size_t message_end = WithoutEmptyLine(text.substr(0, end)).size();
    if (message_end > context) {
      message.Add(text.substr(context, message_end - context));
    }
    return {.ended = true, .done = end};
  }
  // The empty line before a separator that may begin at `decided` stays out.
  if (last || decided < context + 2 * kSeparatorContext)
    return {.context = context};
  const size_t added = decided - kSeparatorContext;
  message.Add(text.substr(context, added - context));
  return {.done = added - kSeparatorContext, .context = kSeparatorContext};
}

}  // namespace mailassay::source
