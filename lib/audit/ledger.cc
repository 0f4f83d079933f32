#include "lib/audit/ledger.h"

#include <algorithm>

#include "lib/audit/findings.h"

namespace mailassay::audit {
namespace {

constexpr size_t kMaxErrorKinds = 256;

template <typename Map>
void MergeAll(const Map& batch, SpillMap<typename Map::mapped_type>* sums) {
  for (const auto& [key, tally] : batch) sums->Merge(key, tally);
}

}  // namespace

void BatchTally::Add(const MessageRow& row) {
  totals.Add(row);
  senders[row.facts->author.domain].Add(row);
  for (size_t i = 0; i < row.signatures.size(); ++i) {
    // Without an answer there was no name to ask for, so there is no key.
    if (row.signatures[i].answer == nullptr) continue;
    KeyTallyName(row, i, &name);
    keys[name].Add(row, i);
  }
  AddFinding(row);
}

void BatchTally::AddFinding(const MessageRow& row) {
  if (row.best >= 0) {
    if (row.facts->input->ordinal != input) {
      input = row.facts->input->ordinal;
      unit = UnitOf(*row.facts->input);
    }
    units[unit].Add(row);
  }
  if (!FindingKey(row, &name)) return;
  if (DamageOf(row)) {
    name.push_back('\0');
    name.append(unit);
  }
  findings[name].Add(*row.facts);
}

Ledger::Ledger(size_t cap_bytes, RunStorage* storage)
    : senders_(cap_bytes / 2, storage),
      keys_(cap_bytes / 4, storage),
      findings_(cap_bytes / 8, storage),
      units_(cap_bytes / 8, storage) {}

void Ledger::Merge(const BatchTally& batch) {
  totals_.Merge(batch.totals);
  MergeAll(batch.senders, &senders_);
  MergeAll(batch.keys, &keys_);
  MergeAll(batch.findings, &findings_);
  MergeAll(batch.units, &units_);
}

void Ledger::AddError(const ErrorRow& row) {
  const bool full = errors_.size() >= kMaxErrorKinds;
  const std::string kind = full ? std::string() : row.kind;
  auto at = std::find_if(
      errors_.begin(), errors_.end(), [&](const ErrorCount& error) {
        return error.code == row.code &&
               (error.kind == row.kind || error.kind == kind);
      });
  if (at == errors_.end()) {
    at = errors_.insert(at, ErrorCount{row.code, kind, 0, row});
  }
  ++at->count;
}

}  // namespace mailassay::audit
