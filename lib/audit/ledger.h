// The books of one audit: totals, senders, keys, findings and units.  Batches
// keep their own BatchTally, made in parallel; the ledger merges them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lib/audit/error_row.h"
#include "lib/audit/spill.h"
#include "lib/audit/tally.h"
#include "lib/audit/unit.h"

namespace mailassay::audit {

// The sums of one batch.  Made by one thread.
struct BatchTally {
  Totals totals;
  absl::flat_hash_map<std::string, SenderTally> senders;
  absl::flat_hash_map<std::string, KeyTally> keys;
  // By the message's finding; of damage by its finding and unit.
  absl::flat_hash_map<std::string, FindingTally> findings;
  absl::flat_hash_map<std::string, UnitTally> units;

  void Add(const MessageRow& row);

  void AddFinding(const MessageRow& row);

  std::string name;  // the one looked up last: its memory is used again
  std::string unit;  // of the input with the ordinal:
  uint64_t input = UINT64_MAX;
};

// The sums of the run.  One thread at a time.
class Ledger {
 public:
  // `cap_bytes`: of memory for the four maps together.
  Ledger(size_t cap_bytes, RunStorage* storage);

  void Merge(const BatchTally& batch);
  void AddError(const ErrorRow& row);

  const Totals& totals() const { return totals_; }
  SpillMap<SenderTally>& senders() { return senders_; }
  SpillMap<KeyTally>& keys() { return keys_; }
  SpillMap<FindingTally>& findings() { return findings_; }
  SpillMap<UnitTally>& units() { return units_; }

  // Errors by code and kind, with the first row of each; bounded.
  struct ErrorCount {
    ErrorCode code;
    std::string kind;
    uint64_t count = 0;
    ErrorRow first;
  };
  const std::vector<ErrorCount>& errors() const { return errors_; }

 private:
  Totals totals_;
  SpillMap<SenderTally> senders_;
  SpillMap<KeyTally> keys_;
  SpillMap<FindingTally> findings_;
  SpillMap<UnitTally> units_;
  std::vector<ErrorCount> errors_;
};

}  // namespace mailassay::audit
