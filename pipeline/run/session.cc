#include "pipeline/run/session.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "lib/audit/method.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/mail_inputs.h"
#include "pipeline/run/method_facts.h"
#include "pipeline/run/sample_text.h"
#include "pipeline/run/stored_audit.h"

namespace mailassay::run {

Session::Session(Options options)
    : options_(std::move(options)),
      console_(options_.quiet),
      plan_(PlanMemory(options_.memory_bytes, options_.jobs,
                       options_.block_bytes)),
      results_(options_, plan_) {}

int Session::Refuse(const absl::Status& status, int code) {
  console_.Say(std::string(status.message()));
  return code;
}

void Session::Fail(const absl::Status& status) {
  if (fault_.ok()) {
    fault_ = status;
    if (!stdout_closed_) console_.Say(std::string(status.message()));
  }
  failed_ = true;
}

void Session::SayErrors(std::span<const audit::ErrorRow> errors) {
  constexpr int kLines = 20;
  for (const audit::ErrorRow& error : errors) {
    if (!error.damages()) continue;
    if (error_lines_++ < kLines) console_.Say(error.text);
    if (error_lines_ == kLines) {
      console_.Say("further errors are counted in the summary");
    }
  }
}

void Session::Expect(const std::vector<source::SurveyedInput>& inputs) {
  results_.named().Expect(inputs,
                          options_.shard.count == 1 && options_.sample.all());
  SayWaiting(options_.inputs, console_);
}

void Session::SayUnread() {
  constexpr size_t kLines = 20;
  if (failed_ || Signals::Stopping() != 0) return;
  const std::vector<std::string> unread = results_.named().Unread();
  for (size_t i = 0; i < std::min(kLines, unread.size()); ++i) {
    console_.Say(unread[i]);
  }
  if (unread.size() > kLines) {
    console_.Say(Concat("and of ", unread.size() - kLines, " more inputs"));
  }
}

void Session::NoteFaults() {
  const absl::Status status = results_.status();
  if (status.ok() || failed_) return;
  stdout_closed_ = absl::IsCancelled(status);
  Fail(status);
}

void Session::ConcludeStores(std::span<store::AuditStore* const> stores,
                             keys::KeyStore& keys, bool keeps,
                             const Judging::Earlier* earlier,
                             audit::Changes* changes, bool apart) {
  if (keeps) {
    auto writer = store::AuditWriter::Create(options_.out_dir);
    if (!writer.ok()) return Fail(writer.status());
    writer_ = *std::move(writer);
    results_.KeepIn(writer_.get());
  }
  if (absl::Status opened = results_.Open(); !opened.ok()) return Fail(opened);
  if (absl::Status found = FindDuplicates(stores); !found.ok()) {
    return Fail(found);
  }
  // A signal that has ended the reading does not end this, too.
  const auto go_on = [before = Signals::Stopping()] {
    return Signals::Stopping() == before;
  };
  for (store::AuditStore* store : stores) {
    absl::Status concluded = ConcludeStore(
        *store, apart ? results_.next_file() : 0,
        {.keys = keys,
         .context = results_.context(),
         .jobs = options_.jobs,
         .plan = plan_,
         .duplicates = duplicates_ ? &*duplicates_ : nullptr,
         .earlier = earlier},
        {.results = results_, .writer = writer_.get(), .changes = changes},
        go_on);
    if (results_.status().ok() && !concluded.ok()) Fail(concluded);
    NoteFaults();
    if (failed_) return;
  }
}

absl::Status Session::FindDuplicates(
    std::span<store::AuditStore* const> stores) {
  if (options_.duplicates == audit::DuplicateRule::kNone) {
    return absl::OkStatus();
  }
  duplicates_.emplace(options_.duplicates, options_.out_dir,
                      plan_.duplicates_bytes);
  for (const store::AuditStore* store : stores) {
    absl::Status added = AddStore(*store, *duplicates_);
    if (!added.ok()) return added;
  }
  return duplicates_->Finish();
}

void Session::AddAggregates(keys::KeyStore& keys) {
  if (failed_) return;
  results_.AddAggregates(keys);
  NoteFaults();
  // Promise P7; a run that was cut short has inputs without an end.
  if (!results_.balanced()) {
    Fail(absl::InternalError(Concat(
        SafeText(results_.unbalanced()),
        ": internal error: messages and gaps do not add up to its octets")));
  }
}

void Session::AskMore(KeySources& sources) {
  if (!options_.ask_more || failed_ || Signals::Stopping() != 0) return;
  options_.ask_more(results_.ledger(), sources);
}

void Session::Remember(KeySources& sources) {
  if (failed_) return;
  if (absl::Status added = sources.Remember(results_.ledger()); !added.ok())
    Fail(added);
}

void Session::Publish(const audit::RunFacts& facts,
                      const audit::RunSettings& settings,
                      const store::Settings& identity,
                      const keys::KeyStore& keys, store::AuditStore* replaced) {
  if (failed_) return;
  // What was fixed when the audit began goes before what its end adds.
  store::Settings all = identity;
  all.merge(DescribeRun(facts, settings));
  std::string method;
  if (!options_.out_dir.empty()) {
    method = audit::MethodText(results_.ledger(), FactsOf(all, facts),
                               RunSettingsOf(all),
                               MethodFactsOf(all, keys, results_));
  }
  absl::Status done = results_.Commit(
      method, audit::RunJson(results_.ledger(), facts, settings));
  if (done.ok() && writer_) {
    done = writer_->Finish(all, UsedNames(keys));
    if (done.ok() && replaced != nullptr) done = replaced->Close();
    if (done.ok()) done = writer_->Publish();
  }
  if (!done.ok()) Fail(done);
}

void Session::PrintOutcome(const audit::RunFacts& facts,
                           const std::optional<std::string>& detail) {
  if (stdout_closed_) return;
  if (options_.print) {
    if (Signals::Stopping() != 0) {
      return console_.Say("stopped before all was read; nothing is printed");
    }
    options_.print(results_.ledger());
    return FlushOutput();
  }
  if (options_.json) {
    const std::string text = audit::TotalsJson(results_.ledger(), facts);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  const bool takes_stdout = options_.csv || options_.own_csv;
  const bool asked_else =
      options_.json || takes_stdout || !options_.out_dir.empty();
  if (!options_.quiet || !asked_else) {
    const std::string text = detail && !asked_else
                                 ? *detail
                                 : audit::Summary(results_.ledger(), facts);
    std::FILE* to = options_.json || takes_stdout ? stderr : stdout;
    std::fwrite(text.data(), 1, text.size(), to);
  }
  FlushOutput();
}

void Session::FlushOutput() {
  if (std::fflush(stdout) != 0 && fault_.ok() && errno != EPIPE) {
    Fail(absl::UnavailableError("standard output: write failed"));
  }
}

bool Session::GatePassed() {
  if (!options_.fail_under) return true;
  const audit::Totals& totals = results_.ledger().totals();
  // An empty sample says nothing of the whole.
  if (!options_.sample.all() && totals.messages == 0) return false;
  auto verified = static_cast<double>(
      totals
          .classes[static_cast<size_t>(audit::MessageClass::kVerifiedAligned)]);
  return verified * 100 >=
         *options_.fail_under * static_cast<double>(totals.messages);
}

int Session::OutcomeCode(bool whole) {
  int code = kDone;
  if (!fault_.ok() && !stdout_closed_) {
    code = absl::IsInternal(fault_)   ? kInternal
           : absl::IsDataLoss(fault_) ? kInputDamaged
                                      : kOutputFault;
  }
  if (int signal = Signals::Stopping(); signal != 0) {
    code = Weightier(code, 128 + signal);
  }
  if (!whole) return code;
  if (results_.damaged()) code = Weightier(code, kInputDamaged);
  if (Signals::Stopping() == 0 && !results_.named().Unread().empty()) {
    code = Weightier(code, kInputDamaged);
  }
  if (results_.changed()) code = Weightier(code, kInputChanged);
  if (!GatePassed()) code = Weightier(code, kGateFailed);
  if (options_.strict_dns && results_.temporary() > 0) {
    code = Weightier(code, kDnsFailures);
  }
  return code;
}

namespace {

void AddSample(Session& session, audit::RunFacts* facts) {
  const Options& options = session.options();
  const audit::SampleSums& sums = session.results().sample();
  facts->sample = {.percent = FormatPercent(options.sample),
                   .bytes = sums.bytes(),
                   .of_bytes = sums.of_bytes(),
                   .about = sums.about(),
                   .estimate = std::nullopt};
  if (options.fail_under) {
    facts->notes.push_back("--fail-under judges the sample alone");
  }
}

}  // namespace

void CompleteFacts(Session& session, audit::RunFacts* facts) {
  const TableWriter& tables = session.results().tables();
  facts->books = session.results().books();
  facts->key_findings = session.results().key_findings();
  facts->jobs = session.options().jobs;
  facts->duplicates = session.options().duplicates;
  facts->counts_duplicates = session.options().count_duplicates;
  facts->filtered_out = session.results().filtered_out();
  facts->out_dir = session.options().out_dir;
  if (!session.options().sample.all()) AddSample(session, facts);
  facts->saved = tables.FileNames();
  if (session.keeps()) {
    facts->saved.insert(facts->saved.begin(), std::string(store::kAuditFile));
  }
  std::erase(facts->notes, kRowsLeftOut);  // of the time before
  facts->notes.insert(facts->notes.end(), tables.notes().begin(),
                      tables.notes().end());
}

store::AuditStore::NameSource UsedNames(const keys::KeyStore& keys) {
  return [&keys](const auto& put) {
    keys.ForEachUsed([&](const keys::KeyStore::Answer& answer) {
      put({answer->name, keys::FormatKeyLine(*answer)});
    });
  };
}

}  // namespace mailassay::run
