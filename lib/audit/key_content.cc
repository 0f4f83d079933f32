// Findings of the records at a name, and of the keys in them.
#include <algorithm>
#include <string>
#include <vector>

#include "lib/audit/key_context.h"
#include "lib/audit/key_record_faults.h"
#include "lib/audit/key_witness.h"
#include "lib/base/concat.h"

namespace mailassay::audit {
namespace {

using dkim::KeyRecord;
using Records = std::vector<const KeyRecord*>;

void FindRevoked(const SelectorKeys& selector, KeyContext* context) {
  const bool signs = !selector.keys.empty() && context->InUse(selector);
  const bool is_known = WitnessOf(selector) == Witness::kDns;
  context->AddAsIs(KeyFault::kRevoked,
                   signs ? Severity::kError : Severity::kInfo, selector,
                   signs      ? is_known ? "and mail is still signed with it"
                                         : "and mail is signed with it"
                   : is_known ? "retired"
                              : "");
}

// Finds what is wrong with the texts of the records that DNS publishes, or that
// a key file has. Faults in how a key file writes its texts are not found here:
// they are told when the file is read.
void FindInTexts(const Records& live, const SelectorKeys& selector,
                 KeyContext* context) {
  const auto keys = static_cast<size_t>(std::ranges::count_if(
      live, [](const KeyRecord* record) { return record->key != nullptr; }));
  if (live.size() > 1) {
    context->Add(
        KeyFault::kSeveralRecords,
        keys == 0 ? Severity::kError : Severity::kWarning, selector,
        Concat(live.size(), " records, ", keys, " of them with a key"));
  }
  bool revoked = false;
  for (const KeyRecord* record : live) {
    revoked |= record->defect == dkim::Reason::kRevoked;
    // Beside a key the others are named already.
    if (keys > 0 && record->key == nullptr) continue;
    for (RecordFault& fault : RecordFaultsOf(*record)) {
      context->Add(fault.fault, fault.severity, selector,
                   std::move(fault.detail));
    }
  }
  if (revoked && keys == 0) FindRevoked(selector, context);
}

void FindDisclosed(const SelectorKeys& selector, KeyContext* context) {
  const dkim::KeyAnswer& answer = *selector.answer;
  for (size_t i = 0; i < answer.records.size(); ++i) {
    const dkim::KeyOrigin& origin = answer.origins[i];
    if (!origin.disclosed || origin.earlier ||
        answer.records[i].key == nullptr) {
      continue;
    }
    return context->AddAsIs(KeyFault::kDisclosed, Severity::kError, selector,
                            "anybody can sign with it");
  }
}

// Of the same key and of others.
void FindKin(const SelectorKeys& selector, KeyContext* context) {
  const std::string name =
      Concat(selector.selector, "._domainkey.", context->domain().domain);
  std::vector<Digest> seen;  // one key may stand in several records
  for (const KeyRecord& record : selector.answer->records) {
    if (record.key == nullptr) continue;
    if (std::ranges::count(seen, record.key->id()) > 0) continue;
    seen.push_back(record.key->id());
    const KeyDirectory::Entry* entry =
        context->directory().Find(record.key->id());
    if (entry == nullptr) continue;
    if (!entry->shares_factor_with.empty()) {
      context->AddAsIs(KeyFault::kSharedFactor, Severity::kError, selector,
                       Concat("with the key of ", entry->shares_factor_with));
    }
    if (entry->places < 2 || entry->names.front() != name) continue;
    std::string others;
    for (size_t i = 1; i < entry->names.size(); ++i) {
      others += Concat(others.empty() ? "also " : ", ", entry->names[i]);
    }
    const uint64_t more = entry->places - entry->names.size();
    context->AddAsIs(
        KeyFault::kSameKey,
        entry->one_domain ? Severity::kWarning : Severity::kInfo, selector,
        more > 0 ? Concat(others, " and ", more, " more") : others);
  }
}

// The sources that saw the record published were told when they first did.
void FindSignedBefore(const SelectorKeys& selector, KeyContext* context) {
  constexpr int64_t kSpread = 2 * kDay;
  const dkim::KeyAnswer& answer = *selector.answer;
  const SelectorUse use = UseOf(selector);
  int64_t first = INT64_MAX;
  std::string by;
  for (const dkim::KeyOrigin& origin : answer.origins) {
    if (!dkim::IsPublished(origin)) continue;
    // DNS was asked when it was asked: that is no date of publishing.
    if (origin.first_seen == 0 || origin.source == dkim::kFromDns) return;
    if (origin.first_seen >= first) continue;
    first = origin.first_seen;
    by = FileOf(origin.source);
  }
  if (first == INT64_MAX || !use.first_mail_at ||
      *use.first_mail_at + kSpread >= first) {
    return;
  }
  const bool passes = use.first_pass_at && *use.first_pass_at < first;
  context->Add(KeyFault::kSignedBefore,
               passes ? Severity::kInfo : Severity::kWarning, selector,
               Concat("first seen ", DateOf(first), by.empty() ? "" : " by ",
                      by, ", first mail ", DateOf(*use.first_mail_at)));
}

}  // namespace

void FindInRecords(const SelectorKeys& selector, KeyContext* context) {
  if (selector.answer == nullptr) return;
  if (selector.answer->status == dkim::KeyStatus::kTxtLimit) {
    context->Add(KeyFault::kSeveralRecords, Severity::kError, selector,
                 "more than 32 records");
  }
  Records records = LiveRecords(selector);
  if (records.empty()) records = GivenRecords(selector);
  if (JoinToKey(records)) {
    context->Add(KeyFault::kTxtSplit, Severity::kError, selector,
                 Concat(records.size(), " records that joined are one key"));
  } else if (!records.empty()) {
    FindInTexts(records, selector, context);
  }
  FindDisclosed(selector, context);
  FindKin(selector, context);
  FindSignedBefore(selector, context);
}

}  // namespace mailassay::audit
