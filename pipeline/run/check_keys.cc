#include "pipeline/run/check_keys.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "lib/audit/key_findings.h"
#include "lib/audit/key_probes.h"
#include "lib/audit/key_report.h"
#include "lib/audit/tables.h"
#include "lib/base/concat.h"
#include "lib/base/domain_name.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/key_sources.h"
#include "pipeline/run/look.h"
#include "pipeline/run/session.h"
#include "pipeline/run/signals.h"

namespace mailassay::run {
namespace {

using audit::DomainKeys;
using audit::KeyFinding;
using audit::SelectorKeys;

// Names asked beyond those of the mail: what an archive of very many domains
// may cost their servers.
constexpr size_t kMostProbes = 100'000;
// Of --memory, for keys that are compared with each other.
constexpr size_t kComparedShare = 4;

std::string KeyName(std::string_view selector, std::string_view domain) {
  return Concat(selector, "._domainkey.", domain);
}

void Print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

// Records without a CNAME, and failures: a CNAME may be there and not show.
bool MayHideCname(const SelectorKeys& selector) {
  const dkim::KeyAnswer* answer = selector.answer.get();
  if (answer == nullptr || answer->source != dkim::kFromDns) return false;
  if (!answer->cname_chain.empty()) return false;
  return answer->status == dkim::KeyStatus::kServfail ||
         !audit::LiveRecords(selector).empty();
}

class Check {
 public:
  Check(const CheckOptions& check, const Options& options)
      : check_(check), options_(options) {}

  // While keys can be asked for.
  void Ask(audit::Ledger& ledger, KeySources& sources);
  // Behind Ask.
  void Report(audit::Ledger& ledger);
  int code() const { return code_; }

 private:
  using Visit = std::function<void(DomainKeys&)>;

  bool Wants(std::string_view domain) const;
  // The domains to check: those of the mail, then those only named.
  void ForEachDomain(audit::Ledger& ledger, const Visit& visit);
  std::vector<std::string> ProbesOf(const DomainKeys& domain) const;
  // Adds what the domain's probes were answered.
  void Complete(DomainKeys* domain) const;

  // Adds what its name's CNAME shows.
  void TakeCname(const std::string& name, SelectorKeys* selector) const;

  void AskProbes(audit::Ledger& ledger);
  void AskCnames(audit::Ledger& ledger);
  void ReportDomain(const DomainKeys& domain,
                    const std::vector<KeyFinding>& findings);
  void ReportFinding(const KeyFinding& finding);

  const CheckOptions& check_;
  const Options& options_;
  KeySources* sources_ = nullptr;
  audit::AnswerOf answer_of_;
  std::set<std::string, std::less<>> probed_;  // domains
  keys::Cnames cnames_;                        // asked for as such
  uint64_t not_probed_ = 0;                    // domains
  audit::KeyFindingSums sums_;
  uint64_t domains_ = 0;
  int code_ = kDone;
};

bool Check::Wants(std::string_view domain) const {
  return check_.domains.empty() ||
         std::ranges::any_of(check_.domains, [&](const std::string& wanted) {
           return IsSameOrBelow(domain, wanted);
         });
}

void Check::ForEachDomain(audit::Ledger& ledger, const Visit& visit) {
  std::set<std::string, std::less<>> named(check_.domains.begin(),
                                           check_.domains.end());
  audit::ForEachDomain(ledger.keys(), answer_of_, [&](DomainKeys& domain) {
    named.erase(domain.domain);
    if (Wants(domain.domain)) visit(domain);
  });
  for (const std::string& name : named) {
    DomainKeys domain;
    domain.domain = name;
    visit(domain);
  }
}

std::vector<std::string> Check::ProbesOf(const DomainKeys& domain) const {
  return audit::ProbesOf(domain, /*thorough=*/!check_.domains.empty());
}

void Check::AskProbes(audit::Ledger& ledger) {
  size_t asked = 0;
  ForEachDomain(ledger, [&](const DomainKeys& domain) {
    const std::vector<std::string> probes = ProbesOf(domain);
    asked += probes.size();
    if (check_.domains.empty() && asked > kMostProbes) {
      ++not_probed_;
      return;
    }
    probed_.insert(domain.domain);
    for (const auto* selectors : {&probes, &check_.selectors}) {
      for (const std::string& selector : *selectors) {
        sources_->keys().Request(KeyName(selector, domain.domain));
      }
    }
  });
  sources_->Await(options_.resolver);
}

void Check::Complete(DomainKeys* domain) const {
  if (!probed_.contains(domain->domain)) return;
  audit::TakeProbes(ProbesOf(*domain), check_.selectors, answer_of_, domain);
  for (SelectorKeys& selector : domain->selectors) {
    TakeCname(KeyName(selector.selector, domain->domain), &selector);
  }
}

void Check::TakeCname(const std::string& name, SelectorKeys* selector) const {
  if (!MayHideCname(*selector) || !cnames_.contains(name)) return;
  selector->cname_and_other = !audit::LiveRecords(*selector).empty();
  std::vector<std::string> loop = keys::LoopFrom(name, cnames_);
  if (selector->cname_and_other || loop.empty()) return;
  dkim::KeyAnswer answer = *selector->answer;
  answer.status = dkim::KeyStatus::kCnameLoop;
  answer.cname_chain = std::move(loop);
  selector->answer = std::make_shared<const dkim::KeyAnswer>(std::move(answer));
}

void Check::AskCnames(audit::Ledger& ledger) {
  std::vector<std::string> names;
  ForEachDomain(ledger, [&](DomainKeys& domain) {
    Complete(&domain);
    for (const SelectorKeys& selector : domain.selectors) {
      if (MayHideCname(selector)) {
        names.push_back(KeyName(selector.selector, domain.domain));
      }
    }
  });
  // Where a loop is to be seen, it is within as many links.
  for (size_t i = 0; i < dkim::kMaxCnames && !names.empty(); ++i) {
    const keys::Cnames found = sources_->CnamesOf(names, options_.resolver);
    names.clear();
    for (const auto& [name, target] : found) {
      if (!cnames_.contains(target) && !found.contains(target)) {
        names.push_back(target);
      }
    }
    cnames_.insert(found.begin(), found.end());
    std::ranges::sort(names);
    const auto twice = std::ranges::unique(names);
    names.erase(twice.begin(), twice.end());
  }
}

void Check::Ask(audit::Ledger& ledger, KeySources& sources) {
  sources_ = &sources;
  answer_of_ = [this](const std::string& name) {
    return sources_->keys().Request(name);
  };
  AskProbes(ledger);
  if (Signals::Stopping() == 0) AskCnames(ledger);
}

void Check::ReportFinding(const KeyFinding& finding) {
  if (!check_.csv) return Print(audit::FindingLine(finding));
  std::string row;
  audit::WriteKeyFinding(finding, {.raw = options_.raw_csv}, &row);
  Print(row);
}

void Check::ReportDomain(const DomainKeys& domain,
                         const std::vector<KeyFinding>& findings) {
  ++domains_;
  std::vector<KeyFinding> shown;
  for (const KeyFinding& finding : findings) {
    sums_.Add(finding);
    if (finding.severity <= check_.least) shown.push_back(finding);
  }
  if (check_.csv || check_.brief) {
    for (const KeyFinding& finding : shown) ReportFinding(finding);
    return;
  }
  const bool named = std::ranges::count(check_.domains, domain.domain) > 0;
  if (shown.empty() && !named) return;
  Print(audit::DomainReport(domain, shown));
  Print("\n");
}

void Check::Report(audit::Ledger& ledger) {
  if (check_.csv) Print(audit::TableHeader(audit::Table::kKeyFindings));
  const audit::KeyDirectory directory =
      audit::DirectoryOf(ledger.keys(), options_.memory_bytes / kComparedShare);
  if (const auto not_compared = audit::NotCompared(directory)) {
    sums_.Add(*not_compared);
    ReportFinding(*not_compared);
  }
  ForEachDomain(ledger, [&](DomainKeys& domain) {
    Complete(&domain);
    ReportDomain(domain, audit::FindingsOfDomain(domain, directory));
  });
  if (sums_.counts[static_cast<size_t>(audit::Severity::kError)] > 0) {
    code_ = kGateFailed;
  }
  if (check_.csv) return;
  if (not_probed_ > 0) {
    Print(Concat("Of ", not_probed_,
                 " domains only the names of their mail were asked (",
                 kMostProbes, " others at most); --domain asks more.\n"));
  }
  Print(Concat(audit::CheckTotals(domains_, sums_), "\n"));
}

// No mail: what the named domains publish.
int CheckNamed(const Options& options) {
  Session session(options);
  KeySources sources;
  absl::Status opened =
      sources.Open(options, session.results().suffixes(), session.console());
  if (!opened.ok()) return session.Refuse(opened, kUsage);
  session.AskMore(sources);
  session.Remember(sources);
  session.PrintOutcome({}, std::nullopt);
  return session.OutcomeCode(Signals::Stopping() == 0);
}

}  // namespace

int CheckKeys(const CheckOptions& check, Options options) {
  Check checking(check, options);
  options.ask_more = [&](audit::Ledger& ledger, KeySources& sources) {
    checking.Ask(ledger, sources);
  };
  options.print = [&](audit::Ledger& ledger) { checking.Report(ledger); };
  const int code = options.inputs.empty() ? CheckNamed(options) : Look(options);
  return Weightier(code, checking.code());
}

}  // namespace mailassay::run
