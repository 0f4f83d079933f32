// A segment of an mbox, from one certain separator to the next, cut into its
// messages where lines in it are separators perhaps (mail::Certainty).
//
// The signature decides where it can: a body hash (bh=) that fits the body up
// to such a line, or to a later one or the segment's end only, proves where the
// signed body ended.  So a message is tried at every such line, and where it
// does not fit it is followed further, up to kMaxTrials lines, while what
// begins at the line is examined as a message, too.  The first message that is
// not decided is followed to the segment's end, past more lines, as long as no
// more than kMostWaiting others wait for it.  A hash of a part (l=)
// proves no end.  Where no signature decides, likely lines divide and unlikely
// ones don't.
//
// Nobody can make a signature pass by choosing lines: what is judged is always
// octets that stand in the archive, from the end of a From_ line to the start
// of another, and a pass says of these octets what a pass says of any.  Lines
// in doubt decide only which of these stretches are called messages; who writes
// certain separators into a body cuts it all the same.
//
// Each octet is examined at most kMaxTrials + 2 times, and no more than
// kMostWaiting messages are held, however many lines there are.  What comes out
// does not depend on the pieces in which the text is given.  Used by one thread
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/audit/streamed_message.h"
#include "lib/mail/mbox.h"

namespace mailassay::audit {

class SegmentExaminer {
 public:
  static constexpr int kMaxTrials = 16;
  static constexpr size_t kMostWaiting = 1024;

  // A message whose end is decided.  No facts: the filter does not admit it.
  struct Message {
    uint64_t offset = 0;
    uint64_t length = 0;
    std::unique_ptr<MessageFacts> facts = {};
    // Lines in it that look like From_ lines, and no signature says that they
    // are none.
    uint64_t passed_lines = 0;
  };

  SegmentExaminer(const MessageLimits& limits, const FromFilter& filter,
                  RawHash raw_hash);

  // A separator whose From_ line, without its line end, may be empty.
  struct Start {
    uint64_t from_offset = 0;  // of the From_ line, in the stream
    uint64_t offset = 0;       // of the message
    std::string_view from_line = {};
  };
  void Begin(std::shared_ptr<const Input> input, const Start& start);
  // Octets up to the next line in doubt, without the empty line before it
  // (mail::MessageEnd), or up to the segment's end.
  void Add(std::string_view text);
  // A line in doubt.  `text`: from what was added to the message that may begin
  // behind the line.
  void AddLine(mail::Certainty certainty, std::string_view text,
               const Start& start);
  void Finish();

  // Those decided since it was asked last, in order.
  std::vector<Message> TakeDecided();
  size_t decided() const { return decided_.size(); }
  // Where the From_ line begins of the first message that is not decided: who
  // begins there gives what follows.
  uint64_t open_from() const { return open_.front().from_offset; }

  // All of a segment that is in memory, with its first message's start.
  // REQUIRES: each Begin is over by Finish.
  template <typename Visit>  // void(Message)
  void Examine(std::shared_ptr<const Input> input, const Start& start,
               std::string_view text, const mail::MboxDialect& dialect,
               const Visit& visit);

 private:
  // Where a message ends unless a later line proves otherwise.
  struct End {
    std::optional<MessageFacts> facts = {};
    uint64_t length = 0;
    uint64_t passed_lines = 0;
  };
  struct Open {
    uint64_t from_offset = 0;
    std::unique_ptr<StreamedMessage> message;  // null: its end is final
    std::optional<End> end = {};
    int trials = 0;
    uint64_t passed_lines = 0;
  };

  void Push(const Start& start);
  bool MayTry(const Open& open) const;
  bool IsFollowed(const Open& open) const;
  bool TryAll(bool at_end);
  void EndLikely(Open& open);
  void Emit(Open& open);
  void EmitDecided();
  MessageFacts InDoubt(MessageFacts facts) const;

  const MessageLimits limits_;
  const FromFilter filter_;
  const RawHash raw_hash_;
  std::shared_ptr<const Input> input_;
  // One behind the other; each but the last has an end.
  std::deque<Open> open_;
  std::vector<Message> decided_;
};

template <typename Visit>
void SegmentExaminer::Examine(std::shared_ptr<const Input> input,
                              const Start& start, std::string_view text,
                              const mail::MboxDialect& dialect,
                              const Visit& visit) {
  const auto give = [&] {
    for (Message& message : TakeDecided()) visit(std::move(message));
  };
  Begin(std::move(input), start);
  size_t added = 0;
  for (auto next = mail::FindSeparator(text, 1, true, dialect,
                                       mail::Certainty::kUnlikely);
       next; next = mail::FindSeparator(text, added, true, dialect,
                                        mail::Certainty::kUnlikely)) {
    const size_t end = mail::MessageEnd(text, next->from_line, true);
    if (end > added) Add(text.substr(added, end - added));
    const size_t line = std::max(end, added);
    AddLine(next->certainty, text.substr(line, next->message - line),
            {.from_offset = start.offset + next->from_line,
             .offset = start.offset + next->message,
             .from_line = mail::FromLineOf(text, *next)});
    added = next->message;
    give();
  }
  Add(text.substr(added));
  Finish();
  give();
}

}  // namespace mailassay::audit
