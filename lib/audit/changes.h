// What became of messages when an audit was judged again: the sums of what
// changed, by sender and by class and reason before and after.  A commutative
// monoid, as tallies are.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "lib/audit/csv.h"
#include "lib/audit/row.h"
#include "lib/audit/spill.h"
#include "lib/audit/tally.h"

namespace mailassay::audit {

// What a message came to.
struct Outcome {
  MessageClass message_class = MessageClass::kUnsigned;
  dkim::Reason reason = dkim::Reason::kOk;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

// The sums of one batch, or of all.  One thread at a time.
struct BatchChanges {
  uint64_t messages = 0;
  absl::flat_hash_map<std::string, FindingTally> changed;

  void Add(const MessageFacts& facts, const Outcome& before,
           const Outcome& after);
};

class Changes {
 public:
  Changes(size_t cap_bytes, RunStorage* storage)
      : changed_(cap_bytes, storage) {}
  void Merge(const BatchChanges& batch);

  uint64_t messages() const { return messages_; }
  uint64_t changed() const { return count_; }  // messages

  // The table: its header, and all rows in the order of author domain and
  // change.
  static std::string_view Header();
  void WriteRows(const CsvOptions& options,
                 const std::function<void(std::string_view)>& write);
  // For a terminal: changes by number of messages, then the senders most
  // touched.
  std::string Summary();

 private:
  uint64_t messages_ = 0;
  uint64_t count_ = 0;
  SpillMap<FindingTally> changed_;
};

}  // namespace mailassay::audit
