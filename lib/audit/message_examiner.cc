#include "lib/audit/message_examiner.h"

#include <algorithm>
#include <utility>

namespace mailassay::audit {

using dkim::Reason;

bool MessageExaminer::BeginWith(const Placement& placement,
                                std::string_view header, Reason limit) {
  seen_ = header.size();
  facts_ = MessageFacts();
  line_ends_ = mail::CrCrLfReader();
  if (!head_.Examine(placement, header, limit, facts_)) return false;
  // It cannot be gone through once more, as bodies in memory are.
  body_.Begin(facts_.signatures, facts_.line_ends,
              dkim::BodyReadings::Blanks::kQuotes);
  body_.CountAttached(head_.content_type());
  return true;
}

bool MessageExaminer::Begin(const Placement& placement,
                            std::string_view header) {
  return BeginWith(placement, header, Reason::kOk);
}

void MessageExaminer::Feed(std::string_view body) {
  seen_ += body.size();
  facts_.body_size += body.size();
  NoteSize(seen_);
  if (facts_.limit != Reason::kOk || limits_.dkim.only_names) return;
  FeedBody(body);
}

void MessageExaminer::FeedBody(std::string_view body) {
  if (!facts_.anomalies.Has(mail::Anomaly::kCrCrLf)) return body_.Feed(body);
  // In pieces, so that what is read takes little memory.
  constexpr size_t kPiece = 64 * 1024;
  for (; !body.empty(); body.remove_prefix(std::min(kPiece, body.size()))) {
    read_.clear();
    line_ends_.Feed(body.substr(0, kPiece), &read_);
    body_.Feed(read_);
  }
}

void MessageExaminer::FinishBody(dkim::BodyExaminer& body,
                                 MessageFacts& facts) const {
  if (facts.limit == Reason::kOk && !limits_.dkim.only_names) {
    std::string held;
    mail::CrCrLfReader line_ends = line_ends_;
    line_ends.Finish(&held);
    body.Feed(held);
  }
  body.Finish(facts.signatures);
}

// As if the size had been known from the start: limit_message goes before
// limit_headers, limit_header_bytes before both.
void MessageExaminer::NoteSize(uint64_t size) {
  if (size <= limits_.max_message_bytes ||
      facts_.limit == Reason::kLimitHeaderBytes ||
      facts_.limit == Reason::kLimitMessage) {
    return;
  }
  facts_.limit = Reason::kLimitMessage;
  body_.Abandon(facts_.signatures, Reason::kLimitMessage);
}

MessageFacts MessageExaminer::Finish(uint64_t length) {
  facts_.length = length;
  facts_.body_size += length - std::min(length, seen_);
  NoteSize(length);
  FinishBody(body_, facts_);
  if (facts_.limit == Reason::kOk) {
    AddBodyFacts(body_.facts(), facts_);
    facts_.attached_messages = body_.attached_messages();
  }
  return std::move(facts_);
}

MessageFacts MessageExaminer::FactsHere() const {
  MessageFacts facts = facts_;
  dkim::BodyExaminer body = body_;
  facts.length = seen_;
  FinishBody(body, facts);
  if (facts.limit == Reason::kOk) {
    AddBodyFacts(body.facts(), facts);
    facts.attached_messages = body.attached_messages();
  }
  return facts;
}

std::optional<MessageFacts> MessageExaminer::Examine(const Placement& placement,
                                                     std::string_view message) {
  const MessageParts parts = TakeApart(message, limits_);
  if (!BeginWith(placement, parts.header, parts.limit)) return std::nullopt;
  Feed(parts.body);
  return Finish(message.size());
}

}  // namespace mailassay::audit
