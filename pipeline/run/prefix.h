// With --custody: whether what a log says was read is there still, octet by
// octet, before the run goes on behind it (promise P11).
//
// The archive is read again from its beginning to where the log ends, by the
// reader that read it.  So compressed files and members of containers are
// compared as all else is: each message by its SHA-256, and each file that was
// read to its end by that of the file as it is stored.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/base/digest.h"
#include "pipeline/run/memory_plan.h"
#include "pipeline/run/options.h"
#include "pipeline/run/progress.h"
#include "pipeline/run/stages.h"
#include "pipeline/source/position.h"
#include "pipeline/source/source.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

// A message or a file, as it was seen by one reading.
struct Seen {
  // In the order of reading; a file stands behind its messages.
  struct Place {
    uint64_t file = 0;
    bool whole = false;  // the file itself
    uint64_t member = 0;
    uint64_t offset = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
  };
  Place place;
  Digest sha256;
  std::shared_ptr<const std::string> path;
};

// Compares two readings.  Holds one batch of the earlier one.
class PrefixComparison {
 public:
  // Gives what the next batch of the earlier reading saw, in order; false at
  // its end.
  using Earlier = std::function<absl::StatusOr<bool>(std::vector<Seen>*)>;
  // `end`: where the earlier reading ended.
  PrefixComparison(Earlier earlier, const source::Position& end)
      : earlier_(std::move(earlier)), end_(end) {}

  // What the next batch of this reading sees, in order.  FailedPrecondition: it
  // differs, in words; else a fault of `earlier`.
  absl::Status Compare(std::span<const Seen> now);
  // Nothing more is there.
  absl::Status Finish();

 private:
  absl::StatusOr<const Seen*> First();
  bool LiesBehind(const Seen::Place& place) const;

  const Earlier earlier_;
  const source::Position end_;
  std::vector<Seen> batch_;  // of the earlier reading
  size_t next_ = 0;          // of batch_
};

// Reads all that `store` has seen with `reader`, which stands at the beginning.
// FailedPrecondition: it has changed, in words.  Cancelled: a signal came.
// DataLoss: the store is damaged.
absl::Status CheckPrefix(const store::AuditStore& store, source::Reader& reader,
                         const JudgeContext& context, const Options& options,
                         const MemoryPlan& plan, Progress& progress);

}  // namespace mailassay::run
