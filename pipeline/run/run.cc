#include "pipeline/run/run.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/audit/codec.h"
#include "lib/audit/ledger.h"
#include "lib/audit/summary.h"
#include "lib/audit/tables.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/crypto/hash.h"
#include "lib/dmarc/organizational_domain.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/run/batch.h"
#include "pipeline/run/console.h"
#include "pipeline/run/deferred.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/memory_plan.h"
#include "pipeline/run/output_dir.h"
#include "pipeline/run/progress.h"
#include "pipeline/run/signals.h"
#include "pipeline/run/stages.h"
#include "pipeline/run/table_writer.h"
#include "pipeline/run/temp_file.h"
#include "pipeline/source/place.h"
#include "pipeline/source/source.h"

namespace mailassay::run {
namespace {

using audit::Table;

// A wait for DNS at the end of the run: this long beyond what the rate limit
// explains.
constexpr std::chrono::milliseconds kDnsWait{120'000};
constexpr std::chrono::milliseconds kDnsRetryWait{30'000};

constexpr uint64_t kLargeInput = 10'000'000'000;  // octets
constexpr int kErrorLines = 20;                   // said as they happen

std::string Message(const absl::Status& status) {
  return std::string(status.message());
}

// Lower-case hex; empty when the file cannot be read.
std::string Sha256OfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (path.empty() || !file) return {};
  std::string text{std::istreambuf_iterator<char>(file), {}};
  Digest digest = crypto::Hash(crypto::HashAlgorithm::kSha256, text);
  std::string hex;
  for (uint8_t octet : digest.span()) {
    constexpr char kDigits[] = "0123456789abcdef";
    hex.push_back(kDigits[octet >> 4]);
    hex.push_back(kDigits[octet & 15]);
  }
  return hex;
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
  explicit Audit(const Options& options)
      : options_(options),
        console_(options.quiet),
        plan_(PlanMemory(options.memory_bytes, options.jobs,
                         options.block_bytes)),
        temp_(options.out_dir),
        ledger_temp_(options.out_dir),
        ledger_(plan_.ledger_bytes, &ledger_temp_),
        deferred_(&temp_),
        tables_(options),
        suffixes_(dmarc::PublicSuffixList::Load()),
        context_{.suffixes = *suffixes_,
                 .options = options.judge,
                 .csv = {.raw = options.raw_csv}} {}

  int Execute();

 private:
  // Steps; each gives the exit code that ends the run, or kDone.
  int OpenInputs();
  int OpenKeys();
  int OpenOutput();
  void ReadArchive();
  void SettleDeferred();
  void WriteAggregates();
  void WriteKeysOut();
  void Finish();

  // Of the serial last stage.
  void Write(Batch& batch);
  void WriteErrors(const Batch& batch);
  void WriteRows(Batch& batch);
  bool WriteSettled(Batch& batch);

  int Refuse(const absl::Status& status, int code);
  void Fail(const absl::Status& status);
  void NoteFaults();
  uint64_t EstimateOutputBytes() const;
  std::string DescribeKeys() const;
  audit::RunFacts Facts() const;
  audit::RunSettings Settings() const;
  void PrintOutcome();
  int OutcomeCode() const;
  bool GatePassed() const;

  const Options& options_;
  Signals signals_;
  Console console_;
  const MemoryPlan plan_;
  TempFile temp_;
  TempFile ledger_temp_;
  audit::Ledger ledger_;
  Deferred deferred_;
  TableWriter tables_;
  std::unique_ptr<const dmarc::PublicSuffixList> suffixes_;
  JudgeContext context_;
  std::unique_ptr<keys::Resolver> resolver_;
  std::unique_ptr<keys::KeyStore> store_;
  std::unique_ptr<source::Reader> reader_;
  std::unique_ptr<Progress> progress_;
  OnlyMessage only_;

  std::atomic<bool> failed_{false};
  absl::Status fault_;  // the first output fault
  bool stdout_closed_ = false;
  uint64_t filtered_out_ = 0;
  uint64_t temporary_ = 0;  // messages left with a temporary failure
  int error_lines_ = 0;
  bool damaged_ = false;
  bool changed_ = false;
  double seconds_ = 0;
  uint64_t input_bytes_ = 0;
};

int Audit::Execute() {
  for (auto step : {&Audit::OpenInputs, &Audit::OpenKeys, &Audit::OpenOutput}) {
    if (int code = (this->*step)(); code != kDone) return code;
  }
  progress_ = std::make_unique<Progress>(
      console_, options_.quiet ? ProgressMode::kNever : options_.progress);
  if (reader_->total_known()) progress_->SetTotal(reader_->total_bytes());
  ReadArchive();
  SettleDeferred();
  Finish();
  return OutcomeCode();
}

int Audit::Refuse(const absl::Status& status, int code) {
  console_.Say(Message(status));
  return code;
}

int Audit::OpenInputs() {
  auto reader = source::OpenInputs(options_.inputs,
                                   {.block_bytes = plan_.block_bytes,
                                    .limits = options_.limits,
                                    .filter = options_.from,
                                    .follow_links = options_.follow_links,
                                    .decompress_threads = options_.jobs});
  if (!reader.ok()) return Refuse(reader.status(), kUsage);
  reader_ = *std::move(reader);
  return kDone;
}

std::string Audit::DescribeKeys() const {
  size_t files = options_.key_files.size();
  std::string text;
  if (files > 0) {
    text = Concat(files, files == 1 ? " key file" : " key files");
  }
  if (options_.offline) {
    return files > 0 ? text + ", offline" : "none: offline, no key file";
  }
  return text + (files > 0 ? ", then " : "") +
         keys::DescribeServers(options_.resolver);
}

int Audit::OpenKeys() {
  if (!options_.offline) {
    auto resolver = keys::MakeUnboundResolver(options_.resolver);
    if (!resolver.ok()) return Refuse(resolver.status(), kUsage);
    resolver_ = *std::move(resolver);
  }
  store_ = std::make_unique<keys::KeyStore>(resolver_.get());
  for (const std::string& path : options_.key_files) {
    auto answers = keys::ReadKeyFile(path);
    if (!answers.ok()) return Refuse(answers.status(), kUsage);
    store_->Import(*std::move(answers));
  }
  if (resolver_ == nullptr) return kDone;
  std::string rate =
      options_.resolver.per_second == 0
          ? "without a rate limit"
          : Concat("at most ", options_.resolver.per_second, " names a second");
  console_.Note(Concat("keys: asking ",
                       keys::DescribeServers(options_.resolver), ", ", rate,
                       "; --offline asks no one"));
  return kDone;
}

// About a kilobyte of rows a message, rarely less than 8 KiB of archive each
// (twice that much mail behind compression); capped where the row files are.
uint64_t Audit::EstimateOutputBytes() const {
  uint64_t messages = reader_->total_bytes() / 8192 * 2;
  if (!options_.all_rows) messages = std::min(messages, kMaxRowMessages);
  return (1u << 20) + messages * 1024;
}

int Audit::OpenOutput() {
  if (!options_.out_dir.empty()) {
    absl::Status prepared =
        PrepareOutputDir(options_.out_dir, options_.force, options_.inputs);
    if (!prepared.ok()) return Refuse(prepared, kUsage);
    absl::Status room = CheckFreeSpace(options_.out_dir, EstimateOutputBytes());
    if (!room.ok() && !options_.ignore_space) return Refuse(room, kOutputFault);
  } else if (reader_->total_bytes() > kLargeInput) {
    console_.Note("without -o DIR only the summary will remain");
  }
  absl::Status opened = tables_.Open();
  if (!opened.ok()) return Refuse(opened, kOutputFault);
  for (size_t t = 0; t < Judged::kTables; ++t) {
    context_.wanted[t] = tables_.Wants(static_cast<Table>(t));
  }
  return kDone;
}

void Audit::ReadArchive() {
  Stages stages = {
      .read = [this]() -> std::unique_ptr<source::Block> {
        if (Signals::Stopping() != 0 || failed_) return nullptr;
        return reader_->Next();
      },
      .resolve = [this](Batch& batch) { Resolve(batch, *store_); },
      .write = [this](Batch& batch) { Write(batch); },
  };
  absl::Status run = RunStages(stages, context_, options_.jobs, plan_,
                               options_.limits, options_.from);
  if (!run.ok()) Fail(run);
  input_bytes_ = progress_->bytes();
}

void Audit::Write(Batch& batch) {
  progress_->Advance(batch.message_count, batch.input_bytes, batch.file,
                     batch.offset);
  filtered_out_ += batch.filtered_out;
  CheckFileEnds(batch);
  WriteErrors(batch);
  if (batch.deferred) {
    for (const Batch::Chunk& chunk : batch.chunks) {
      deferred_.AddFacts(chunk.encoded, chunk.messages);
    }
    if (!temp_.status().ok()) Fail(temp_.status());
  } else {
    WriteRows(batch);
  }
}

void Audit::WriteErrors(const Batch& batch) {
  std::string rows;
  for (const audit::ErrorRow& error : batch.errors) {
    ledger_.AddError(error);
    audit::WriteError(error, context_.csv, &rows);
    changed_ |= error.code == audit::ErrorCode::kChanged;
    if (!error.damages()) continue;
    damaged_ = true;
    if (error_lines_++ < kErrorLines) console_.Say(error.text);
    if (error_lines_ == kErrorLines) {
      console_.Say("further errors are counted in the summary");
    }
  }
  tables_.Add(Table::kErrors, rows, batch.errors.size());
  NoteFaults();
}

// Rows queue up behind a deferred batch, so that tables keep archive order.
void Audit::WriteRows(Batch& batch) {
  ledger_.Merge(batch.judged.tally);
  temporary_ += batch.judged.temporary;
  for (size_t t = 0; t < Judged::kTables; ++t) {
    const Judged::Rows& rows = batch.judged.rows[t];
    auto table = static_cast<Table>(t);
    if (deferred_.holds()) {
      deferred_.AddRows(table, rows.text, rows.count);
    } else {
      tables_.Add(table, rows.text, rows.count);
    }
  }
  only_.Offer(batch);
  NoteFaults();
}

void Audit::SettleDeferred() {
  if (!deferred_.holds()) return;
  auto tick = [] { return Signals::Stopping() == 0; };
  std::chrono::milliseconds paced{0};
  if (options_.resolver.per_second > 0) {
    paced = std::chrono::milliseconds(
        store_->asked() * 1000 /
        static_cast<size_t>(options_.resolver.per_second));
  }
  if (resolver_ != nullptr) progress_->SetPhase("waiting for DNS");
  store_->AwaitAll(kDnsWait + paced, tick);
  store_->RetryFailures(kDnsRetryWait + paced, tick);
  progress_->SetPhase("concluding");
  absl::Status concluded =
      ConcludeDeferred(deferred_, context_, options_.jobs, plan_, *store_,
                       [this](Batch& batch) { return WriteSettled(batch); });
  if (!temp_.status().ok()) Fail(temp_.status());
  if (!concluded.ok()) Fail(concluded);
}

bool Audit::WriteSettled(Batch& batch) {
  ledger_.Merge(batch.judged.tally);
  temporary_ += batch.judged.temporary;
  only_.Offer(batch);
  for (size_t t = 0; t < Judged::kTables; ++t) {
    const Judged::Rows& rows = batch.judged.rows[t];
    tables_.Add(static_cast<Table>(t), rows.text, rows.count);
  }
  NoteFaults();
  return !failed_;
}

// senders.csv and keys.csv in the order of their keys.
void Audit::WriteAggregates() {
  if (tables_.Wants(Table::kSenders)) {
    ledger_.senders().ForEach(
        [this](std::string_view key, const audit::SenderTally& tally) {
          std::string row;
          audit::WriteSender(key, tally, context_.csv, &row);
          tables_.Add(Table::kSenders, row, 1);
        });
  }
  if (tables_.Wants(Table::kKeys)) {
    ledger_.keys().ForEach(
        [this](std::string_view key, const audit::KeyTally& tally) {
          std::string row;
          audit::WriteKey(key, tally, context_.csv, &row);
          tables_.Add(Table::kKeys, row, 1);
        });
  }
  if (!ledger_temp_.status().ok()) Fail(ledger_temp_.status());
  NoteFaults();
}

void Audit::WriteKeysOut() {
  if (options_.keys_out.empty()) return;
  auto file = OutputFile::Create(options_.keys_out);
  if (!file.ok()) return Fail(file.status());
  for (const keys::KeyStore::Answer& answer : store_->Used()) {
    absl::Status written = (*file)->Write(keys::FormatKeyLine(*answer));
    if (!written.ok()) return Fail(written);
  }
  if (absl::Status done = (*file)->Commit(); !done.ok()) Fail(done);
}

void Audit::Fail(const absl::Status& status) {
  if (fault_.ok()) {
    fault_ = status;
    if (!stdout_closed_) console_.Say(Message(status));
  }
  failed_ = true;
}

// A closed pipe behind standard output is a clean end, not a fault.
void Audit::NoteFaults() {
  if (tables_.status().ok() || failed_) return;
  stdout_closed_ = absl::IsCancelled(tables_.status());
  Fail(tables_.status());
}

audit::RunFacts Audit::Facts() const {
  audit::RunFacts facts;
  facts.inputs = options_.inputs;
  facts.input_bytes = input_bytes_;
  facts.total_bytes = reader_->total_known() ? reader_->total_bytes() : 0;
  facts.partial = Signals::Stopping() != 0;
  facts.seconds = seconds_;
  facts.jobs = options_.jobs;
  facts.filtered_out = filtered_out_;
  facts.from_filter = options_.from.domains;
  facts.keys = DescribeKeys();
  facts.names_asked = store_->asked();
  facts.judged_at = options_.judged_at;
  facts.out_dir = options_.out_dir;
  facts.saved = tables_.FileNames();
  facts.notes = reader_->notes();
  facts.notes.insert(facts.notes.end(), tables_.notes().begin(),
                     tables_.notes().end());
  return facts;
}

audit::RunSettings Audit::Settings() const {
  audit::RunSettings settings;
  settings.version = options_.version;
  settings.options = options_.arguments;
  for (const std::string& path : options_.key_files) {
    settings.key_sources.push_back("file " + path);
  }
  if (!options_.offline) {
    settings.key_sources.push_back(keys::DescribeServers(options_.resolver));
  }
  settings.public_suffix_list = suffixes_->path();
  settings.public_suffix_list_sha256 = Sha256OfFile(suffixes_->path());
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
  seconds_ = progress_->seconds();
  progress_.reset();
  WriteAggregates();
  WriteKeysOut();
  if (!failed_) {
    absl::Status done =
        tables_.Commit(audit::RunJson(ledger_, Facts(), Settings()));
    if (!done.ok()) Fail(done);
  }
  if (!stdout_closed_) PrintOutcome();
}

void Audit::PrintOutcome() {
  std::string text;
  if (options_.json) {
    text = audit::TotalsJson(ledger_, Facts());
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  bool asked_else = options_.json || options_.csv || !options_.out_dir.empty();
  if (!options_.quiet || !asked_else) {
    std::optional<std::string> detail;
    if (!asked_else) detail = only_.Detail(context_);
    text = detail ? *detail : audit::Summary(ledger_, Facts());
    std::FILE* to = options_.json || options_.csv ? stderr : stdout;
    std::fwrite(text.data(), 1, text.size(), to);
  }
  if (std::fflush(stdout) != 0 && fault_.ok() && errno != EPIPE) {
    Fail(absl::UnavailableError("standard output: write failed"));
  }
}

bool Audit::GatePassed() const {
  if (!options_.fail_under) return true;
  const audit::Totals& totals = ledger_.totals();
  auto verified = static_cast<double>(
      totals
          .classes[static_cast<size_t>(audit::MessageClass::kVerifiedAligned)]);
  return verified * 100 >=
         *options_.fail_under * static_cast<double>(totals.messages);
}

int Audit::OutcomeCode() const {
  int code = kDone;
  if (!fault_.ok() && !stdout_closed_) {
    code = absl::IsInternal(fault_) ? kInternal : kOutputFault;
  }
  if (int signal = Signals::Stopping(); signal != 0) {
    code = Weightier(code, 128 + signal);
  }
  if (damaged_) code = Weightier(code, kInputDamaged);
  if (changed_) code = Weightier(code, kInputChanged);
  if (!GatePassed()) code = Weightier(code, kGateFailed);
  if (options_.strict_dns && temporary_ > 0) {
    code = Weightier(code, kDnsFailures);
  }
  return code;
}

}  // namespace

int Run(const Options& options) { return Audit(options).Execute(); }

}  // namespace mailassay::run
