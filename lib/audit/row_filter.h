// Which of an audit's messages a report is about.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "lib/audit/head_examiner.h"
#include "lib/audit/row.h"

namespace mailassay::audit {

// All that is given must hold.
struct RowFilter {
  FromFilter from;                 // author domains, with their subdomains
  std::set<MessageClass> classes;  // empty: any
  std::set<dkim::Reason> reasons;  // of the best signature; empty: any
  std::optional<int64_t> since;    // received at or after, Unix seconds
  std::optional<int64_t> until;    // received before

  bool empty() const {
    return from.domains.empty() && classes.empty() && reasons.empty() &&
           !since && !until;
  }
  // A message without a time of receipt is in no span of time.
  bool Admits(const MessageRow& row) const;
};

// In words, behind "only messages"; empty for one that admits all.
std::string DescribeFilter(const RowFilter& filter);

}  // namespace mailassay::audit
