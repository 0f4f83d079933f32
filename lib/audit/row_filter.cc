#include "lib/audit/row_filter.h"

namespace mailassay::audit {

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

}  // namespace mailassay::audit
