#include "pipeline/run/stored_audit.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/audit/notes.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/stages.h"

namespace mailassay::run {
namespace {

absl::Status Damaged(const store::AuditStore& store, std::string_view what) {
  return absl::DataLossError(
      Concat(SafeText(store.path()), ": ", what, "; the file is damaged"));
}

absl::Status TakePart(const store::AuditStore& store, store::Part part,
                      Batch& batch) {
  // Of a batch in several parts the first has the notes.
  if (!part.notes.empty()) {
    auto notes = audit::DecodeNotes(part.notes);
    if (!notes) return DamagedBatch(store, part.id);
    batch.errors = std::move(notes->errors);
    batch.filtered_out = notes->filtered_out;
    batch.books = std::move(notes->books);
    batch.hashes = std::move(notes->hashes);
  }
  batch.chunks.push_back({.encoded = std::move(part.facts)});
  batch.ends = part.next.has_value();
  if (batch.ends) batch.next = *part.next;
  return absl::OkStatus();
}

void WriteBatch(Batch& batch, const Destination& destination) {
  const audit::Notes notes = TakeNotes(batch);
  if (destination.writer != nullptr) {
    destination.writer->AddPart(
        batch.chunks.front().encoded, audit::EncodeNotes(notes),
        batch.ends ? std::optional(batch.next) : std::nullopt);
  }
  if (destination.changes != nullptr) destination.changes->Merge(batch.changes);
  destination.results.AddNotes(notes);
  destination.results.AddSums(batch.judged);
  destination.results.AddAllRows(batch.judged);
}

absl::Status FaultOf(const Destination& destination) {
  absl::Status results = destination.results.status();
  if (!results.ok() || destination.writer == nullptr) return results;
  return destination.writer->status();
}

}  // namespace

absl::Status DamagedBatch(const store::AuditStore& store, int64_t id) {
  return Damaged(store, Concat("batch ", id, " can't be read"));
}

absl::StatusOr<std::unique_ptr<store::AuditStore>> OpenFinished(
    const std::string& dir) {
  auto store = store::AuditStore::Open(dir, store::AuditStore::Access::kRead);
  if (!store.ok()) return store.status();
  if ((*store)->state() == store::State::kDone) return store;
  return absl::FailedPreconditionError(
      Concat(SafeText(dir),
             ": the audit is not finished; mailassay verify --resume goes on "
             "with it"));
}

int StoreFaultCode(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsUnavailable(status) ? kInputDamaged
                                                                 : kUsage;
}

absl::StatusOr<std::vector<dkim::KeyAnswer>> StoredAnswers(
    const store::AuditStore& store) {
  std::vector<dkim::KeyAnswer> answers;
  const auto take = [&](const store::AuditStore::Name& name) -> absl::Status {
    if (!name.answer) return absl::OkStatus();
    auto answer = keys::ParseKeyFile(*name.answer, "audit");
    if (!answer.ok() || answer->size() != 1 ||
        answer->front().name != name.name) {
      return Damaged(store, Concat("the answer of ", SafeText(name.name),
                                   " can't be read"));
    }
    dkim::KeyAnswer& said = answer->front();
    if (said.status != dkim::KeyStatus::kNotAsked || !said.records.empty()) {
      answers.push_back(std::move(said));
    }
    return absl::OkStatus();
  };
  if (absl::Status taken = store.ForEachName(take); !taken.ok()) return taken;
  return answers;
}

size_t CountAsked(const std::vector<dkim::KeyAnswer>& answers) {
  return static_cast<size_t>(std::ranges::count(
      answers, std::string_view("dns"), &dkim::KeyAnswer::source));
}

absl::Status RestoreNames(const store::AuditStore& store,
                          keys::KeyStore& keys) {
  auto answers = StoredAnswers(store);
  if (!answers.ok()) return answers.status();
  keys.Restore(*std::move(answers));
  return store.ForEachName([&](const store::AuditStore::Name& name) {
    if (!name.answer) keys.Request(name.name);
    return absl::OkStatus();
  });
}

absl::Status ForEachPart(
    const store::AuditStore& store,
    const std::function<absl::Status(const store::Part&)>& visit) {
  auto batches = store.Batches();
  if (!batches.ok()) return batches.status();
  while (true) {
    auto part = batches->Next();
    if (!part.ok()) return part.status();
    if (!*part) return absl::OkStatus();
    absl::Status visited = visit(**part);
    if (absl::IsDataLoss(visited)) return DamagedBatch(store, (*part)->id);
    if (!visited.ok()) return visited;
  }
}

absl::Status AddStore(const store::AuditStore& store,
                      DuplicateSearch& duplicates) {
  return ForEachPart(store, [&](const store::Part& part) {
    return duplicates.Add(part.facts);
  });
}

absl::Status ConcludeStore(store::AuditStore& store, uint64_t first_file,
                           const Judging& judging,
                           const Destination& destination,
                           const std::function<bool()>& go_on) {
  auto batches = store.Batches();
  if (!batches.ok()) return batches.status();
  absl::Status fault;
  bool stopped = false;
  const auto next = [&](Batch& batch) {
    auto part = batches->Next();
    if (!part.ok()) {
      fault = part.status();
      return false;
    }
    if (!*part) return false;
    fault = TakePart(store, *std::move(*part), batch);
    batch.first_file = first_file;
    for (auto& [input, books] : batch.books) input = Behind(first_file, input);
    for (audit::FileHash& hash : batch.hashes) hash.number += first_file;
    if (judging.duplicates != nullptr) {
      batch.duplicates = judging.duplicates->TakeNext();
    }
    return fault.ok();
  };
  const auto write = [&](Batch& batch) {
    WriteBatch(batch, destination);
    stopped = stopped || !go_on();
    return !stopped && FaultOf(destination).ok();
  };
  absl::Status run = ConcludeAll(next, SafeText(store.path()), judging, write);
  if (!run.ok()) return run;
  if (!fault.ok()) return fault;
  if (absl::Status other = FaultOf(destination); !other.ok()) return other;
  return stopped ? absl::CancelledError("stopped") : absl::OkStatus();
}

}  // namespace mailassay::run
