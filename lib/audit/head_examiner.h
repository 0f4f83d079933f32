// What a message's header section says: the facts that need no body, and the
// signatures with their header hashes.
//
// Used by one thread at a time, for any number of messages in turn.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/facts.h"
#include "lib/dkim/body_facts.h"
#include "lib/dkim/header_examiner.h"
#include "lib/mail/author_cache.h"

namespace mailassay::audit {

struct MessageLimits {
  uint64_t max_message_bytes = 256ull << 20;
  size_t max_header_bytes = 1 << 20;
  dkim::ExamineLimits dkim{};
};

// Is the SHA-256 of each whole message wanted (MessageFacts::raw_sha256)?
enum class RawHash : uint8_t { kNone, kSha256 };

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

// A whole message taken apart: its header section, as far as the limit lets it
// be looked for, and the limit that the message is over, or kOk.
struct MessageParts {
  std::string_view header;
  std::string_view body;
  dkim::Reason limit = dkim::Reason::kOk;
};
MessageParts TakeApart(std::string_view message, const MessageLimits& limits);

class HeadExaminer {
 public:
  HeadExaminer(const MessageLimits& limits, const FromFilter& filter)
      : limits_(limits), filter_(filter), signatures_(limits.dkim) {}

  // `section` is the header section with its empty line (all of it, or, when
  // it is over max_header_bytes, at least that many octets of it: the message
  // then gets limit_header_bytes).  `limit`: kOk, or what already keeps the
  // message from being examined.
  // False: the filter does not admit the message.
  // REQUIRES: `facts` is as MessageFacts() makes it.
  bool Examine(const Placement& placement, std::string_view section,
               dkim::Reason limit, MessageFacts& facts);

  // The value of the Content-Type field of the message that was examined last;
  // empty if it has none.  It lives as long as both the section that Examine
  // was given and the `texts` of the facts.
  std::string_view content_type() const;

 private:
  MessageLimits limits_;
  FromFilter filter_;
  mail::AuthorCache authors_;
  mail::Header header_;  // of the message in hand
  dkim::HeaderExaminer signatures_;
  // Of the texts of messages one after the other; when it is full enough, those
  // who have its texts keep it and the next is begun.
  std::shared_ptr<Arena> texts_;
};

// Adds what t= of its signatures says of the time of receipt.
void WeighSigningTimes(MessageFacts& facts);

// Adds what the octets of the body are.
void AddBodyFacts(const dkim::BodyFacts& body, MessageFacts& facts);

}  // namespace mailassay::audit
