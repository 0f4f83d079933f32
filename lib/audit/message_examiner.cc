#include "lib/audit/message_examiner.h"

#include <algorithm>
#include <utility>

namespace mailassay::audit {

using dkim::Reason;

bool MessageExaminer::BeginWith(const Placement& placement,
                                std::string_view header, Reason limit) {
  seen_ = header.size();
  facts_ = MessageFacts();
  if (!head_.Examine(placement, header, limit, facts_)) return false;
  body_.Begin(facts_.signatures, facts_.line_ends);
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
  if (facts_.limit == Reason::kOk && !limits_.dkim.only_names) body_.Feed(body);
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
  body_.Finish(facts_.signatures);
  if (facts_.limit == Reason::kOk) AddBodyFacts(body_.facts(), facts_);
  return std::move(facts_);
}

MessageFacts MessageExaminer::FactsHere() const {
  MessageFacts facts = facts_;
  dkim::BodyExaminer body = body_;
  facts.length = seen_;
  body.Finish(facts.signatures);
  if (facts.limit == Reason::kOk) AddBodyFacts(body.facts(), facts);
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
