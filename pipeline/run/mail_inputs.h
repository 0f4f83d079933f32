// What the commands that look for keys read: archives, and finished audits that
// stand for theirs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/run/console.h"
#include "pipeline/run/memory_plan.h"
#include "pipeline/run/options.h"
#include "pipeline/source/source.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

struct MailInputs {
  std::vector<std::string> archives;
  std::vector<std::unique_ptr<store::AuditStore>> audits;
};

// Tells them apart and opens the audits; errors as OpenFinished.
absl::StatusOr<MailInputs> OpenMailInputs(
    const std::vector<std::string>& inputs);

// Who gave "-" on a terminal is told that mail is awaited there.
void SayWaiting(const std::vector<std::string>& inputs, Console& console);

// Null: no archives.  An error is one of usage.
absl::StatusOr<std::unique_ptr<source::Reader>> OpenArchives(
    const std::vector<std::string>& archives, const Options& options,
    const MemoryPlan& plan);

}  // namespace mailassay::run
