#include "lib/audit/key_context.h"

#include <utility>

#include "lib/audit/key_fixes.h"
#include "lib/audit/key_witness.h"
#include "lib/base/concat.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

constexpr int64_t kOutOfUse = 30 * kDay;

Severity Less(Severity severity) {
  return severity == Severity::kError ? Severity::kWarning : Severity::kInfo;
}

}  // namespace

KeyContext::KeyContext(const DomainKeys& domain, const KeyDirectory& directory)
    : domain_(domain), directory_(directory) {
  for (const SelectorKeys& selector : domain.selectors) {
    TakeLast(UseOf(selector).last_mail_at, &last_mail_);
    const ProviderMatch match =
        audit::ProviderOf(selector.selector, ChainOf(selector));
    is_microsoft_ |= match.Is(kMicrosoft) && match.sure;
  }
}

ProviderMatch KeyContext::ProviderOf(const SelectorKeys& selector) const {
  ProviderMatch match = audit::ProviderOf(selector.selector, ChainOf(selector));
  if (match.provider == nullptr || match.sure) return match;
  for (const SelectorKeys& other : domain_.selectors) {
    match.sure |= LeadsTo(*match.provider, ChainOf(other));
  }
  return match;
}

bool KeyContext::InUse(const SelectorKeys& selector) const {
  const std::optional<int64_t> last = UseOf(selector).last_mail_at;
  return !last || InUse(selector, *last);
}

bool KeyContext::InUse(const SelectorKeys& selector, int64_t last) const {
  const dkim::KeyAnswer* answer = selector.answer.get();
  const int64_t now = answer != nullptr && answer->answered_at > 0
                          ? answer->answered_at
                          : last_mail_.value_or(last);
  return now - kOutOfUse <= last;
}

KeyFinding* KeyContext::Put(KeyFault fault, Severity severity,
                            const SelectorKeys& selector, std::string detail) {
  if (!MaySay(fault, selector)) return nullptr;
  const ProviderMatch match = ProviderOf(selector);
  const std::string name =
      Concat(selector.selector, "._domainkey.", domain_.domain);
  KeyFinding& made = findings_.emplace_back();
  made.fault = fault;
  made.severity = severity;
  made.domain = domain_.domain;
  made.selector = selector.selector;
  if (match.provider != nullptr && match.sure) {
    made.provider = match.provider->name;
  }
  made.witness = WitnessText(fault, selector);
  const bool both = !detail.empty() && !made.witness.empty();
  made.detail = Concat(detail, both ? " " : "", made.witness);
  made.fix = KeyFix(fault, severity, match, name);
  if (GroundOf(fault) == Ground::kRecord &&
      WitnessOf(selector) != Witness::kDns) {
    made.fix = Concat("DNS has not been asked. If it says so too: ", made.fix);
  }
  return &made;
}

void KeyContext::AddAsIs(KeyFault fault, Severity severity,
                         const SelectorKeys& selector, std::string detail) {
  KeyFinding* made = Put(fault, severity, selector, std::move(detail));
  if (made == nullptr) return;
  const SelectorUse use = UseOf(selector);
  made->messages = use.messages;
  made->first_mail_at = use.first_mail_at;
  made->last_mail_at = use.last_mail_at;
  made->example = use.example.place;
}

void KeyContext::Add(KeyFault fault, Severity severity,
                     const SelectorKeys& selector, std::string detail) {
  AddAsIs(fault, InUse(selector) ? severity : Less(severity), selector,
          std::move(detail));
}

void KeyContext::Add(KeyFault fault, Severity severity,
                     const SelectorKeys& selector, const KeyUseTally& use,
                     std::string detail) {
  KeyFinding* made = Put(fault, InUse(selector) ? severity : Less(severity),
                         selector, std::move(detail));
  if (made == nullptr) return;
  made->messages = use.messages;
  made->first_mail_at = use.first_at;
  made->last_mail_at = use.last_at;
  made->example = use.example.place;
}

void KeyContext::AddOfDomain(KeyFault fault, Severity severity,
                             std::string detail) {
  KeyFinding& made = findings_.emplace_back();
  made.fault = fault;
  made.severity = severity;
  made.domain = domain_.domain;
  made.detail = std::move(detail);
  made.fix = KeyFix(fault, severity, {},
                    fault == KeyFault::kWildcard
                        ? Concat("_domainkey.", domain_.domain)
                        : domain_.domain);
  Example example;
  for (const SelectorKeys& selector : domain_.selectors) {
    const SelectorUse use = UseOf(selector);
    made.messages += use.messages;
    TakeFirst(use.first_mail_at, &made.first_mail_at);
    TakeLast(use.last_mail_at, &made.last_mail_at);
    example.Merge(use.example);
  }
  made.example = example.place;
}

std::string DateOf(int64_t seconds) {
  constexpr size_t kDateOctets = 10;
  return mail::FormatTime(seconds).substr(0, kDateOctets);
}

std::string Days(int64_t seconds) {
  const int64_t days = seconds / kDay;
  return Concat(days, days == 1 ? " day" : " days");
}

}  // namespace mailassay::audit
