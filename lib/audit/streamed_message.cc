#include "lib/audit/streamed_message.h"

#include <algorithm>
#include <array>

#include "lib/mail/crcrlf.h"
#include "lib/mail/header.h"

namespace mailassay::audit {

StreamedMessage::StreamedMessage(const MessageLimits& limits,
                                 const FromFilter& filter, RawHash raw_hash,
                                 std::shared_ptr<const Input> input,
                                 uint64_t offset, std::string_view from_line)
    : limits_(limits),
      examiner_(limits, filter),
      input_(std::move(input)),
      offset_(offset),
      from_line_(from_line) {
  if (raw_hash == RawHash::kSha256) {
    raw_hash_.emplace(crypto::HashAlgorithm::kSha256);
  }
}

void StreamedMessage::Add(std::string_view text) {
  const size_t size = text.find_last_not_of('\0') + 1;
  if (size > 0) {
    AddNuls();
    Take(text.substr(0, size));
  }
  nuls_ += text.size() - size;
}

void StreamedMessage::AddNuls() {
  static constexpr std::array<char, 64 << 10> kNuls{};
  while (nuls_ > 0) {
    const size_t size =
        static_cast<size_t>(std::min<uint64_t>(nuls_, kNuls.size()));
    Take({kNuls.data(), size});
    nuls_ -= size;
  }
}

void StreamedMessage::Take(std::string_view text) {
  length_ += text.size();
  if (raw_hash_) raw_hash_->Update(text);
  if (!begun_) return AddHeader(text);
  // The examiner sees one piece that goes over the limit and knows from it.
  const bool was_over = length_ - text.size() > limits_.max_message_bytes;
  if (admitted_ && header_ended_ && !was_over) examiner_.Feed(text);
}

void StreamedMessage::AddHeader(std::string_view text) {
  // One octet over the limit tells a header that is too long from one that
  // just fits.
  const size_t most = limits_.max_header_bytes + 1;
  const size_t taken = std::min(text.size(), most - header_.size());
  header_.append(text.substr(0, taken));
  const std::string_view open = std::string_view(header_).substr(last_line_);
  const auto end = mail::EndsLinesInCrCrLf(header_)
                       ? mail::FindCrCrLfHeaderEnd(open)
                       : mail::FindHeaderEnd(open);
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

void StreamedMessage::Begin(size_t header_size) {
  begun_ = true;
  admitted_ = examiner_.Begin(
      {.input = input_, .offset = offset_, .from_line = from_line_},
      std::string_view(header_).substr(0, header_size));
}

bool StreamedMessage::has_signatures() const {
  return header_ended_ && admitted_ && examiner_.has_signatures() &&
         length_ <= limits_.max_message_bytes;
}

MessageFacts StreamedMessage::FactsHere() const {
  MessageFacts facts = examiner_.FactsHere();
  if (raw_hash_) {
    crypto::Hasher copy = *raw_hash_;
    facts.raw_sha256 = copy.Finish();
  }
  return facts;
}

std::optional<MessageFacts> StreamedMessage::Finish() {
  if (!begun_) Begin(header_.size());
  if (!admitted_) return std::nullopt;
  MessageFacts facts = examiner_.Finish(length_);
  if (raw_hash_) facts.raw_sha256 = raw_hash_->Finish();
  return facts;
}

}  // namespace mailassay::audit
