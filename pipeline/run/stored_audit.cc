#include "pipeline/run/stored_audit.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/audit/notes.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/run/stages.h"

namespace mailassay::run {
namespace {

absl::Status Damaged(const store::AuditStore& store, std::string_view what) {
  return absl::DataLossError(
      Concat(SafeText(store.path()), ": ", what, "; the file is damaged"));
}

}  // namespace

absl::Status RestoreNames(const store::AuditStore& store,
                          keys::KeyStore& keys) {
  auto names = store.Names();
  if (!names.ok()) return names.status();
  std::vector<dkim::KeyAnswer> answers;
  std::vector<std::string> open;
  for (store::AuditStore::Name& name : *names) {
    if (!name.answer) {
      open.push_back(std::move(name.name));
      continue;
    }
    auto answer = keys::ParseKeyFile(*name.answer, "audit");
    if (!answer.ok() || answer->size() != 1 ||
        answer->front().name != name.name) {
      return Damaged(store, Concat("the answer of ", SafeText(name.name),
                                   " can't be read"));
    }
    answers.push_back(std::move(answer->front()));
  }
  keys.Restore(std::move(answers));
  for (const std::string& name : open) keys.Request(name);
  return absl::OkStatus();
}

absl::Status ConcludeStore(store::AuditStore& store, keys::KeyStore& keys,
                           int jobs, const MemoryPlan& plan, Results& results,
                           store::AuditWriter* writer,
                           const std::function<bool()>& go_on) {
  int64_t last = 0;
  absl::Status fault;
  bool stopped = false;
  const auto next = [&](Batch& batch) {
    auto part = store.NextPart(last);
    if (!part.ok()) {
      fault = part.status();
      return false;
    }
    if (!*part) return false;
    last = (*part)->id;
    // Of a batch in several parts the first has the notes.
    if (!(*part)->notes.empty()) {
      auto notes = audit::DecodeNotes((*part)->notes);
      if (!notes) {
        fault = Damaged(store, Concat("batch ", last, " can't be read"));
        return false;
      }
      batch.errors = std::move(notes->errors);
      batch.filtered_out = notes->filtered_out;
    }
    batch.chunks.push_back({.encoded = std::move((*part)->facts)});
    batch.ends = (*part)->next.has_value();
    if (batch.ends) batch.next = *(*part)->next;
    return true;
  };
  const auto write = [&](Batch& batch) {
    const audit::Notes notes = {.errors = std::move(batch.errors),
                                .filtered_out = batch.filtered_out};
    if (writer != nullptr) {
      writer->AddPart(batch.chunks.front().encoded, audit::EncodeNotes(notes),
                      batch.ends ? std::optional(batch.next) : std::nullopt);
      if (!writer->status().ok()) return false;
    }
    results.AddNotes(notes);
    results.AddSums(batch.judged);
    results.AddAllRows(batch.judged);
    stopped = stopped || !go_on();
    return !stopped && results.status().ok();
  };
  absl::Status run = ConcludeAll(next, SafeText(store.path()),
                                 results.context(), jobs, plan, keys, write);
  if (!run.ok()) return run;
  if (!fault.ok()) return fault;
  if (!results.status().ok()) return results.status();
  if (writer != nullptr && !writer->status().ok()) return writer->status();
  return stopped ? absl::CancelledError("stopped") : absl::OkStatus();
}

}  // namespace mailassay::run
