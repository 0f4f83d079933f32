#include "lib/audit/head_examiner.h"

#include <algorithm>
#include <utility>

#include "lib/audit/header_facts.h"
#include "lib/base/ascii.h"
#include "lib/base/domain_name.h"
#include "lib/mail/crcrlf.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;
using mail::Anomaly;
using mail::LineEnds;

// Of one arena, about: what the last message of a block keeps alive.
constexpr size_t kTextBytes = 48 * 1024;

bool Has8Bit(std::string_view text) {
  dkim::BodyFacts octets;
  octets.Add(text);
  return octets.saw_8bit();
}

LineEnds Combine(LineEnds a, LineEnds b) {
  if (a == LineEnds::kNone) return b;
  if (b == LineEnds::kNone || a == b) return a;
  return LineEnds::kMixed;
}

// All fields are kept, also when they are too many: a signature over a limit
// has its row, too, and From is found.  The size of the section bounds them.
void ParseWhole(std::string_view section, mail::Header& header) {
  mail::ParseHeader(section, section.size(), header);
}

void Remove(Anomaly anomaly, mail::AnomalySet& from) {
  mail::AnomalySet removed;
  removed.Add(anomaly);
  from = mail::AnomalySet::FromBits(from.bits() & ~removed.bits());
}

// The start of a section that goes on behind it.  What is not all there would
// only be misread: its last line, a field that may be folded, a missing end.
void ParseCut(std::string_view start, mail::Header& header) {
  const size_t last_line = start.rfind('\n') + 1;
  const bool may_fold = last_line == start.size() || IsWsp(start[last_line]);
  ParseWhole(start.substr(0, last_line), header);
  if (may_fold && !header.fields.empty()) header.PopField();
  Remove(Anomaly::kNoBodySeparator, header.anomalies);
}

}  // namespace

bool FromFilter::Admits(std::string_view author_domain) const {
  if (domains.empty()) return true;
  return std::any_of(domains.begin(), domains.end(), [&](const auto& domain) {
    return IsSameOrBelow(author_domain, domain);
  });
}

MessageParts TakeApart(std::string_view message, const MessageLimits& limits) {
  // One octet over the limit tells a header that is too long from one that
  // just fits.
  const std::string_view head = message.substr(0, limits.max_header_bytes + 1);
  const auto header_end = mail::EndsLinesInCrCrLf(head)
                              ? mail::FindCrCrLfHeaderEnd(head)
                              : mail::FindHeaderEnd(head);
  const size_t header_size = header_end.value_or(head.size());
  return {.header = message.substr(0, header_size),
          .body = message.substr(header_size),
          .limit = message.size() > limits.max_message_bytes
                       ? Reason::kLimitMessage
                       : Reason::kOk};
}

bool HeadExaminer::Examine(const Placement& placement, std::string_view section,
                           Reason limit, MessageFacts& facts) {
  const bool cut = section.size() > limits_.max_header_bytes;
  if (cut) {
    section = section.substr(0, limits_.max_header_bytes + 1);
    limit = Reason::kLimitHeaderBytes;
  }
  if (texts_ == nullptr || texts_->bytes() >= kTextBytes) {
    texts_ = std::make_shared<Arena>();
  }
  const bool doubled = mail::EndsLinesInCrCrLf(section);
  if (doubled) {
    section = texts_->Copy(mail::ReadCrCrLf(section));
    facts.anomalies.Add(Anomaly::kCrCrLf);
  }
  if (cut) {
    ParseCut(section, header_);
  } else {
    ParseWhole(section, header_);
  }
  if (header_.fields.size() > limits_.dkim.max_header_fields &&
      limit == Reason::kOk) {
    limit = Reason::kLimitHeaders;
  }
  facts.author = authors_.Find(header_);
  if (cut && facts.author.from_count == 0) {
    // It may stand behind the limit.
    Remove(Anomaly::kFromSyntax, facts.author.anomalies);
  }
  if (!filter_.Admits(facts.author.domain)) return false;
  facts.input = placement.input;
  facts.offset = placement.offset;
  facts.limit = limit;
  facts.texts = texts_;
  ReadHeaderFacts(header_, placement.from_line, *texts_, facts);
  facts.anomalies.Add(facts.author.anomalies);
  facts.has_8bit = Has8Bit(section);
  facts.signatures =
      signatures_.Examine(header_, facts.author.domain, limit, *texts_);
  WeighSigningTimes(facts);
  if (!doubled) return true;
  for (dkim::Evidence& e : facts.signatures) {
    e.coverage_flags.Add(dkim::Flag::kCrCrLf);
  }
  return true;
}

std::string_view HeadExaminer::content_type() const {
  const mail::HeaderField* const type =
      header_.Find(mail::FieldName::kContentType);
  return type == nullptr ? std::string_view() : type->value();
}

void WeighSigningTimes(MessageFacts& facts) {
  std::optional<int64_t> latest;
  std::optional<int64_t> topmost;
  for (const dkim::Evidence& evidence : facts.signatures) {
    const std::optional<int64_t> t = evidence.signature.timestamp;
    if (!t) continue;
    if (!topmost) topmost = t;
    latest = std::max(latest, t);
  }
  if (!latest) return;
  mail::Receipt receipt{facts.received, facts.other_times};
  mail::WeighSigningTimes(*topmost, *latest, &receipt);
  facts.received = receipt.at;
  facts.other_times = receipt.others;
}

void AddBodyFacts(const dkim::BodyFacts& body, MessageFacts& facts) {
  facts.has_8bit |= body.saw_8bit();
  facts.line_ends = Combine(facts.line_ends, body.line_ends());
  if (facts.line_ends == LineEnds::kMixed) {
    facts.anomalies.Add(Anomaly::kMixedEol);
  }
  if (body.saw_bare_cr()) facts.anomalies.Add(Anomaly::kBareCr);
  if (body.saw_nul()) facts.anomalies.Add(Anomaly::kNul);
}

}  // namespace mailassay::audit
