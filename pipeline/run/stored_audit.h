// Judges what an audit store holds: the second half of a run that keeps its
// evidence, and the whole of those that look at it again.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/audit/changes.h"
#include "lib/dkim/key_answer.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/run/duplicate_search.h"
#include "pipeline/run/results.h"
#include "pipeline/run/stages.h"
#include "pipeline/store/audit_store.h"
#include "pipeline/store/audit_writer.h"

namespace mailassay::run {

// Opens a finished audit to look at it again.  FailedPrecondition: it is not
// finished; else as AuditStore::Open.
absl::StatusOr<std::unique_ptr<store::AuditStore>> OpenFinished(
    const std::string& dir);

// The exit code of a store that can't be opened.
int StoreFaultCode(const absl::Status& status);

// DataLoss that names the store and a row of its batches that can't be read.
absl::Status DamagedBatch(const store::AuditStore& store, int64_t id);

// DataLoss: one of them can't be read.  Names that nobody
// answered or was asked for are left out.
absl::StatusOr<std::vector<dkim::KeyAnswer>> StoredAnswers(
    const store::AuditStore& store);

// Of these, what DNS was asked.
size_t CountAsked(const std::vector<dkim::KeyAnswer>& answers);

// Gives the answers of an earlier part of the run to `keys`, and asks again for
// names that had none yet.  DataLoss: one of them can't be read.
absl::Status RestoreNames(const store::AuditStore& store, keys::KeyStore& keys);

// All parts of the batches, in their order.  A DataLoss of `visit` says that a
// part can't be read: it ends as one that names the store and the batch, any
// other fault of its as it is.  DataLoss: the store is damaged.
absl::Status ForEachPart(
    const store::AuditStore& store,
    const std::function<absl::Status(const store::Part&)>& visit);

// Shows all that `store` holds to the search.  DataLoss: the store is damaged.
absl::Status AddStore(const store::AuditStore& store,
                      DuplicateSearch& duplicates);

// Where what is judged goes; null: nowhere.
struct Destination {
  Results& results;
  store::AuditWriter* writer = nullptr;  // of a finished audit
  audit::Changes* changes = nullptr;     // with judging.earlier
};

// All batches of `store` in archive order.  `first_file`: where the numbers of
// its inputs' files begin, behind those of other audits.  `go_on`: false ends
// early, which is Cancelled.  DataLoss: the store is damaged.
absl::Status ConcludeStore(store::AuditStore& store, uint64_t first_file,
                           const Judging& judging,
                           const Destination& destination,
                           const std::function<bool()>& go_on);

}  // namespace mailassay::run
