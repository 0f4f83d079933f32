// One message, from its bytes to MessageFacts, streaming: Begin with the whole
// header section, Feed the body in any pieces, Finish.  A message that is in
// memory as a whole goes through Examine.
//
// Used by one thread at a time, for any number of messages in turn.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/audit/facts.h"
#include "lib/audit/head_examiner.h"
#include "lib/dkim/body_examiner.h"
#include "lib/mail/crcrlf.h"

namespace mailassay::audit {

class MessageExaminer {
 public:
  // Without raw_sha256: whoever gives the pieces has octets that it does not
  // get.
  MessageExaminer(const MessageLimits& limits, const FromFilter& filter)
      : limits_(limits), head_(limits, filter) {}

  // `header` is the header section as HeadExaminer takes it.
  // False: the filter does not admit the message; go on to the next.
  bool Begin(const Placement& placement, std::string_view header);
  void Feed(std::string_view body);
  // `length`: octets of the whole message, of which more than fed may have
  // been skipped after a limit.
  MessageFacts Finish(uint64_t length);

  // What Finish would give if the message ended here; it may go on all the
  // same.  REQUIRES: Begin gave true.
  MessageFacts FactsHere() const;
  // Signatures, in a message that no limit keeps from being examined.
  bool has_signatures() const {
    return facts_.limit == dkim::Reason::kOk && !facts_.signatures.empty();
  }

  // All three for a message in memory; nullopt when the filter says no.
  std::optional<MessageFacts> Examine(const Placement& placement,
                                      std::string_view message);

 private:
  bool BeginWith(const Placement& placement, std::string_view header,
                 dkim::Reason limit);
  void NoteSize(uint64_t size);
  void FeedBody(std::string_view body);
  // What is held of the body belongs to it.
  void FinishBody(dkim::BodyExaminer& body, MessageFacts& facts) const;

  MessageLimits limits_;
  HeadExaminer head_;
  dkim::BodyExaminer body_;
  MessageFacts facts_;
  uint64_t seen_ = 0;  // octets of the message so far, header included
  // Of mail with CR CR LF.
  mail::CrCrLfReader line_ends_;
  std::string read_;
};

}  // namespace mailassay::audit
