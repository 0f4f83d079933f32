// Findings of the name itself: nothing there, and CNAMEs.
#include <algorithm>
#include <array>
#include <string>

#include "lib/audit/key_context.h"
#include "lib/audit/key_witness.h"
#include "lib/base/concat.h"

namespace mailassay::audit {
namespace {

using dkim::KeyStatus;

std::string Arrows(std::span<const std::string> chain) {
  std::string text;
  for (const std::string& target : chain) {
    text += Concat(text.empty() ? "" : " -> ", target);
  }
  return text;
}

// Of an answer that decides nothing.
bool FindNoAnswer(const SelectorKeys& selector, KeyContext* context) {
  const dkim::KeyAnswer& answer = *selector.answer;
  switch (answer.status) {
    case KeyStatus::kCnameLoop:
    case KeyStatus::kCnameLimit:
      context->Add(KeyFault::kCnameLoop, Severity::kError, selector,
                   Concat(answer.status == KeyStatus::kCnameLoop
                              ? "a loop: "
                              : "more than 8 CNAMEs: ",
                          Arrows(answer.cname_chain)));
      return true;
    case KeyStatus::kNotAsked:
      return true;
    default:
      break;
  }
  if (!dkim::IsTemporary(answer.status)) return false;
  context->Add(KeyFault::kNoAnswer,
               answer.status == KeyStatus::kBogus ? Severity::kError
                                                  : Severity::kWarning,
               selector, std::string(dkim::KeyStatusName(answer.status)));
  return true;
}

// The idle one of Microsoft 365's two selectors need not exist.
bool IsIdleTwin(const SelectorKeys& selector, const KeyContext& context) {
  if (!selector.keys.empty()) return false;
  return std::ranges::any_of(
      context.domain().selectors, [&](const SelectorKeys& other) {
        return other.selector != selector.selector &&
               LiveKey(other) != nullptr &&
               context.ProviderOf(selector).Is(kMicrosoft) &&
               context.ProviderOf(other).Is(kMicrosoft);
      });
}

// What is wrong with the first target, if a service shows that has others.
std::string TargetFault(const SelectorKeys& selector,
                        const KeyContext& context) {
  const std::string& target = ChainOf(selector).front();
  const ProviderMatch named = ProviderOf(selector.selector, {});
  const bool microsoft =
      named.Is(kMicrosoft) &&
      (IsMeantForMicrosoft(target) || context.ProviderOf(selector).sure);
  if (microsoft) {
    return MicrosoftTargetFault(selector.selector, context.domain().domain,
                                target);
  }
  if (named.sure && !named.provider->targets.empty() &&
      !LeadsTo(*named.provider, ChainOf(selector))) {
    return Concat("the target is no name of ", named.provider->name);
  }
  return "";
}

void FindDangling(const SelectorKeys& selector, KeyContext* context) {
  const std::string chain = Arrows(ChainOf(selector));
  const std::string fault = TargetFault(selector, *context);
  if (!fault.empty()) {
    context->Add(KeyFault::kCnameTarget, Severity::kError, selector,
                 Concat(chain, ": ", fault));
  } else {
    context->Add(
        KeyFault::kCnameDangling, Severity::kError, selector,
        Concat(chain, ": ", dkim::KeyStatusName(selector.answer->status)));
  }
}

// Selectors of the domain that publish a key.
std::string PublishedBeside(const SelectorKeys& selector,
                            const KeyContext& context) {
  constexpr size_t kShown = 5;
  std::string list;
  size_t count = 0;
  for (const SelectorKeys& other : context.domain().selectors) {
    if (other.selector == selector.selector || LiveKey(other) == nullptr) {
      continue;
    }
    if (++count <= kShown) {
      list += Concat(list.empty() ? "" : ", ", other.selector);
    }
  }
  return count > kShown ? Concat(list, " and ", count - kShown, " more") : list;
}

// A selector that no mail service of Microsoft's has.
bool IsForeign(const SelectorKeys& selector, const KeyContext& context) {
  if (!context.is_microsoft()) return false;
  constexpr std::array<std::string_view, 3> kWords = {"spf", "dmarc", "txt"};
  const ProviderMatch match = ProviderOf(selector.selector, {});
  if (match.provider != nullptr) return !match.Is(kMicrosoft);
  return std::ranges::count(kWords, selector.selector) > 0;
}

void FindMissing(const SelectorKeys& selector, KeyContext* context) {
  if (WitnessOf(selector) != Witness::kDns) {  // a key file says so
    return context->Add(
        KeyFault::kNoRecord, Severity::kError, selector,
        std::string(dkim::KeyStatusName(selector.answer->status)));
  }
  const KeyUseTally unverified = UseOf(selector, KeyUse::kNoKey);
  const KeyUseTally beside = UseOf(selector, KeyUse::kBesidePass);
  if (!selector.keys.empty() && !context->InUse(selector)) {
    return context->AddAsIs(KeyFault::kRecordGone, Severity::kInfo, selector,
                            "no mail has used it for 30 days");
  }
  if (beside.messages > 0) {
    context->Add(KeyFault::kSecondUnpublished, Severity::kWarning, selector,
                 beside, Concat("e.g. ", beside.beside, " passes beside it"));
    if (beside.messages >= unverified.messages) return;
  }
  const std::string others = PublishedBeside(selector, *context);
  const ProviderMatch match = context->ProviderOf(selector);
  if (IsForeign(selector, *context)) {
    context->Add(KeyFault::kOtherProvider, Severity::kError, selector,
                 Concat("the domain is set up for Microsoft 365",
                        others.empty() ? "" : " and publishes ", others));
  } else if (match.sure && !match.provider->targets.empty()) {
    context->Add(KeyFault::kCnameMissing, Severity::kError, selector,
                 std::string(match.provider->name));
  } else if (!others.empty() && !selector.keys.empty()) {
    context->Add(KeyFault::kSelectorMismatch, Severity::kError, selector,
                 Concat("published: ", others));
  } else {
    context->Add(KeyFault::kNoRecord, Severity::kError, selector,
                 std::string(dkim::KeyStatusName(selector.answer->status)));
  }
}

// Of a name with records behind CNAMEs.
void FindBehindCname(const SelectorKeys& selector, KeyContext* context) {
  const std::string fault = TargetFault(selector, *context);
  if (fault.empty()) return;
  const SelectorUse use = UseOf(selector);
  const bool fails =
      use.pass == 0 && UseOf(selector, KeyUse::kWrongKey).messages > 0;
  const ProviderMatch match = ProviderOf("", ChainOf(selector));
  if (fails || (use.messages == 0 && match.Is(kMicrosoft))) {
    context->Add(KeyFault::kCnameTarget, Severity::kError, selector,
                 Concat(Arrows(ChainOf(selector)), ": ", fault));
  }
}

// Of a name with a key of its own.
void FindCopiedKey(const SelectorKeys& selector, KeyContext* context) {
  const ProviderMatch match = context->ProviderOf(selector);
  if (match.provider == nullptr || match.provider->targets.empty()) return;
  const bool beside = std::ranges::any_of(
      context->domain().selectors, [&](const SelectorKeys& other) {
        return LeadsTo(*match.provider, ChainOf(other));
      });
  if (beside) {
    context->Add(KeyFault::kTxtForCname, Severity::kWarning, selector,
                 Concat("a TXT record, and another selector leads to ",
                        match.provider->name));
  } else if (match.sure || match.Is(kMicrosoft)) {
    context->Add(KeyFault::kTxtForCname, Severity::kInfo, selector,
                 Concat("a TXT record; ", match.provider->name,
                        " itself would have a CNAME here"));
  }
}

}  // namespace

void FindInNames(const SelectorKeys& selector, KeyContext* context) {
  if (selector.answer == nullptr) return;
  if (selector.cname_and_other) {
    context->Add(KeyFault::kCnameAndOther, Severity::kError, selector,
                 "which of them a verifier sees is chance");
  }
  if (FindNoAnswer(selector, context)) return;
  const bool has_chain = !ChainOf(selector).empty();
  if (IsAbsent(selector)) {
    if (selector.wanted || !IsIdleTwin(selector, *context)) {
      const bool asked_for = selector.wanted || !selector.keys.empty();
      if (has_chain) {
        FindDangling(selector, context);
      } else if (asked_for) {
        FindMissing(selector, context);
      }
    }
    return;
  }
  if (has_chain) {
    FindBehindCname(selector, context);
  } else if (LiveKey(selector) != nullptr && !selector.cname_and_other) {
    FindCopiedKey(selector, context);
  }
}

}  // namespace mailassay::audit
