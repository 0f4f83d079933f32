#include "lib/audit/key_findings.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "lib/audit/key_context.h"
#include "lib/audit/key_fixes.h"
#include "lib/base/concat.h"

namespace mailassay::audit {
namespace {

// Puts rows of the ledger, in their order, together to domains.
class Domains {
 public:
  Domains(const AnswerOf& answer_of,
          const std::function<void(DomainKeys&)>& visit)
      : answer_of_(answer_of), visit_(visit) {}

  void Add(std::string_view name, const KeyTally& tally) {
    const KeyTallyParts parts = PartsOfKeyTally(name);
    std::vector<SelectorKeys>& selectors = at_hand_.selectors;
    const bool other = parts.domain != at_hand_.domain;
    if (other || selectors.empty() ||
        selectors.back().selector != parts.selector) {
      if (other || selectors.size() == kMaxSelectors) Finish();
      at_hand_.domain = parts.domain;
      SelectorKeys& made = selectors.emplace_back();
      made.selector = parts.selector;
      made.answer =
          answer_of_(Concat(parts.selector, "._domainkey.", parts.domain));
    }
    selectors.back().keys.push_back(tally);
  }

  void Finish() {
    if (!at_hand_.selectors.empty()) visit_(at_hand_);
    at_hand_ = {};
  }

 private:
  const AnswerOf& answer_of_;
  const std::function<void(DomainKeys&)>& visit_;
  DomainKeys at_hand_;
};

}  // namespace

std::vector<KeyFinding> FindingsOfDomain(const DomainKeys& domain,
                                         const KeyDirectory& directory) {
  KeyContext context(domain, directory);
  for (const SelectorKeys& selector : domain.selectors) {
    FindInNames(selector, &context);
    FindInRecords(selector, &context);
    FindInUse(selector, &context);
  }
  FindInLife(&context);
  std::vector<KeyFinding> findings = std::move(context).Take();
  std::ranges::sort(findings, [](const KeyFinding& a, const KeyFinding& b) {
    return std::tie(a.selector, a.fault, a.detail) <
           std::tie(b.selector, b.fault, b.detail);
  });
  return findings;
}

void ForEachDomain(SpillMap<KeyTally>& keys, const AnswerOf& answer_of,
                   const std::function<void(DomainKeys&)>& visit) {
  Domains domains(answer_of, visit);
  keys.ForEach([&](std::string_view name, const KeyTally& tally) {
    domains.Add(name, tally);
  });
  domains.Finish();
}

KeyDirectory DirectoryOf(SpillMap<KeyTally>& keys, size_t cap_bytes) {
  KeyDirectory directory(cap_bytes);
  keys.ForEach([&](std::string_view name, const KeyTally& tally) {
    if (tally.type.empty()) return;
    const dkim::KeyRecord record = dkim::ParseKeyRecord(tally.record);
    if (record.key == nullptr) return;
    const KeyTallyParts parts = PartsOfKeyTally(name);
    const size_t last = tally.cname_chain.rfind(' ');
    directory.Add(parts.domain, parts.selector,
                  std::string_view(tally.cname_chain)
                      .substr(last == std::string::npos ? 0 : last + 1),
                  *record.key);
  });
  directory.Compare();
  return directory;
}

std::optional<KeyFinding> NotCompared(const KeyDirectory& directory) {
  if (directory.left_out() == 0) return std::nullopt;
  KeyFinding finding;
  finding.fault = KeyFault::kNotCompared;
  finding.detail = Concat("the first ", directory.size(),
                          " keys were compared with each other, not ",
                          directory.left_out(), " more");
  finding.fix = KeyFix(finding.fault, finding.severity, {}, "");
  return finding;
}

void FindKeyFindings(SpillMap<KeyTally>& keys, const AnswerOf& answer_of,
                     size_t cap_bytes,
                     const std::function<void(const KeyFinding&)>& visit) {
  const KeyDirectory directory = DirectoryOf(keys, cap_bytes);
  if (const auto not_compared = NotCompared(directory)) visit(*not_compared);
  ForEachDomain(keys, answer_of, [&](const DomainKeys& domain) {
    for (const KeyFinding& finding : FindingsOfDomain(domain, directory)) {
      visit(finding);
    }
  });
}

void KeyFindingSums::Add(const KeyFinding& finding) {
  ++counts[static_cast<size_t>(finding.severity)];
  const auto at = std::ranges::upper_bound(worst, finding, IsWorse);
  if (at == worst.end() && worst.size() == kWorst) return;
  worst.insert(at, finding);
  if (worst.size() > kWorst) worst.pop_back();
}

}  // namespace mailassay::audit
