#include "pipeline/run/mail_inputs.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "pipeline/run/stored_audit.h"
#include "pipeline/source/place.h"

namespace mailassay::run {

absl::StatusOr<MailInputs> OpenMailInputs(
    const std::vector<std::string>& inputs) {
  MailInputs opened;
  for (const std::string& input : inputs) {
    if (!store::IsAuditFile(store::PathIn(input, store::kAuditFile))) {
      opened.archives.push_back(input);
      continue;
    }
    auto store = OpenFinished(input);
    if (!store.ok()) return store.status();
    opened.audits.push_back(*std::move(store));
  }
  return opened;
}

void SayWaiting(const std::vector<std::string>& inputs, Console& console) {
  if (std::ranges::count(inputs, "-") == 0 || !isatty(STDIN_FILENO)) return;
  console.Note("waiting for mail on standard input; Ctrl-D ends it");
}

absl::StatusOr<std::unique_ptr<source::Reader>> OpenArchives(
    const std::vector<std::string>& archives, const Options& options,
    const MemoryPlan& plan) {
  if (archives.empty()) return nullptr;
  return source::OpenInputs(archives, {.block_bytes = plan.block_bytes,
                                       .limits = options.limits,
                                       .filter = options.from,
                                       .follow_links = options.follow_links,
                                       .decompress_threads = options.jobs,
                                       .shard = options.shard});
}

}  // namespace mailassay::run
