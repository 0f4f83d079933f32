#include "lib/audit/key_probes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "lib/audit/key_context.h"
#include "lib/audit/key_directory.h"
#include "lib/audit/key_providers.h"
#include "lib/base/concat.h"

namespace mailassay::audit {
namespace {

using Answer = std::shared_ptr<const dkim::KeyAnswer>;

bool LacksARecord(const DomainKeys& domain) {
  const KeyDirectory none(0);
  const KeyContext context(domain, none);
  return std::ranges::any_of(
      domain.selectors, [&](const SelectorKeys& selector) {
        return IsAbsent(selector) && context.InUse(selector);
      });
}

bool IsOfMicrosoft(const DomainKeys& domain) {
  return std::ranges::any_of(
      domain.selectors, [](const SelectorKeys& selector) {
        return ProviderOf(selector.selector, ChainOf(selector)).Is(kMicrosoft);
      });
}

// Adds the selector, if it is not there.
SelectorKeys& Place(std::string_view selector, Answer answer,
                    DomainKeys* domain) {
  const auto place = std::ranges::lower_bound(domain->selectors, selector, {},
                                              &SelectorKeys::selector);
  if (place != domain->selectors.end() && place->selector == selector) {
    return *place;
  }
  SelectorKeys made;
  made.selector = selector;
  made.answer = std::move(answer);
  return *domain->selectors.insert(place, std::move(made));
}

// What a wildcard says, in words; empty: there is none.
std::string WordsOf(const Answer& answer) {
  constexpr size_t kShown = 60;
  if (answer == nullptr || answer->source != dkim::kFromDns) return "";
  if (!answer->cname_chain.empty()) {
    return Concat("CNAME ", answer->cname_chain.front());
  }
  if (answer->records.empty()) return "";
  const std::string& text = answer->records.front().text;
  return Concat("TXT \"", text.substr(0, kShown),
                text.size() > kShown ? "...\"" : "\"");
}

}  // namespace

std::vector<std::string> ProbesOf(const DomainKeys& domain, bool thorough) {
  std::vector<std::string> probes;
  if (thorough || LacksARecord(domain)) {
    probes = UsualSelectors();
  } else if (IsOfMicrosoft(domain)) {
    probes = {"selector1", "selector2"};
  }
  std::erase_if(probes, [&](const std::string& selector) {
    return std::ranges::binary_search(domain.selectors, selector, {},
                                      &SelectorKeys::selector);
  });
  probes.emplace_back(kNobodysSelector);
  std::ranges::sort(probes);
  const auto twice = std::ranges::unique(probes);
  probes.erase(twice.begin(), twice.end());
  return probes;
}

void TakeProbes(const std::vector<std::string>& probes,
                const std::vector<std::string>& wanted,
                const AnswerOf& answer_of, DomainKeys* domain) {
  const auto ask = [&](std::string_view selector) {
    return answer_of(Concat(selector, "._domainkey.", domain->domain));
  };
  for (const std::string& selector : wanted) {
    Place(selector, ask(selector), domain).wanted = true;
  }
  const Answer nobodys = ask(kNobodysSelector);
  domain->dns_asked = nobodys != nullptr && nobodys->source == dkim::kFromDns;
  domain->wildcard = WordsOf(nobodys);
  if (!domain->wildcard.empty()) return;
  for (const std::string& selector : probes) {
    Answer answer = ask(selector);
    if (answer == nullptr ||
        (answer->records.empty() && answer->cname_chain.empty())) {
      continue;
    }
    Place(selector, std::move(answer), domain);
  }
}

}  // namespace mailassay::audit
