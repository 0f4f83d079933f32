#include "pipeline/run/recover_keys.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "lib/audit/codec.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/crypto/key_recovery.h"
#include "pipeline/keys/recovery_line.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/key_sources.h"
#include "pipeline/run/line_file.h"
#include "pipeline/run/mail_inputs.h"
#include "pipeline/run/progress.h"
#include "pipeline/run/recovered.h"
#include "pipeline/run/recovery_names.h"
#include "pipeline/run/recovery_pool.h"
#include "pipeline/run/recovery_schedule.h"
#include "pipeline/run/session.h"
#include "pipeline/run/stages.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/source/source.h"

namespace mailassay::run {
namespace {

// Of --memory, for the signatures; the rest is for the searches.
constexpr size_t kNamesShare = 4;
constexpr std::chrono::milliseconds kTick{200};

// How a line of the file begins that was cut short.
bool BeginsAsLine(std::string_view cut) {
  constexpr std::string_view kStart = "{\"name\":";
  const size_t size = std::min(cut.size(), kStart.size());
  return cut.substr(0, size) == kStart.substr(0, size);
}

// What an earlier run gave up.
struct Tried {
  uint64_t signatures = 0;
  uint64_t tries = 0;
};

class Recover {
 public:
  Recover(Options options, const RecoverOptions& recover)
      : session_(std::move(options)),
        options_(session_.options()),
        recover_(recover),
        wanted_{.domains = recover.domains} {}

  int Execute();

 private:
  // Steps; each gives the exit code that ends the run, or kDone.
  int OpenFile();
  int OpenInputs();
  int OpenReader();
  int OpenKeys();

  // One pass over all mail, and what comes of it.
  int Pass();
  void ReadAudits(RecoveryNames& names);
  void ReadArchives(RecoveryNames& names);
  void Examine(Batch& batch, RecoveryNames& names);
  bool Wants(const dkim::Evidence& evidence) const;

  RecoverySchedule Schedule(RecoveryNames& names, RecoveryStart& start);
  bool MayTry(const RecoverySchedule::Name& name, RecoveryStart& start) const;
  void Work(RecoverySchedule& schedule);
  void StartTasks(RecoverySchedule& schedule, RecoveryPool& pool) const;
  void Note(const RecoverySchedule::News& news);
  void NoteFound(const FoundKey& found);
  void Append(keys::RecoveryLine line);

  // Where a pool is at work, its threads end with the process.
  [[noreturn]] void EndNow();
  int End();
  void Print(const std::string& text);

  size_t names_bytes() const { return options_.memory_bytes / kNamesShare; }
  size_t search_bytes() const { return options_.memory_bytes - names_bytes(); }
  double SecondsLeft() const;
  bool Stopping() const {
    return Signals::Stopping() != 0 || session_.failed();
  }

  Session session_;
  const Options& options_;
  const RecoverOptions recover_;
  const audit::FromFilter wanted_;
  MailInputs inputs_;
  std::unique_ptr<LineFile> file_;
  std::unique_ptr<source::Reader> reader_;  // null: no archives
  std::unique_ptr<KeySources> sources_;
  std::unique_ptr<Progress> progress_;

  std::vector<keys::RecoveryLine> lines_;  // of the file, with what is added
  std::map<std::string, Tried> tried_;     // by name
  std::vector<RecoverySchedule::Key> keys_;
  std::map<std::vector<uint8_t>, std::string> first_names_;  // by id of the key
  // Names that have more signatures than were looked at, and a new key: the
  // next pass is for them alone.
  std::set<std::string> again_;
  bool is_again_ = false;
  RecoveryEnd end_;
};

int Recover::Execute() {
  for (auto step :
       {&Recover::OpenFile, &Recover::OpenInputs, &Recover::OpenKeys}) {
    if (int code = (this->*step)(); code != kDone) {
      if (file_ != nullptr) file_->Discard();
      return code;
    }
  }
  progress_ = std::make_unique<Progress>(
      session_.console(),
      options_.quiet ? ProgressMode::kNever : options_.progress);
  const bool once =
      std::ranges::find(inputs_.archives, "-") != inputs_.archives.end();
  do {
    if (int code = Pass(); code != kDone) return code;
    is_again_ = true;
  } while (!again_.empty() && !once && !Stopping());
  return End();
}

int Recover::OpenFile() {
  const std::string& path = options_.keys_out;
  auto file = LineFile::Open(path);
  if (!file.ok()) return session_.Refuse(file.status(), kOutputFault);
  auto lines = keys::ParseRecoveryLines((*file)->text(), path);
  if (!lines.ok() || !BeginsAsLine((*file)->cut())) {
    return session_.Refuse(
        absl::AlreadyExistsError(
            Concat("--out ", SafeText(path),
                   ": is there already and no file of keys recover; it stays "
                   "as it is")),
        kUsage);
  }
  file_ = *std::move(file);
  for (keys::RecoveryLine& line : *lines) {
    for (const dkim::KeyRecord& record : line.answer.records) {
      if (record.key == nullptr) continue;
      keys_.push_back(record.key);
      const auto id = record.key->id().span();
      first_names_.emplace(std::vector<uint8_t>(id.begin(), id.end()),
                           line.answer.name);
    }
    if (line.tried > 0) tried_[line.answer.name] = {line.tried, line.tries};
    lines_.push_back(std::move(line));
  }
  return kDone;
}

int Recover::OpenInputs() {
  auto opened = OpenMailInputs(options_.inputs);
  if (!opened.ok()) {
    return session_.Refuse(opened.status(), StoreFaultCode(opened.status()));
  }
  inputs_ = *std::move(opened);
  return OpenReader();
}

int Recover::OpenReader() {
  auto reader = OpenArchives(inputs_.archives, options_, session_.plan());
  if (!reader.ok()) return session_.Refuse(reader.status(), kUsage);
  reader_ = *std::move(reader);
  const bool first = reader_ != nullptr && !is_again_;
  if (first) session_.Expect(reader_->surveyed());
  return kDone;
}

// Anew for each pass, with the keys of the last one.
int Recover::OpenKeys() {
  sources_ = std::make_unique<KeySources>();
  absl::Status opened = sources_->Open(options_, session_.results().suffixes(),
                                       session_.console());
  if (!opened.ok()) return session_.Refuse(opened, kUsage);
  for (const std::unique_ptr<store::AuditStore>& audit : inputs_.audits) {
    auto answers = StoredAnswers(*audit);
    if (!answers.ok()) {
      return session_.Refuse(answers.status(),
                             StoreFaultCode(answers.status()));
    }
    std::erase_if(*answers, [&](const dkim::KeyAnswer& answer) {
      return sources_->Imports(answer.name);
    });
    sources_->keys().Keep(*std::move(answers));
  }
  for (const keys::RecoveryLine& line : lines_) {
    sources_->keys().Know(line.answer);
  }
  return kDone;
}

int Recover::Pass() {
  if (is_again_) {
    for (auto step : {&Recover::OpenReader, &Recover::OpenKeys}) {
      if (int code = (this->*step)(); code != kDone) return code;
    }
  }
  RecoveryNames names(
      sources_->keys(),
      [this](const dkim::Evidence& evidence) { return Wants(evidence); },
      names_bytes());
  ReadAudits(names);
  ReadArchives(names);
  if (!is_again_) session_.SayUnread();
  if (!sources_->status().ok()) session_.Fail(sources_->status());
  again_.clear();
  if (Stopping()) return kDone;
  RecoveryStart start;
  RecoverySchedule schedule = Schedule(names, start);
  Note(schedule.Begin(keys_));
  start.open = schedule.open();
  start.fewest_pairs = schedule.open();
  start.most_pairs = schedule.MostPairs();
  start.fewest_seconds = schedule.FewestSeconds();
  start.most_seconds = schedule.MostSeconds();
  start.jobs = options_.jobs;
  for (const std::string& line : StartLines(start)) {
    session_.console().Note(line);
  }
  Work(schedule);
  progress_->SetLine("");
  end_.open = schedule.open();
  return kDone;
}

void Recover::ReadAudits(RecoveryNames& names) {
  for (const std::unique_ptr<store::AuditStore>& audit : inputs_.audits) {
    absl::Status read =
        ForEachPart(*audit, [&](const store::Part& part) -> absl::Status {
          if (Stopping()) return absl::CancelledError("stopped");
          const auto messages = audit::DecodeFacts(part.facts);
          if (!messages) return absl::DataLossError("");
          names.Add(*messages);
          progress_->Advance(messages->size(), 0, "", 0);
          return absl::OkStatus();
        });
    if (!read.ok() && !absl::IsCancelled(read)) session_.Fail(read);
  }
}

void Recover::ReadArchives(RecoveryNames& names) {
  if (reader_ == nullptr || Stopping()) return;
  if (reader_->total_known()) progress_->SetTotal(reader_->total_bytes());
  const Stages stages = {
      .read = [&]() -> std::unique_ptr<source::Block> {
        return Stopping() ? nullptr : reader_->Next();
      },
      .resolve = [&](Batch& batch) { Examine(batch, names); },
      .write =
          [&](Batch& batch) {
            progress_->Advance(batch.message_count, batch.input_bytes,
                               batch.file, batch.offset);
            CheckFileEnds(batch);
            session_.SayErrors(batch.errors);
            session_.results().AddNotes(TakeNotes(batch));
          },
  };
  absl::Status run = RunStages(stages, session_.results().context(), options_,
                               session_.plan());
  if (!run.ok()) session_.Fail(run);
}

// Nothing is left to conclude.
void Recover::Examine(Batch& batch, RecoveryNames& names) {
  for (const Batch::Chunk& chunk : batch.chunks) {
    const auto messages = audit::DecodeFacts(chunk.encoded);
    if (messages) names.Add(*messages);
  }
  names.Add(batch.messages);
  batch.messages.clear();
  batch.chunks.clear();
  batch.deferred = true;
}

bool Recover::Wants(const dkim::Evidence& evidence) const {
  if (!wanted_.Admits(evidence.signature.domain)) return false;
  return !is_again_ || again_.contains(dkim::KeyName(evidence.signature));
}

RecoverySchedule Recover::Schedule(RecoveryNames& names, RecoveryStart& start) {
  start.unanswered = names.unanswered();
  start.left_out = names.left_out();
  std::vector<RecoverySchedule::Name> chosen;
  for (RecoveryNames::Name& name : names.Take()) {
    const uint64_t added = name.candidates.added();
    std::vector<audit::RecoveryCandidate> candidates = name.candidates.Take();
    RecoverySchedule::Name one = {
        .name = std::move(name.name),
        .plan = audit::RecoveryPlan(std::move(candidates), recover_.tries),
        .thinned = name.candidates.thinned(),
        .added = added};
    if (MayTry(one, start)) chosen.push_back(std::move(one));
  }
  return RecoverySchedule(std::move(chosen), search_bytes());
}

bool Recover::MayTry(const RecoverySchedule::Name& name,
                     RecoveryStart& start) const {
  ++start.names;
  const auto tried = tried_.find(name.name);
  const auto pair = name.plan.Next();
  if (!pair) {
    ++start.single;
    return true;  // it may have a key of another name
  }
  if (tried != tried_.end() && name.added <= tried->second.signatures &&
      recover_.tries <= tried->second.tries) {
    ++start.tried_before;
    return false;
  }
  const size_t octets = name.plan.candidates()[pair->first].signature.size();
  if (crypto::RecoveryMemory(octets) > search_bytes()) {
    ++start.too_long;
    return false;
  }
  if (recover_.most_names && start.open >= *recover_.most_names) {
    ++start.beyond_limit;
    return false;
  }
  ++start.open;
  return true;
}

double Recover::SecondsLeft() const {
  if (!recover_.budget_seconds) return std::numeric_limits<double>::infinity();
  return *recover_.budget_seconds - progress_->seconds();
}

void Recover::Work(RecoverySchedule& schedule) {
  RecoveryPool pool(options_.jobs);
  while (true) {
    StartTasks(schedule, pool);
    if (schedule.at_work() == 0) return;
    progress_->SetLine(WorkText(schedule, end_.keys, options_.jobs));
    const auto result = pool.Take(kTick);
    if (result) Note(schedule.Take(*result));
    if (Stopping()) EndNow();
  }
}

void Recover::StartTasks(RecoverySchedule& schedule, RecoveryPool& pool) const {
  while (schedule.at_work() < static_cast<size_t>(options_.jobs)) {
    auto task = schedule.Next(SecondsLeft());
    if (!task) return;
    pool.Start(*std::move(task));
  }
}

void Recover::Note(const RecoverySchedule::News& news) {
  for (const FoundKey& found : news.found) NoteFound(found);
  for (const GivenUp& name : news.given_up) {
    ++end_.given_up;
    Append(keys::TriedLine(name.name, name.tried, recover_.tries,
                           options_.started_at));
  }
}

void Recover::NoteFound(const FoundKey& found) {
  ++end_.keys;
  keys_.push_back(found.key);
  if (found.thinned) again_.insert(found.name);
  Append(keys::RecoveredLine(found.name, *found.key,
                             static_cast<uint32_t>(found.signatures),
                             options_.started_at));
  const auto id = found.key->id().span();
  const auto [first, is_first] = first_names_.emplace(
      std::vector<uint8_t>(id.begin(), id.end()), found.name);
  const bool is_own = is_first || first->second == found.name;
  Print(FoundText(found, is_own ? "" : first->second) + "\n");
}

void Recover::Append(keys::RecoveryLine line) {
  absl::Status appended = file_->Append(keys::FormatRecoveryLine(line));
  if (!appended.ok()) session_.Fail(appended);
  lines_.push_back(std::move(line));
}

void Recover::Print(const std::string& text) {
  if (options_.quiet) return;
  session_.console().ClearLive();
  std::fwrite(text.data(), 1, text.size(), stdout);
  session_.FlushOutput();
}

void Recover::EndNow() {
  const int code = End();
  std::fflush(stdout);
  std::_Exit(code);
}

int Recover::End() {
  end_.seconds = progress_->seconds();
  end_.file = options_.keys_out;
  progress_.reset();
  if (Stopping()) {
    session_.console().Say(Concat("stopped; what was found is in ",
                                  SafeText(options_.keys_out),
                                  "; the same command goes on"));
    return session_.OutcomeCode(/*whole=*/false);
  }
  Print(EndText(end_));
  return session_.OutcomeCode(/*whole=*/true);
}

}  // namespace

int RecoverKeys(Options options, const RecoverOptions& recover) {
  options.offline = true;
  return Recover(std::move(options), recover).Execute();
}

}  // namespace mailassay::run
