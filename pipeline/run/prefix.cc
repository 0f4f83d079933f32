#include "pipeline/run/prefix.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "lib/audit/codec.h"
#include "lib/audit/facts.h"
#include "lib/audit/notes.h"
#include "lib/audit/tally.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/run/batch.h"
#include "pipeline/run/signals.h"
#include "pipeline/run/stored_audit.h"

namespace mailassay::run {
namespace {

// No digest: nothing was found there.
absl::Status Differs(const Seen& seen, const Digest& was, const Digest& is) {
  const auto show = [](const Digest& digest) {
    return digest.size == 0 ? std::string("none") : audit::HexOf(digest);
  };
  std::string where = SafeText(*seen.path);
  if (!seen.place.whole) where += Concat("@", seen.place.offset);
  return absl::FailedPreconditionError(
      Concat(where, " has changed (its SHA-256 was ", show(was), " and is now ",
             show(is), ")"));
}

Seen SeenOf(const audit::MessageFacts& facts) {
  const auto& input = facts.input;
  return {.place = {.file = input->ordinal >> 32,
                    .member = input->ordinal & UINT32_MAX,
                    .offset = facts.offset},
          .sha256 = facts.raw_sha256,
          .path = {input, &input->file}};
}

Seen SeenOf(const audit::FileHash& hash) {
  return {.place = {.file = hash.number, .whole = true},
          .sha256 = hash.sha256,
          .path = std::make_shared<const std::string>(hash.file)};
}

// A batch while it is gathered: it may come in parts.
class Gathering {
 public:
  void Add(std::span<const audit::MessageFacts> messages) {
    for (const audit::MessageFacts& facts : messages) {
      messages_.push_back(SeenOf(facts));
    }
  }
  void Add(std::span<const audit::FileHash> hashes) {
    for (const audit::FileHash& hash : hashes) files_.push_back(SeenOf(hash));
  }
  // False: those are no facts.
  bool AddEncoded(std::string_view facts) {
    const auto messages = audit::DecodeFacts(facts);
    if (messages) Add(*messages);
    return messages.has_value();
  }

  std::vector<Seen> Finish() {
    std::vector<Seen> all;
    all.reserve(messages_.size() + files_.size());
    std::ranges::merge(messages_, files_, std::back_inserter(all), {},
                       &Seen::place, &Seen::place);
    return all;
  }

 private:
  std::vector<Seen> messages_;
  std::vector<Seen> files_;
};

// What the log's batches have seen, one after the other.
PrefixComparison::Earlier SeenInLog(const store::AuditStore& store,
                                    store::BatchReader& batches) {
  return [&](std::vector<Seen>* seen) -> absl::StatusOr<bool> {
    Gathering batch;
    for (bool ends = false; !ends;) {
      auto part = batches.Next();
      if (!part.ok()) return part.status();
      if (!*part) return false;
      if (!(*part)->notes.empty()) {
        const auto notes = audit::DecodeNotes((*part)->notes);
        if (!notes) return DamagedBatch(store, (*part)->id);
        batch.Add(notes->hashes);
      }
      const bool known = batch.AddEncoded((*part)->facts);
      if (!known) return DamagedBatch(store, (*part)->id);
      ends = (*part)->next.has_value();
    }
    *seen = batch.Finish();
    return true;
  };
}

// Takes from a batch what it has seen, and leaves nothing to judge.
std::vector<Seen> TakeSeen(Batch& batch) {
  Gathering gathering;
  for (const Batch::Chunk& chunk : batch.chunks) {
    gathering.AddEncoded(chunk.encoded);
  }
  gathering.Add(batch.messages);
  gathering.Add(batch.hashes);
  batch.messages.clear();
  batch.chunks.clear();
  batch.names.clear();
  batch.deferred = false;
  return gathering.Finish();
}

// Messages are hashed; signatures are left alone.
Options HashingAlone(Options options) {
  options.limits.dkim.only_names = true;
  return options;
}

}  // namespace

absl::StatusOr<const Seen*> PrefixComparison::First() {
  while (next_ == batch_.size()) {
    batch_.clear();
    next_ = 0;
    auto more = earlier_(&batch_);
    if (!more.ok()) return more.status();
    if (!*more) return nullptr;
  }
  return &batch_[next_];
}

bool PrefixComparison::LiesBehind(const Seen::Place& place) const {
  if (place.whole) return place.file >= end_.file;
  return source::Position{place.file, place.member, place.offset} >= end_;
}

absl::Status PrefixComparison::Compare(std::span<const Seen> now) {
  for (const Seen& seen : now) {
    auto first = First();
    if (!first.ok()) return first.status();
    const Seen* then = *first;
    if (then == nullptr && LiesBehind(seen.place)) return absl::OkStatus();
    if (then == nullptr || seen.place < then->place) {
      return Differs(seen, {}, seen.sha256);
    }
    const bool gone = seen.place > then->place || *seen.path != *then->path;
    if (gone) return Differs(*then, then->sha256, {});
    if (seen.sha256 != then->sha256) {
      return Differs(*then, then->sha256, seen.sha256);
    }
    ++next_;
  }
  return absl::OkStatus();
}

absl::Status PrefixComparison::Finish() {
  auto first = First();
  if (!first.ok()) return first.status();
  return *first == nullptr ? absl::OkStatus()
                           : Differs(**first, (*first)->sha256, {});
}

absl::Status CheckPrefix(const store::AuditStore& store, source::Reader& reader,
                         const JudgeContext& context, const Options& options,
                         const MemoryPlan& plan, Progress& progress) {
  auto batches = store.Batches();
  if (!batches.ok()) return batches.status();
  const source::Position end = store.checkpoint();
  PrefixComparison comparison(SeenInLog(store, *batches), end);
  absl::Status compared;
  std::atomic<bool> ended{end == source::Position{}};
  const Stages stages = {
      .read = [&]() -> std::unique_ptr<source::Block> {
        if (ended || Signals::Stopping() != 0) return nullptr;
        auto block = reader.Next();
        if (block != nullptr && block->next >= end) ended = true;
        return block;
      },
      .resolve =
          [&](Batch& batch) {
            progress.Advance(batch.message_count, batch.input_bytes, batch.file,
                             batch.offset);
            const std::vector<Seen> seen = TakeSeen(batch);
            if (!compared.ok()) return;
            compared = comparison.Compare(seen);
            if (!compared.ok()) ended = true;
          },
      .write = [](Batch&) {},
  };
  absl::Status run = RunStages(stages, context, HashingAlone(options), plan);
  if (!compared.ok()) return compared;
  if (!run.ok()) return run;
  if (Signals::Stopping() != 0) return absl::CancelledError("stopped");
  return comparison.Finish();
}

}  // namespace mailassay::run
