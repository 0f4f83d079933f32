#include "pipeline/run/run.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/audit/codec.h"
#include "lib/audit/notes.h"
#include "lib/audit/summary.h"
#include "lib/audit/tables.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/batch.h"
#include "pipeline/run/console.h"
#include "pipeline/run/deferred.h"
#include "pipeline/run/duplicate_search.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/identity.h"
#include "pipeline/run/key_sources.h"
#include "pipeline/run/memory_plan.h"
#include "pipeline/run/output_dir.h"
#include "pipeline/run/prefix.h"
#include "pipeline/run/progress.h"
#include "pipeline/run/results.h"
#include "pipeline/run/session.h"
#include "pipeline/run/signals.h"
#include "pipeline/run/stages.h"
#include "pipeline/run/stopwatch.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/run/stored_options.h"
#include "pipeline/run/temp_file.h"
#include "pipeline/source/place.h"
#include "pipeline/source/source.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {
namespace {

using audit::Table;

constexpr uint64_t kLargeInput = 10'000'000'000;  // octets

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

double ShareOf(const Options& options) {
  return static_cast<double>(options.sample.parts) / source::Share::kWhole;
}

// The one message of an input that holds only one, kept for its detail.
class OnlyMessage {
 public:
  void Offer(Batch& batch) {
    if (batch.messages.empty()) return;
    bool first = count_ == 0 && batch.messages.size() == 1;
    count_ += batch.messages.size();
    if (first) {
      facts_ = std::move(batch.messages);
      answers_ = std::move(batch.answers);
    } else {
      facts_.clear();
      answers_.clear();
    }
  }
  std::optional<std::string> Detail(const JudgeContext& context) const {
    if (facts_.empty()) return std::nullopt;
    return audit::Detail(audit::Judge(facts_.front(), answers_,
                                      context.suffixes, context.options));
  }

 private:
  uint64_t count_ = 0;
  std::vector<audit::MessageFacts> facts_;
  std::vector<keys::KeyStore::Answer> answers_;
};

class Audit {
 public:
  explicit Audit(const Options& options, const Increment* increment = nullptr)
      : increment_(increment),
        session_(options),
        options_(session_.options()),
        plan_(session_.plan()),
        console_(session_.console()),
        results_(session_.results()),
        temp_(options.out_dir),
        deferred_(&temp_) {}

  int Execute();

 private:
  // Steps; each gives the exit code that ends the run, or kDone.
  int FindStore();
  int OpenInputs();
  int OpenKeys();
  int OpenOutput();
  int OpenStore();
  int CheckStore();
  int CheckPrefix();
  void BeginProgress();
  void ReadArchive();
  void AwaitKeys();
  void AskForKeys();
  void Conclude();
  void Finish();

  absl::StatusOr<std::unique_ptr<source::Reader>> OpenFrom(
      const source::Position& start) const;
  int RefuseChanged(const absl::Status& status);

  // Of the serial last stage.
  void Write(Batch& batch);
  void WriteResults(Batch& batch);
  void Store(Batch& batch);

  void FinishReading();
  absl::Status FindDuplicates(DuplicateSearch& duplicates);
  void ConcludeDeferred();

  // Nothing is judged while it is read.
  bool Defers() const {
    return store_ || options_.duplicates != audit::DuplicateRule::kNone;
  }
  // Stopped so that it can go on: nothing is concluded now.
  bool Suspended() const;
  uint64_t EstimateOutputBytes() const;
  audit::RunFacts Facts();
  audit::Estimate EstimateFullRun();
  audit::RunSettings Settings() const;
  void PrintSuspended();

  const Increment* const increment_;  // null: an audit of its own
  Session session_;
  const Options& options_;
  const MemoryPlan& plan_;
  Console& console_;
  Results& results_;
  TempFile temp_;  // of what is deferred without a store
  Deferred deferred_;
  KeySources sources_;
  std::unique_ptr<source::Reader> reader_;
  std::unique_ptr<store::AuditStore> store_;  // with -o
  store::Settings identity_;
  std::unique_ptr<Progress> progress_;
  OnlyMessage only_;
  double seconds_ = 0;
  audit::SampleTimes times_;
  double reading_seconds_ = 0;
  uint64_t input_bytes_ = 0;
};

int Audit::Execute() {
  for (auto step : {&Audit::FindStore, &Audit::OpenInputs, &Audit::OpenKeys,
                    &Audit::OpenOutput, &Audit::OpenStore}) {
    if (int code = (this->*step)(); code != kDone) return code;
  }
  if (store_ && store_->state() == store::State::kDone) {
    console_.Say(Concat(SafeText(options_.out_dir), ": the audit is finished"));
    return kDone;
  }
  BeginProgress();
  if (reader_->total_known()) progress_->SetTotal(reader_->total_bytes());
  ReadArchive();
  if (!Suspended()) AwaitKeys();
  if (Suspended()) {
    PrintSuspended();
    return session_.OutcomeCode(/*whole=*/false);
  }
  if (increment_ != nullptr) {
    session_.Remember(sources_);
    return session_.OutcomeCode(/*whole=*/false);
  }
  Conclude();
  Finish();
  return session_.OutcomeCode(!Suspended());
}

// Of a run that goes on: where it stopped says from where to read.
int Audit::FindStore() {
  if (options_.existing != Options::Existing::kResume) return kDone;
  auto store = store::AuditStore::Open(options_.out_dir,
                                       store::AuditStore::Access::kGoOn);
  if (absl::IsNotFound(store.status())) {
    console_.Note(Concat(SafeText(options_.out_dir),
                         ": no audit was begun there; it begins now"));
    return kDone;
  }
  if (!store.ok()) return session_.Refuse(store.status(), kInputChanged);
  store_ = *std::move(store);
  return kDone;
}

absl::StatusOr<std::unique_ptr<source::Reader>> Audit::OpenFrom(
    const source::Position& start) const {
  return source::OpenInputs(
      options_.inputs,
      {.block_bytes = plan_.block_bytes,
       .limits = options_.limits,
       .filter = options_.from,
       .raw_hash = options_.raw_hash(),
       .hash_files = options_.custody,
       .follow_links = options_.follow_links,
       .decompress_threads = options_.jobs,
       .start = start,
       .shard = options_.shard,
       .sample = options_.sample,
       .skip = increment_ != nullptr ? increment_->skip : nullptr});
}

int Audit::OpenInputs() {
  auto reader = OpenFrom(store_ ? store_->checkpoint() : source::Position{});
  if (!reader.ok()) return session_.Refuse(reader.status(), kUsage);
  reader_ = *std::move(reader);
  session_.Expect(increment_ == nullptr ? reader_->surveyed()
                                        : std::vector<source::SurveyedInput>());
  return kDone;
}

int Audit::OpenKeys() {
  absl::Status opened = sources_.Open(options_, results_.suffixes(), console_);
  if (!opened.ok()) return session_.Refuse(opened, kUsage);
  if (increment_ == nullptr) return kDone;
  std::vector<dkim::KeyAnswer> known;
  for (const dkim::KeyAnswer& answer : increment_->answers) {
    if (!sources_.Imports(answer.name)) known.push_back(answer);
  }
  sources_.keys().Restore(std::move(known));
  return kDone;
}

// About a kilobyte of rows a message, rarely less than 8 KiB of archive each
// (twice that much mail behind compression); capped where the row files are.
uint64_t Audit::EstimateOutputBytes() const {
  const double share = ShareOf(options_);
  const auto bytes = static_cast<uint64_t>(
      static_cast<double>(reader_->total_bytes()) * share);
  uint64_t messages = bytes / 8192 * 2;
  if (!options_.all_rows) messages = std::min(messages, kMaxRowMessages);
  return (1u << 20) + messages * 1024;
}

int Audit::OpenOutput() {
  if (!options_.out_dir.empty()) {
    absl::Status prepared =
        PrepareOutputDir(options_.out_dir, options_.existing, options_.inputs);
    if (!prepared.ok()) return session_.Refuse(prepared, kUsage);
    absl::Status room = CheckFreeSpace(options_.out_dir, EstimateOutputBytes());
    if (!room.ok() && !options_.ignore_space)
      return session_.Refuse(room, kOutputFault);
  } else if (!options_.print && reader_->total_bytes() > kLargeInput) {
    console_.Note("without -o DIR only the summary will remain");
  }
  // With a store, tables are made from it when all is read.
  if (!options_.out_dir.empty()) return kDone;
  absl::Status opened = results_.Open();
  if (!opened.ok()) return session_.Refuse(opened, kOutputFault);
  return kDone;
}

int Audit::OpenStore() {
  if (options_.out_dir.empty()) return kDone;
  sources_.keys().KeepNews();
  auto identity =
      IdentityOf(options_, *reader_, Sha256OfFile(results_.suffixes().path()));
  if (!identity.ok()) return session_.Refuse(identity.status(), kUsage);
  identity_ = *std::move(identity);
  if (increment_ != nullptr) {
    for (const auto& [name, value] : increment_->settings) {
      identity_[name] = value;
    }
  }
  if (store_) return CheckStore();
  identity_.merge(DescribeCommand(options_.arguments));
  auto store = store::AuditStore::Create(options_.out_dir, identity_);
  if (!store.ok()) return session_.Refuse(store.status(), kOutputFault);
  store_ = *std::move(store);
  return kDone;
}

int Audit::CheckStore() {
  absl::Status same = CheckSame(store_->settings(), identity_);
  if (!same.ok()) return RefuseChanged(same);
  if (int code = CheckPrefix(); code != kDone) return code;
  identity_ = store_->settings();
  absl::Status restored = RestoreNames(*store_, sources_.keys());
  if (!restored.ok()) return session_.Refuse(restored, kInputChanged);
  return kDone;
}

int Audit::RefuseChanged(const absl::Status& status) {
  return session_.Refuse(
      absl::FailedPreconditionError(Concat(
          SafeText(options_.out_dir), ": is another audit: ", Message(status))),
      kInputChanged);
}

// A finished audit goes on with nothing.
int Audit::CheckPrefix() {
  if (!options_.custody || store_->state() == store::State::kDone) return kDone;
  auto reader = OpenFrom({});
  if (!reader.ok()) return session_.Refuse(reader.status(), kUsage);
  BeginProgress();
  progress_->SetPhase("comparing with what was read");
  const absl::Status same = run::CheckPrefix(
      *store_, **reader, results_.context(), options_, plan_, *progress_);
  progress_.reset();
  if (absl::IsFailedPrecondition(same)) return RefuseChanged(same);
  if (absl::IsInternal(same)) return session_.Refuse(same, kInternal);
  if (absl::IsCancelled(same)) {
    PrintSuspended();
    return session_.OutcomeCode(/*whole=*/false);
  }
  return same.ok() ? kDone : session_.Refuse(same, kInputChanged);
}

void Audit::BeginProgress() {
  progress_ = std::make_unique<Progress>(
      console_, options_.quiet ? ProgressMode::kNever : options_.progress);
}

void Audit::ReadArchive() {
  if (store_ && store_->state() != store::State::kReading) {
    input_bytes_ = FactsOf(store_->settings()).input_bytes;
    return;
  }
  const Stopwatch reading(times_.reading);
  Stages stages = {
      .read = [this]() -> std::unique_ptr<source::Block> {
        if (Signals::Stopping() != 0 || session_.failed()) return nullptr;
        const Stopwatch serial(times_.serial);
        return reader_->Next();
      },
      .resolve =
          [this](Batch& batch) {
            Defers() ? Request(batch, sources_.keys())
                     : Resolve(batch, sources_.keys());
          },
      .write = [this](Batch& batch) { Write(batch); },
  };
  absl::Status run = RunStages(stages, results_.context(), options_, plan_);
  if (!run.ok()) session_.Fail(run);
  reading_seconds_ = progress_->seconds();
  input_bytes_ = progress_->bytes();
}

void Audit::Write(Batch& batch) {
  progress_->Advance(batch.message_count, batch.input_bytes, batch.file,
                     batch.offset);
  times_.parallel += batch.seconds / options_.jobs;
  for (const auto& [input, books] : batch.books) {
    times_.worked += books.octets() - books[audit::Gap::kNotSampled];
  }
  CheckFileEnds(batch);
  session_.SayErrors(batch.errors);
  store_ ? Store(batch) : WriteResults(batch);
}

// Rows queue up behind a deferred batch, so that tables keep archive order.
void Audit::WriteResults(Batch& batch) {
  results_.AddNotes(TakeNotes(batch));
  if (batch.deferred) {
    for (const Batch::Chunk& chunk : batch.chunks) {
      deferred_.AddFacts(chunk.encoded, chunk.messages);
    }
  } else {
    results_.AddSums(batch.judged);
    only_.Offer(batch);
    for (size_t t = 0; t < Judged::kTables; ++t) {
      const auto table = static_cast<Table>(t);
      const Judged::Rows& rows = batch.judged.rows[t];
      if (deferred_.holds()) {
        deferred_.AddRows(table, rows.text, rows.count);
      } else {
        results_.AddRows(table, rows);
      }
    }
  }
  if (!temp_.status().ok()) session_.Fail(temp_.status());
  session_.NoteFaults();
}

std::vector<store::AuditStore::Name> News(keys::KeyStore& keys) {
  keys::KeyStore::News news = keys.TakeNews();
  std::vector<store::AuditStore::Name> names;
  for (std::string& name : news.asked) {
    names.push_back({std::move(name), std::nullopt});
  }
  for (const keys::KeyStore::Answer& answer : news.answered) {
    names.push_back({answer->name, keys::FormatKeyLine(*answer)});
  }
  return names;
}

void Audit::Store(Batch& batch) {
  if (batch.empty()) return;
  if (batch.chunks.empty()) {
    batch.chunks.push_back({.encoded = audit::EncodeFacts({})});
  }
  std::vector<std::string> parts;
  for (Batch::Chunk& chunk : batch.chunks) {
    parts.push_back(std::move(chunk.encoded));
  }
  absl::Status stored =
      store_->Append(parts, audit::EncodeNotes(TakeNotes(batch)), batch.next,
                     News(sources_.keys()));
  if (!stored.ok()) session_.Fail(stored);
}

bool Audit::Suspended() const {
  if (!store_) return false;
  return session_.failed() ||
         (Signals::Stopping() != 0 && reader_->resumable());
}

void Audit::AwaitKeys() {
  AskForKeys();
  if (!sources_.status().ok()) session_.Fail(sources_.status());
  if (Signals::Stopping() == 0) sources_.SayUnused(options_, console_);
  // A wait that a signal has ended leaves names open; they are asked again.
  const bool reading = store_ && store_->state() == store::State::kReading;
  if (reading && !Suspended()) FinishReading();
}

void Audit::AskForKeys() {
  if (!store_ && !deferred_.holds()) return;
  if (store_ && store_->state() != store::State::kReading) return;
  if (sources_.asks()) progress_->SetPhase("waiting for DNS");
  sources_.Await(options_.resolver);
}

void Audit::FinishReading() {
  absl::Status finished = store_->FinishReading(
      News(sources_.keys()),
      {{"run octets read", std::to_string(input_bytes_)}});
  if (!finished.ok()) session_.Fail(finished);
}

void Audit::Conclude() {
  if (session_.failed()) return;
  const Stopwatch watch(times_.concluding);
  progress_->SetPhase("concluding");
  if (store_) {
    store::AuditStore* const stores[] = {store_.get()};
    session_.ConcludeStores(stores, sources_.keys(), /*keeps=*/true);
  } else {
    ConcludeDeferred();
  }
  session_.AddAggregates(sources_.keys());
}

absl::Status Audit::FindDuplicates(DuplicateSearch& duplicates) {
  for (const Deferred::Segment& segment : deferred_.segments()) {
    if (!segment.facts) continue;
    absl::Status added = duplicates.Add(deferred_.Read(segment));
    if (!added.ok()) return added;
  }
  return duplicates.Finish();
}

void Audit::ConcludeDeferred() {
  const std::vector<Deferred::Segment>& segments = deferred_.segments();
  std::optional<DuplicateSearch> duplicates;
  if (options_.duplicates != audit::DuplicateRule::kNone) {
    duplicates.emplace(options_.duplicates, options_.out_dir,
                       plan_.duplicates_bytes);
    absl::Status found = FindDuplicates(*duplicates);
    if (!found.ok()) return session_.Fail(found);
  }
  size_t done = 0;
  const auto next = [&](Batch& batch) {
    if (done == segments.size()) return false;
    const Deferred::Segment& segment = segments[done++];
    std::string bytes = deferred_.Read(segment);
    if (segment.facts) {
      batch.chunks.push_back({std::move(bytes), segment.count});
      if (duplicates) batch.duplicates = duplicates->TakeNext();
    } else {
      batch.judged.rows[static_cast<size_t>(segment.table)] = {std::move(bytes),
                                                               segment.count};
    }
    return true;
  };
  const auto write = [this](Batch& batch) {
    results_.AddSums(batch.judged);
    only_.Offer(batch);
    results_.AddAllRows(batch.judged);
    session_.NoteFaults();
    return !session_.failed();
  };
  absl::Status concluded = ConcludeAll(next, "the temporary file",
                                       {.keys = sources_.keys(),
                                        .context = results_.context(),
                                        .jobs = options_.jobs,
                                        .plan = plan_},
                                       write);
  if (!temp_.status().ok()) session_.Fail(temp_.status());
  if (!concluded.ok()) session_.Fail(concluded);
}

audit::RunFacts Audit::Facts() {
  audit::RunFacts facts;
  facts.inputs = options_.inputs;
  for (const source::SurveyedInput& input : reader_->surveyed()) {
    facts.repeats.push_back(input.repeats);
  }
  facts.input_bytes = input_bytes_;
  facts.total_bytes = reader_->total_known() ? reader_->total_bytes() : 0;
  facts.partial = Signals::Stopping() != 0;
  facts.seconds = seconds_;
  facts.reading_seconds = reading_seconds_;
  facts.from_filter = options_.from.domains;
  facts.keys = KeySources::Describe(options_);
  facts.names_asked = sources_.keys().asked();
  facts.judged_at = options_.judged_at;
  facts.notes = reader_->notes();
  std::ranges::copy(sources_.notes(), std::back_inserter(facts.notes));
  CompleteFacts(session_, &facts);
  if (facts.sample) facts.sample->estimate = EstimateFullRun();
  return facts;
}

audit::Estimate Audit::EstimateFullRun() {
  audit::SampleTimes times = times_;
  times.all = seconds_;
  audit::SampleRows rows = results_.rows();
  rows.messages = results_.ledger().totals().messages;
  const double share = ShareOf(options_);
  audit::Estimate estimate;
  estimate.seconds = audit::FullSeconds(results_.sample(), times, share);
  audit::EstimateDisk(results_.sample(), rows, share,
                      options_.all_rows ? UINT64_MAX : kMaxRowMessages,
                      &estimate);
  return estimate;
}

audit::RunSettings Audit::Settings() const {
  audit::RunSettings settings;
  settings.version = options_.version;
  settings.options = options_.arguments;
  settings.key_sources = KeySources::Names(options_);
  settings.public_suffix_list = results_.suffixes().path();
  settings.public_suffix_list_sha256 = Sha256OfFile(results_.suffixes().path());
  const audit::MessageLimits& limits = options_.limits;
  settings.limits = {
      {"max_message_bytes", limits.max_message_bytes},
      {"max_header_bytes", limits.max_header_bytes},
      {"max_header_fields", limits.dkim.max_header_fields},
      {"max_signatures", limits.dkim.max_signatures},
      {"max_signed_header_bytes", limits.dkim.max_signed_header_bytes},
  };
  return settings;
}

void Audit::Finish() {
  session_.AskMore(sources_);
  seconds_ = progress_->seconds();
  progress_.reset();
  absl::Status saved = sources_.SaveAsAsked(options_);
  if (!saved.ok()) session_.Fail(saved);
  session_.Publish(Facts(), Settings(), identity_, sources_.keys(),
                   store_.get());
  if (store_ && session_.failed() && !session_.stdout_closed()) {
    return PrintSuspended();
  }
  session_.SayUnread();
  session_.Remember(sources_);
  // The only message of a sample is not that of the input.
  session_.PrintOutcome(Facts(), options_.sample.all()
                                     ? only_.Detail(results_.context())
                                     : std::nullopt);
}

void Audit::PrintSuspended() {
  progress_.reset();
  console_.Say(
      Concat("stopped; what was read is kept in ", SafeText(options_.out_dir),
             ", and the same command ",
             increment_ == nullptr ? "with --resume goes on" : "goes on"));
}

}  // namespace

int Run(Options options) {
  TakeStoredNow(&options);
  return Audit(options).Execute();
}

int ReadInto(const Options& options, const Increment& increment) {
  return Audit(options, &increment).Execute();
}

}  // namespace mailassay::run
