#include "pipeline/run/report.h"

#include <optional>
#include <utility>

#include "pipeline/run/audit_facts.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/output_dir.h"
#include "pipeline/run/session.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/run/stored_options.h"

namespace mailassay::run {

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

  Options options = WithStored((*store)->settings(), asked);
  const bool in_place = options.out_dir.empty() && report.filter.empty() &&
                        !options.csv && !options.json;
  if (in_place) options.out_dir = report.dir;
  if (!in_place && !options.out_dir.empty()) {
    absl::Status prepared =
        PrepareOutputDir(options.out_dir, options.existing, {report.dir});
    if (!prepared.ok()) return refuse(prepared, kUsage);
  }
  Session session(std::move(options));
  session.results().SetFilter(report.filter);
  keys::KeyStore keys(nullptr);
  keys.Restore(*std::move(answers));
  store::AuditStore* const stores[] = {store->get()};
  session.ConcludeStores(stores, keys, /*keeps=*/false);
  session.AddAggregates();

  audit::RunFacts facts = FactsOf((*store)->settings());
  CompleteFacts(session, &facts);
  session.Publish(facts, RunSettingsOf((*store)->settings()), {}, keys,
                  nullptr);
  session.PrintOutcome(facts, std::nullopt);
  return session.OutcomeCode(!session.failed());
}

}  // namespace mailassay::run
