// One message, from its bytes to MessageFacts, streaming: Begin with the whole
// header section, Feed the body in any pieces, Finish.  A message that is in
// memory as a whole goes through Examine.
//
// Used by one thread at a time, for any number of messages in turn.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/facts.h"
#include "lib/dkim/examiner.h"

namespace mailassay::audit {

struct MessageLimits {
  uint64_t max_message_bytes = 256ull << 20;
  size_t max_header_bytes = 1 << 20;
  dkim::ExamineLimits dkim{};
};

// Restricts an audit to authors of some domains and their subdomains.
struct FromFilter {
  std::vector<std::string> domains;  // lower-case A-labels; empty: everything
  bool Admits(std::string_view author_domain) const;
};

// Where a message lies and what its container says of it.
struct Placement {
  std::shared_ptr<const Input> input;
  uint64_t offset = 0;
  std::string_view from_line;  // mbox From_ line, or empty
};

class MessageExaminer {
 public:
  MessageExaminer(const MessageLimits& limits, const FromFilter& filter);
  ~MessageExaminer();
  MessageExaminer(MessageExaminer&&) noexcept;

  // `header` is the header section with its empty line (all of it, or, when it
  // is over max_header_bytes, at least that many octets of it: the message
  // then gets limit_header_bytes and its body is not hashed).
  // False: the filter does not admit the message; go on to the next.
  bool Begin(const Placement& placement, std::string_view header);
  void Feed(std::string_view body);
  // `length`: octets of the whole message, of which more than fed may have
  // been skipped after a limit.
  MessageFacts Finish(uint64_t length);

  // All three for a message in memory; nullopt when the filter says no.
  std::optional<MessageFacts> Examine(const Placement& placement,
                                      std::string_view message);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailassay::audit
