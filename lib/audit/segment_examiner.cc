#include "lib/audit/segment_examiner.h"

#include <algorithm>
#include <utility>

namespace mailassay::audit {
namespace {

// A hash of the whole body fits.
bool ProvesEnd(const MessageFacts& facts) {
  return std::ranges::any_of(facts.signatures, [](const dkim::Evidence& e) {
    return e.body == dkim::BodyMatch::kMatch && !e.signature.body_length;
  });
}

// Which octets are a message must not depend on whose mail is wanted, nor on
// whether only the names of keys are.
MessageLimits WithBodies(MessageLimits limits) {
  limits.dkim.only_names = false;
  return limits;
}

}  // namespace

SegmentExaminer::SegmentExaminer(const MessageLimits& limits,
                                 const FromFilter& filter, RawHash raw_hash)
    : limits_(WithBodies(limits)), filter_(filter), raw_hash_(raw_hash) {}

void SegmentExaminer::Begin(std::shared_ptr<const Input> input,
                            const Start& start) {
  input_ = std::move(input);
  open_.clear();
  Push(start);
}

void SegmentExaminer::Push(const Start& start) {
  open_.push_back({.from_offset = start.from_offset,
                   .message = std::make_unique<StreamedMessage>(
                       limits_, FromFilter(), raw_hash_, input_, start.offset,
                       start.from_line)});
}

void SegmentExaminer::Add(std::string_view text) {
  for (Open& open : open_) {
    if (open.message) open.message->Add(text);
  }
}

bool SegmentExaminer::MayTry(const Open& open) const {
  return open.message && open.trials < kMaxTrials &&
         open.message->has_signatures();
}

// Is it still read, because the segment's end may be its own?
bool SegmentExaminer::IsFollowed(const Open& open) const {
  if (!open.message || !open.message->has_signatures()) return false;
  return open.trials < kMaxTrials ||
         (&open == &open_.front() && open_.size() <= kMostWaiting);
}

// Does a message end here by its signature?  The outermost that does has all
// that began behind it in its body.
bool SegmentExaminer::TryAll(bool at_end) {
  for (size_t i = 0; i < open_.size(); ++i) {
    Open& open = open_[i];
    if (!(at_end ? IsFollowed(open) : MayTry(open))) continue;
    ++open.trials;
    MessageFacts facts = open.message->FactsHere();
    if (!ProvesEnd(facts)) continue;
    open.end = End{.facts = std::move(facts), .length = open.message->length()};
    open_.resize(i + 1);
    return true;
  }
  return false;
}

void SegmentExaminer::AddLine(mail::Certainty certainty, std::string_view text,
                              const Start& start) {
  const bool proved = TryAll(/*at_end=*/false);
  const bool divides = proved || certainty == mail::Certainty::kLikely;
  if (proved) {
    open_.back().message.reset();
  } else if (divides) {
    EndLikely(open_.back());
  } else {
    ++open_.back().passed_lines;
  }
  for (Open& open : open_) {
    if (open.end && !IsFollowed(open)) open.message.reset();
  }
  Add(text);
  if (divides) Push(start);
  EmitDecided();
}

// Its end is here, unless it fits further on.
void SegmentExaminer::EndLikely(Open& open) {
  End end{.length = open.message->length(), .passed_lines = open.passed_lines};
  if (IsFollowed(open)) {
    end.facts = InDoubt(open.message->FactsHere());
  } else {
    end.facts = open.message->Finish();
    if (end.facts) end.facts = InDoubt(*std::move(end.facts));
    end.length = open.message->length();
    open.message.reset();
  }
  open.end = std::move(end);
}

MessageFacts SegmentExaminer::InDoubt(MessageFacts facts) const {
  facts.anomalies.Add(mail::Anomaly::kEndInDoubt);
  return facts;
}

void SegmentExaminer::Finish() {
  if (!TryAll(/*at_end=*/true)) {
    Open& last = open_.back();
    End end{.length = last.message->length(),
            .passed_lines = last.passed_lines};
    end.facts = last.message->Finish();
    const bool doubt =
        last.passed_lines > 0 && end.facts && !ProvesEnd(*end.facts);
    if (doubt) end.facts = InDoubt(*std::move(end.facts));
    last.end = std::move(end);
  }
  for (Open& open : open_) open.message.reset();
  EmitDecided();
  open_.clear();
}

void SegmentExaminer::Emit(Open& open) {
  End& end = *open.end;
  Message message{.length = end.length, .passed_lines = end.passed_lines};
  message.offset = end.facts->offset;
  if (filter_.Admits(end.facts->author.domain)) {
    message.facts = std::make_unique<MessageFacts>(*std::move(end.facts));
  }
  decided_.push_back(std::move(message));
}

// Those before the first that may still be followed.
void SegmentExaminer::EmitDecided() {
  while (!open_.empty() && open_.front().end && !open_.front().message) {
    Emit(open_.front());
    open_.pop_front();
  }
}

std::vector<SegmentExaminer::Message> SegmentExaminer::TakeDecided() {
  return std::exchange(decided_, {});
}

}  // namespace mailassay::audit
