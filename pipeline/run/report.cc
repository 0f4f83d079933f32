#include "pipeline/run/report.h"

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "lib/base/concat.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/identity.h"
#include "pipeline/run/output_dir.h"
#include "pipeline/run/output_file.h"
#include "pipeline/run/recheck.h"
#include "pipeline/run/session.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/run/stored_options.h"

namespace mailassay::run {

namespace {

absl::Status WriteGroups(const audit::Grouping& grouping, Session& session) {
  const Options& options = session.options();
  absl::Status written;
  const auto put = [&](const auto& write) {
    write(audit::GroupHeader(grouping));
    std::string row;
    session.results().groups().ForEach([&](std::string_view key,
                                           const audit::SenderTally& tally) {
      row.clear();
      audit::WriteGroup(key, grouping, tally, {.raw = options.raw_csv}, &row);
      write(row);
    });
  };
  if (options.own_csv) {
    put([](std::string_view row) {
      std::fwrite(row.data(), 1, row.size(), stdout);
    });
  }
  if (options.out_dir.empty()) return absl::OkStatus();
  auto file = OutputFile::Create(
      Concat(options.out_dir, "/", CsvFileName(kGroupsName, options)));
  if (!file.ok()) return file.status();
  put([&](std::string_view row) {
    if (written.ok()) written = (*file)->Write(row);
  });
  return written.ok() ? (*file)->Commit() : written;
}

}  // namespace

int Report(const ReportOptions& report, const Options& asked) {
  Console console(asked.quiet);
  const auto refuse = [&](const absl::Status& status, int code) {
    console.Say(std::string(status.message()));
    return code;
  };
  auto store = OpenFinished(report.dir);
  if (!store.ok())
    return refuse(store.status(), StoreFaultCode(store.status()));
  auto answers = StoredAnswers(**store);
  if (!answers.ok()) return refuse(answers.status(), kInputDamaged);

  absl::Status rule = CheckDuplicateRule((*store)->settings(), asked);
  if (!rule.ok()) return refuse(rule, kUsage);
  Options options = WithStored((*store)->settings(), asked);
  const bool in_place = options.out_dir.empty() && report.filter.empty() &&
                        asked.duplicates == audit::DuplicateRule::kNone &&
                        !options.csv && !options.json && !options.own_csv;
  if (in_place) options.out_dir = report.dir;
  if (!in_place && !options.out_dir.empty()) {
    absl::Status prepared =
        PrepareOutputDir(options.out_dir, options.existing, {report.dir});
    if (!prepared.ok()) return refuse(prepared, kUsage);
  }
  Session session(std::move(options));
  session.results().SetFilter(report.filter);
  if (report.grouping) session.results().GroupBy(*report.grouping);
  keys::KeyStore keys(nullptr);
  keys.Restore(*std::move(answers));
  store::AuditStore* const stores[] = {store->get()};
  session.ConcludeStores(stores, keys, /*keeps=*/false);
  session.AddAggregates(keys);

  store::Settings settings = (*store)->settings();
  if (TakeSuffixList(session.results().suffixes().path(), &settings)) {
    session.console().Note(
        "the public suffix list is not the one of the audit: organizations and "
        "alignment may differ");
  }
  audit::RunFacts facts = FactsOf(settings);
  CompleteFacts(session, &facts);
  if (in_place) {
    facts.saved.insert(facts.saved.begin(), std::string(store::kAuditFile));
    if (!GetList(settings, kRecheckSetting).empty()) {
      facts.saved.push_back(CsvFileName(kChangesName, session.options()));
    }
  }
  if (report.grouping && !session.failed()) {
    absl::Status written = WriteGroups(*report.grouping, session);
    if (!written.ok()) session.Fail(written);
    if (!session.options().out_dir.empty()) {
      facts.saved.push_back(CsvFileName(kGroupsName, session.options()));
    }
  }
  session.Publish(facts, RunSettingsOf(settings), settings, keys, nullptr);
  session.PrintOutcome(facts, std::nullopt);
  return session.OutcomeCode(!session.failed());
}

}  // namespace mailassay::run
