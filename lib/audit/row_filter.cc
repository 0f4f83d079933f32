#include "lib/audit/row_filter.h"

#include <string_view>
#include <vector>

#include "lib/base/concat.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

template <typename Items, typename Name>
std::string AnyOf(const Items& items, const Name& name) {
  std::string text;
  for (const auto& item : items) {
    text += Concat(text.empty() ? "" : " or ", name(item));
  }
  return text;
}

}  // namespace

bool RowFilter::Admits(const MessageRow& row) const {
  const MessageFacts& facts = *row.facts;
  if (!from.Admits(facts.author.domain)) return false;
  if (!classes.empty() && !classes.contains(row.message_class)) return false;
  if (!reasons.empty() && !reasons.contains(row.reason)) return false;
  if (!since && !until) return true;
  if (facts.received.source == mail::ReceivedSource::kNone) return false;
  return (!since || facts.received.seconds >= *since) &&
         (!until || facts.received.seconds < *until);
}

std::string DescribeFilter(const RowFilter& filter) {
  std::vector<std::string> parts;
  const auto identity = [](const std::string& text) { return text; };
  if (!filter.from.domains.empty()) {
    parts.push_back(Concat("whose author is of ",
                           AnyOf(filter.from.domains, identity),
                           " or a subdomain"));
  }
  if (!filter.classes.empty()) {
    parts.push_back(
        Concat("of the class ", AnyOf(filter.classes, MessageClassCode)));
  }
  if (!filter.reasons.empty()) {
    parts.push_back(
        Concat("with the reason ", AnyOf(filter.reasons, dkim::ReasonCode)));
  }
  if (filter.since) {
    parts.push_back(
        Concat("received at or after ", mail::FormatTime(*filter.since)));
  }
  if (filter.until) {
    parts.push_back(
        Concat("received before ", mail::FormatTime(*filter.until)));
  }
  std::string text;
  for (const std::string& part : parts) {
    text += Concat(text.empty() ? "" : ", and ", part);
  }
  return text;
}

}  // namespace mailassay::audit
