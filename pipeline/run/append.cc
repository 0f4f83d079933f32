#include "pipeline/run/append.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/console.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/identity.h"
#include "pipeline/run/join.h"
#include "pipeline/run/key_sources.h"
#include "pipeline/run/known_files.h"
#include "pipeline/run/run.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/run/stored_options.h"

namespace mailassay::run {
namespace {

namespace fs = std::filesystem;
using store::AuditStore;

// The setting of an increment, and then of the audit that holds it: the seal of
// the audit before.  An increment is a log and no finished audit; together they
// tell it from whatever else may lie there.
constexpr char kAddedTo[] = "added to";

std::string AddedTo(const AuditStore& store) {
  const auto found = store.settings().find(kAddedTo);
  return found == store.settings().end() ? "" : found->second;
}

// Nothing of `increment` is there any more afterwards, but what others have put
// beside it.
absl::Status Remove(const std::string& increment) {
  std::error_code error;
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(increment, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(store::kAuditFile)) files.push_back(entry.path());
  }
  for (const fs::path& file : files) {
    if (!error) fs::remove(file, error);
  }
  if (!error) fs::remove(increment, error);
  if (!error || error == std::errc::directory_not_empty) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(
      Concat(SafeText(increment), ": ", error.message()));
}

class Appending {
 public:
  Appending(const Options& options, std::unique_ptr<AuditStore> base)
      : options_(options),
        console_(options.quiet),
        base_(std::move(base)),
        dir_(store::PathIn(options.out_dir, "increment")) {}

  int Execute();

 private:
  int Refuse(const absl::Status& status, int code) {
    console_.Say(std::string(status.message()));
    return code;
  }
  absl::Status CheckRules() const;
  // What is left of an increment that the audit holds by now goes.  Not OK: it
  // is none of this audit's, can't be read, or a run is at work on it.
  absl::Status ClearLeftOver();
  // Finds what is new.  FailedPrecondition: a known file has changed.
  absl::Status LookAtFiles();
  int ReadIncrement();
  int JoinIncrement();
  Joining JoiningWith(AuditStore& increment) const;

  const Options& options_;
  Console console_;
  const std::unique_ptr<AuditStore> base_;
  const std::string dir_;  // of the increment
  KnownFiles known_;
  uint64_t new_files_ = 0;
  uint64_t new_octets_ = 0;  // of those, as stored
};

int Appending::Execute() {
  absl::Status ready = CheckRules();
  if (!ready.ok()) return Refuse(ready, kInputChanged);
  ready = ClearLeftOver();
  if (ready.ok()) ready = known_.Add(*base_);
  if (!ready.ok()) return Refuse(ready, StoreFaultCode(ready));
  ready = LookAtFiles();
  if (!ready.ok()) return Refuse(ready, kInputChanged);
  if (new_files_ == 0) {
    console_.Say(Concat(SafeText(options_.out_dir),
                        ": holds all of it already; nothing was added"));
    return kDone;
  }
  if (int code = ReadIncrement(); code != kDone) return code;
  return JoinIncrement();
}

absl::Status Appending::CheckRules() const {
  absl::Status same = CheckSameRules(base_->settings(), RulesOf(options_));
  if (same.ok()) return same;
  return absl::FailedPreconditionError(
      Concat(SafeText(options_.out_dir),
             ": can't be added to: ", std::string(same.message())));
}

absl::Status Appending::ClearLeftOver() {
  auto increment = AuditStore::Open(dir_, AuditStore::Access::kRead);
  if (absl::IsNotFound(increment.status())) return absl::OkStatus();
  if (!increment.ok()) return increment.status();
  const std::string before = AddedTo(**increment);
  const bool log = (*increment)->state() != store::State::kDone;
  if (log && before == base_->seal()) return absl::OkStatus();
  if (!log || before.empty() || before != AddedTo(*base_)) {
    return absl::FailedPreconditionError(
        Concat(SafeText(dir_), ": is no part of ", SafeText(options_.out_dir),
               ", and what is added would be read to there; move it away"));
  }
  increment->reset();
  return Remove(dir_);
}

absl::Status Appending::LookAtFiles() {
  absl::Status status;
  const auto look = [&](const source::FoundFile& file) {
    const auto state = known_.Look(file);
    if (state == KnownFiles::State::kNew) {
      ++new_files_;
      new_octets_ += file.size;
    }
    if (state != KnownFiles::State::kChanged || !status.ok()) return;
    status = absl::FailedPreconditionError(Concat(
        SafeText(file.path), ": has changed since ", SafeText(options_.out_dir),
        " read it; an audit is added to, never corrected (--force makes "
        "a new one)"));
  };
  source::ForEachFile(options_.inputs, options_.follow_links, look);
  return status;
}

// An increment that was cut short goes on; when the archives have grown since,
// it begins anew.
int Appending::ReadIncrement() {
  auto answers = StoredAnswers(*base_);
  if (!answers.ok()) {
    return Refuse(answers.status(), StoreFaultCode(answers.status()));
  }
  const Increment increment = {
      .skip =
          [this](const source::FoundFile& file) {
            return known_.Look(file) != KnownFiles::State::kNew;
          },
      .answers = *std::move(answers),
      .settings = {
          {kAddedTo, base_->seal()},
          {std::string(kProgramSetting), ProgramName(options_.version)}}};
  Options reading = options_;
  reading.out_dir = dir_;
  if (store::IsAuditFile(store::PathIn(dir_, store::kAuditFile))) {
    reading.existing = Options::Existing::kResume;
    const int code = ReadInto(reading, increment);
    if (code != kInputChanged) return code;
    console_.Note("what was begun to be added is begun anew");
  }
  reading.existing = Options::Existing::kReplace;
  return ReadInto(reading, increment);
}

int Appending::JoinIncrement() {
  auto increment = AuditStore::Open(dir_, AuditStore::Access::kRead);
  if (!increment.ok()) {
    return Refuse(increment.status(), StoreFaultCode(increment.status()));
  }
  const int code = Join(JoiningWith(**increment), options_);
  increment->reset();
  // The code tells of the messages, too.
  auto joined = AuditStore::Open(options_.out_dir, AuditStore::Access::kRead);
  if (!joined.ok() || AddedTo(**joined) != base_->seal()) {
    console_.Say("what is new is kept; the same command goes on");
    return code;
  }
  absl::Status removed = Remove(dir_);
  return removed.ok() ? code : Refuse(removed, kOutputFault);
}

// The command that makes the same audit at once names the inputs of both.
Joining Appending::JoiningWith(AuditStore& increment) const {
  Joining joining = {.stores = {base_.get(), &increment},
                     .apart = true,
                     .identity = {},
                     .facts = {},
                     .replaced = base_.get()};
  store::Settings& identity = joining.identity;
  identity = JoinIdentities(joining.stores);
  identity[kAddedTo] = base_->seal();
  audit::RunFacts& facts = joining.facts;
  facts = JoinFacts(joining.stores);
  std::vector<std::string> command = RunSettingsOf(identity).options;
  for (const std::string& input : options_.inputs) {
    if (std::ranges::find(facts.inputs, input) != facts.inputs.end()) continue;
    facts.inputs.push_back(input);
    command.push_back(input);
  }
  SetCommand(command, &identity);
  AddKeySources(KeySources::Names(options_),
                GetList(increment.settings(), kKeyFileSetting), &identity);
  // Its reader has passed what is not new, too.
  facts.input_bytes = FactsOf(base_->settings()).input_bytes + new_octets_;
  facts.total_bytes = facts.input_bytes;
  TakeEvaluationTime(increment.settings(), &identity);
  facts.judged_at = FactsOf(identity).judged_at;
  return joining;
}

}  // namespace

int Append(const Options& options) {
  Console console(options.quiet);
  auto base = OpenFinished(options.out_dir);
  if (absl::IsNotFound(base.status())) {
    Options first = options;
    first.existing = Options::Existing::kRefuse;
    return Run(std::move(first));
  }
  if (!base.ok()) {
    console.Say(std::string(base.status().message()));
    return StoreFaultCode(base.status());
  }
  return Appending(options, *std::move(base)).Execute();
}

}  // namespace mailassay::run
