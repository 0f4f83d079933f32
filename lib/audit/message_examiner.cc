#include "lib/audit/message_examiner.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "lib/audit/header_facts.h"
#include "lib/base/ascii.h"
#include "lib/base/domain_name.h"
#include "lib/mail/address.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;
using mail::Anomaly;
using mail::LineEnds;

bool Has8Bit(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080808080808080u;
  size_t i = 0;
  uint64_t seen = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, 8);
    seen |= word;
  }
  for (; i < text.size(); ++i) {
    seen |= uint64_t{static_cast<unsigned char>(text[i])};
  }
  return (seen & kHighBits) != 0;
}

LineEnds Combine(LineEnds a, LineEnds b) {
  if (a == LineEnds::kNone) return b;
  if (b == LineEnds::kNone || a == b) return a;
  return LineEnds::kMixed;
}

// All fields are kept, also when they are too many: a signature over a limit
// has its row, too, and From is found.  The size of the section bounds them.
mail::Header ParseWhole(std::string_view section) {
  return mail::ParseHeader(section, section.size());
}

void Remove(Anomaly anomaly, mail::AnomalySet& from) {
  mail::AnomalySet removed;
  removed.Add(anomaly);
  from = mail::AnomalySet::FromBits(from.bits() & ~removed.bits());
}

// The start of a section that goes on behind it.  What is not all there would
// only be misread: its last line, a field that may be folded, a missing end.
mail::Header ParseCut(std::string_view start) {
  const size_t last_line = start.rfind('\n') + 1;
  const bool may_fold = last_line == start.size() || IsWsp(start[last_line]);
  mail::Header header = ParseWhole(start.substr(0, last_line));
  if (may_fold && !header.fields.empty()) header.fields.pop_back();
  Remove(Anomaly::kNoBodySeparator, header.anomalies);
  return header;
}

}  // namespace

bool FromFilter::Admits(std::string_view author_domain) const {
  if (domains.empty()) return true;
  return std::any_of(domains.begin(), domains.end(), [&](const auto& domain) {
    return IsSameOrBelow(author_domain, domain);
  });
}

struct MessageExaminer::Impl {
  Impl(const MessageLimits& l, const FromFilter& f)
      : limits(l), filter(f), examiner(l.dkim) {}

  bool Begin(const Placement& placement, std::string_view text, Reason limit);

  MessageLimits limits;
  FromFilter filter;
  dkim::Examiner examiner;
  MessageFacts facts;
  uint64_t seen = 0;  // octets of the message so far, header included
};

bool MessageExaminer::Impl::Begin(const Placement& placement,
                                  std::string_view text, Reason limit) {
  seen = text.size();
  const bool cut = text.size() > limits.max_header_bytes;
  if (cut) {
    text = text.substr(0, limits.max_header_bytes + 1);
    limit = Reason::kLimitHeaderBytes;
  }
  const mail::Header header = cut ? ParseCut(text) : ParseWhole(text);
  if (header.fields.size() > limits.dkim.max_header_fields &&
      limit == Reason::kOk) {
    limit = Reason::kLimitHeaders;
  }
  facts = MessageFacts{};
  facts.author = mail::FindAuthor(header);
  if (cut && facts.author.from_count == 0) {
    // It may stand behind the limit.
    Remove(Anomaly::kFromSyntax, facts.author.anomalies);
  }
  if (!filter.Admits(facts.author.domain)) return false;
  facts.input = placement.input;
  facts.offset = placement.offset;
  facts.limit = limit;
  ReadHeaderFacts(header, placement.from_line, facts);
  facts.anomalies.Add(facts.author.anomalies);
  facts.has_8bit = Has8Bit(text);
  examiner.Begin(header, facts.author.domain, limit);
  return true;
}

MessageExaminer::MessageExaminer(const MessageLimits& limits,
                                 const FromFilter& filter)
    : impl_(std::make_unique<Impl>(limits, filter)) {}
MessageExaminer::~MessageExaminer() = default;
MessageExaminer::MessageExaminer(MessageExaminer&&) noexcept = default;

bool MessageExaminer::Begin(const Placement& placement,
                            std::string_view header) {
  return impl_->Begin(placement, header, Reason::kOk);
}

void MessageExaminer::Feed(std::string_view body) {
  Impl& self = *impl_;
  self.seen += body.size();
  self.facts.body_size += body.size();
  if (self.facts.limit != Reason::kOk) return;
  if (self.seen > self.limits.max_message_bytes) {
    self.facts.limit = Reason::kLimitMessage;
    self.examiner.Abandon(Reason::kLimitMessage);
    return;
  }
  self.examiner.Feed(body);
}

MessageFacts MessageExaminer::Finish(uint64_t length) {
  Impl& self = *impl_;
  MessageFacts& facts = self.facts;
  facts.length = length;
  facts.body_size += length - std::min(length, self.seen);
  facts.signatures = self.examiner.Finish();
  facts.has_8bit |= self.examiner.saw_8bit();
  facts.line_ends = Combine(facts.line_ends, self.examiner.body_line_ends());
  if (facts.line_ends == LineEnds::kMixed) {
    facts.anomalies.Add(Anomaly::kMixedEol);
  }
  if (self.examiner.saw_bare_cr()) facts.anomalies.Add(Anomaly::kBareCr);
  if (self.examiner.saw_nul()) facts.anomalies.Add(Anomaly::kNul);
  return std::move(facts);
}

std::optional<MessageFacts> MessageExaminer::Examine(const Placement& placement,
                                                     std::string_view message) {
  const MessageLimits& limits = impl_->limits;
  Reason limit = message.size() > limits.max_message_bytes
                     ? Reason::kLimitMessage
                     : Reason::kOk;
  // One octet over the limit tells a header that is too long from one that
  // just fits.
  std::string_view head = message.substr(0, limits.max_header_bytes + 1);
  size_t header_size = mail::FindHeaderEnd(head).value_or(head.size());
  if (!impl_->Begin(placement, message.substr(0, header_size), limit)) {
    return std::nullopt;
  }
  Feed(message.substr(header_size));
  return Finish(message.size());
}

}  // namespace mailassay::audit
