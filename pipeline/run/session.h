// What every command over an audit has in common: its options, the console and
// signals, the results, the first fault, and how it ends for its user.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lib/audit/changes.h"
#include "lib/audit/error_row.h"
#include "lib/audit/summary.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/run/console.h"
#include "pipeline/run/duplicate_search.h"
#include "pipeline/run/key_sources.h"
#include "pipeline/run/memory_plan.h"
#include "pipeline/run/options.h"
#include "pipeline/run/results.h"
#include "pipeline/run/signals.h"
#include "pipeline/run/stages.h"
#include "pipeline/source/survey.h"
#include "pipeline/store/audit_store.h"
#include "pipeline/store/audit_writer.h"

namespace mailassay::run {

class Session {
 public:
  explicit Session(Options options);

  const Options& options() const { return options_; }
  const MemoryPlan& plan() const { return plan_; }
  Console& console() { return console_; }
  Results& results() { return results_; }

  // Says why, and gives `code`: the run ends before it began.
  int Refuse(const absl::Status& status, int code);

  // The first fault is said and kept; any thread may ask whether there is one.
  void Fail(const absl::Status& status);
  bool failed() const { return failed_; }
  // What is lost of the input, as it is found: the first few.  One thread at a
  // time.
  void SayErrors(std::span<const audit::ErrorRow> errors);
  // Takes the faults of the results.  A closed pipe behind standard output is a
  // clean end, not a fault.
  void NoteFaults();
  // What was named is to hold mail, once it is read; who gave "-" on a terminal
  // is told that mail is awaited there.
  void Expect(const std::vector<source::SurveyedInput>& inputs);
  // What was named and held no mail.
  void SayUnread();
  bool stdout_closed() const { return stdout_closed_; }

  // Judges what the stores hold, one behind the other, into the results; and,
  // when `keeps`, into a finished audit in options().out_dir, which Publish
  // makes visible.  `earlier` and `changes`: as Judging and Destination have
  // them.  `apart`: the stores are audits of their own, whose inputs are
  // numbered anew.
  void ConcludeStores(std::span<store::AuditStore* const> stores,
                      keys::KeyStore& keys, bool keeps,
                      const Judging::Earlier* earlier = nullptr,
                      audit::Changes* changes = nullptr, bool apart = false);
  bool keeps() const { return writer_ != nullptr; }
  // senders.csv, keys.csv and key_findings.csv.
  void AddAggregates(keys::KeyStore& keys);

  // Lets the command ask more, if it does and the run has come this far.
  void AskMore(KeySources& sources);
  // Adds what the run was answered to its key history, unless it has failed.
  void Remember(KeySources& sources);
  // The files of options().out_dir.  `identity`: the settings of the audit, as
  // far as they were fixed before; of a finished one, all.  The CSV files
  // first: an audit.sqlite that says that it is finished has them all beside
  // it.  `replaced`: the store whose place the finished audit takes, or null.
  void Publish(const audit::RunFacts& facts, const audit::RunSettings& settings,
               const store::Settings& identity, const keys::KeyStore& keys,
               store::AuditStore* replaced);

  // The totals, the summary, or the detail of the only message.
  void PrintOutcome(const audit::RunFacts& facts,
                    const std::optional<std::string>& detail);
  // Fails when what was printed can't be written.
  void FlushOutput();
  // Of what was done; `whole`: all of it was, and the results count.
  int OutcomeCode(bool whole);

 private:
  absl::Status FindDuplicates(std::span<store::AuditStore* const> stores);
  bool GatePassed();

  const Options options_;
  Signals signals_;
  Console console_;
  const MemoryPlan plan_;
  Results results_;
  std::unique_ptr<store::AuditWriter> writer_;
  std::optional<DuplicateSearch> duplicates_;
  std::atomic<bool> failed_{false};
  absl::Status fault_;
  bool stdout_closed_ = false;
  int error_lines_ = 0;
};

// What the session knows of a run that it reports on: where tables went, notes.
void CompleteFacts(Session& session, audit::RunFacts* facts);

// What a store keeps of the answers used.
// `keys` must outlive it.
store::AuditStore::NameSource UsedNames(const keys::KeyStore& keys);

}  // namespace mailassay::run
