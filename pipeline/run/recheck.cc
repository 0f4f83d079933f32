#include "pipeline/run/recheck.h"

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "lib/audit/changes.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/base/shell_word.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/identity.h"
#include "pipeline/run/join.h"
#include "pipeline/run/key_sources.h"
#include "pipeline/run/output_dir.h"
#include "pipeline/run/output_file.h"
#include "pipeline/run/session.h"
#include "pipeline/run/signals.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/run/stored_options.h"
#include "pipeline/run/temp_file.h"

namespace mailassay::run {
namespace {

using Answers = std::vector<dkim::KeyAnswer>;

// The audit's rules where nothing else is asked for.
Options Merged(const RecheckOptions& recheck, const store::Settings& settings,
               const Options& asked) {
  Options merged = WithStored(settings, asked);
  if (recheck.bits_given) {
    merged.judge.min_rsa_bits = asked.judge.min_rsa_bits;
  }
  if (recheck.at_given) {
    merged.judge.at = asked.judge.at;
    merged.judge.time = asked.judge.time;
    merged.judged_at = asked.judged_at;
  }
  return merged;
}

class Rechecking {
 public:
  Rechecking(const RecheckOptions& recheck, Options options,
             store::AuditStore& store, Answers answers)
      : recheck_(recheck),
        session_(std::move(options)),
        store_(store),
        answers_(std::move(answers)),
        temp_(session_.options().out_dir),
        changes_(session_.plan().ledger_bytes / 4, &temp_),
        earlier_options_(WithStored(store.settings(), session_.options())),
        before_(nullptr) {}

  int Execute();

 private:
  int OpenKeys();
  int AskDns();
  void Judge();
  absl::Status WriteChanges();
  void Print(const audit::RunFacts& facts);
  // What the new audit is, as far as it is not what the old one was.
  audit::RunSettings Settings();
  store::Settings Identity(const audit::RunFacts& facts);

  const RecheckOptions& recheck_;
  Session session_;
  store::AuditStore& store_;
  const Answers answers_;  // of the audit
  TempFile temp_;
  audit::Changes changes_;
  const Options earlier_options_;
  keys::KeyStore before_;
  KeySources sources_;
};

// Names that the audit found keys for keep them: DNS may have forgotten them.
int Rechecking::OpenKeys() {
  const Options& options = session_.options();
  absl::Status opened =
      sources_.Open(options, session_.results().suffixes(), session_.console());
  if (!opened.ok()) return session_.Refuse(opened, kUsage);
  before_.Restore(answers_);
  if (recheck_.forget) return kDone;
  Answers kept;
  for (const dkim::KeyAnswer& answer : answers_) {
    if (sources_.Imports(answer.name)) continue;
    const bool found = answer.status == dkim::KeyStatus::kFound;
    if (found || options.offline) {
      kept.push_back(answer);
    } else {
      sources_.keys().Know(answer);
    }
  }
  sources_.keys().Keep(std::move(kept));
  return kDone;
}

int Rechecking::AskDns() {
  absl::Status read =
      store_.ForEachName([&](const store::AuditStore::Name& name) {
        sources_.keys().Request(name.name);
        return absl::OkStatus();
      });
  if (!read.ok()) return session_.Refuse(read, kInputDamaged);
  sources_.Await(session_.options().resolver);
  sources_.SayUnused(session_.options(), session_.console());
  return kDone;
}

void Rechecking::Judge() {
  JudgeContext earlier{.suffixes = session_.results().suffixes(),
                       .options = earlier_options_.judge,
                       .csv = {},
                       .wants_outcomes = true};
  const Judging::Earlier before{.keys = before_, .context = earlier};
  session_.results().WantOutcomes();
  store::AuditStore* const stores[] = {&store_};
  session_.ConcludeStores(stores, sources_.keys(),
                          !session_.options().out_dir.empty(), &before,
                          &changes_);
  session_.AddAggregates(sources_.keys());
}

absl::Status Rechecking::WriteChanges() {
  const std::string& dir = session_.options().out_dir;
  if (dir.empty()) return absl::OkStatus();
  auto file = OutputFile::Create(
      Concat(dir, "/", CsvFileName(kChangesName, session_.options())));
  if (!file.ok()) return file.status();
  absl::Status written = (*file)->Write(audit::Changes::Header());
  changes_.WriteRows({.raw = session_.options().raw_csv},
                     [&](std::string_view row) {
                       if (written.ok()) written = (*file)->Write(row);
                     });
  return written.ok() ? (*file)->Commit() : written;
}

void Rechecking::Print(const audit::RunFacts& facts) {
  if (session_.options().own_csv) {
    const std::string_view header = audit::Changes::Header();
    std::fwrite(header.data(), 1, header.size(), stdout);
    changes_.WriteRows({.raw = session_.options().raw_csv},
                       [](std::string_view row) {
                         std::fwrite(row.data(), 1, row.size(), stdout);
                       });
  }
  if (!session_.options().quiet) {
    const std::string text =
        Concat(facts.sample ? "In the sample alone: " : "", changes_.Summary());
    std::FILE* to =
        session_.options().own_csv || session_.options().json ? stderr : stdout;
    std::fwrite(text.data(), 1, text.size(), to);
    std::fputc('\n', to);
    std::fflush(to);
  }
  session_.PrintOutcome(facts, std::nullopt);
}

// Key files of now go before those of the audit, which do not count when it is
// to be forgotten.
audit::RunSettings Rechecking::Settings() {
  store::Settings stored = store_.settings();
  TakeSuffixList(session_.results().suffixes().path(), &stored);
  audit::RunSettings settings = RunSettingsOf(stored);
  const std::vector<std::string> before = std::move(settings.key_sources);
  std::vector<std::string> now = KeySources::Names(session_.options());
  std::vector<std::string>& all = settings.key_sources;
  const auto take = [&all](const std::vector<std::string>& from, bool files) {
    for (const std::string& source : from) {
      if (source.starts_with(kFileSource) != files) continue;
      if (files || !std::ranges::count(all, source)) all.push_back(source);
    }
  };
  all.clear();
  for (const bool files : {true, false}) {
    take(now, files);
    if (!recheck_.forget) take(before, files);
  }
  return settings;
}

store::Settings Rechecking::Identity(const audit::RunFacts& facts) {
  const Options& options = session_.options();
  const audit::RunSettings settings = Settings();
  store::Settings identity = store_.settings();
  std::vector<std::string> digests;
  for (const std::string& path : options.key_files) {
    digests.push_back(Sha256OfFile(path));
  }
  if (!recheck_.forget) {
    std::ranges::move(GetList(identity, kKeyFileSetting),
                      std::back_inserter(digests));
  }
  PutList(kKeyFileSetting, digests, &identity);
  PutList(kKeySourceSetting, settings.key_sources, &identity);
  std::vector<std::string> commands = GetList(identity, kRecheckSetting);
  std::vector<std::string> words;
  for (const auto& [name, word] : DescribeCommand(options.arguments)) {
    words.push_back(word);
  }
  commands.push_back(ShellCommand(words));
  PutList(kRecheckSetting, commands, &identity);
  DescribeJudging(options, &identity);
  for (const auto& [name, value] : DescribeRun(facts, settings)) {
    identity[name] = value;
  }
  TakeSuffixList(session_.results().suffixes().path(), &identity);
  return identity;
}

int Rechecking::Execute() {
  if (int code = OpenKeys(); code != kDone) return code;
  if (int code = AskDns(); code != kDone) return code;
  // What was not waited for is no answer of DNS.
  if (Signals::Stopping() != 0) {
    session_.console().Say("stopped; nothing was judged again");
    return session_.OutcomeCode(/*whole=*/false);
  }
  Judge();
  session_.AskMore(sources_);
  audit::RunFacts facts = FactsOf(store_.settings());
  facts.keys = sources_.Describe(session_.options());
  if (!recheck_.forget) facts.keys += ", and the audit's";
  facts.names_asked = sources_.keys().asked();
  facts.judged_at = session_.options().judged_at;
  std::ranges::copy(sources_.notes(), std::back_inserter(facts.notes));
  NoteVersions({&store_}, session_.options().version, &facts);
  CompleteFacts(session_, &facts);
  if (!session_.options().out_dir.empty()) {
    facts.saved.push_back(CsvFileName(kChangesName, session_.options()));
  }
  if (!session_.failed()) {
    if (absl::Status written = WriteChanges(); !written.ok()) {
      session_.Fail(written);
    }
  }
  absl::Status saved = sources_.SaveAsAsked(session_.options());
  if (!saved.ok()) session_.Fail(saved);
  session_.Publish(facts, Settings(), Identity(facts), sources_.keys(),
                   nullptr);
  session_.Remember(sources_);
  if (!session_.failed()) Print(facts);
  return session_.OutcomeCode(!session_.failed());
}

}  // namespace

int Recheck(const RecheckOptions& recheck, const Options& options) {
  Console console(options.quiet);
  const auto refuse = [&](const absl::Status& status, int code) {
    console.Say(std::string(status.message()));
    return code;
  };
  auto store = OpenFinished(recheck.dir);
  if (!store.ok())
    return refuse(store.status(), StoreFaultCode(store.status()));
  auto answers = StoredAnswers(**store);
  if (!answers.ok()) return refuse(answers.status(), kInputDamaged);
  absl::Status rule = CheckDuplicateRule((*store)->settings(), options);
  if (!rule.ok()) return refuse(rule, kUsage);
  if (!options.out_dir.empty()) {
    absl::Status prepared =
        PrepareOutputDir(options.out_dir, options.existing, {recheck.dir});
    if (!prepared.ok()) return refuse(prepared, kUsage);
  }
  return Rechecking(recheck, Merged(recheck, (*store)->settings(), options),
                    **store, *std::move(answers))
      .Execute();
}

}  // namespace mailassay::run
