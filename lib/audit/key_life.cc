// Findings of how a selector signs, and of the life of keys: replaced, gone
// over to another, old, retired.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "lib/audit/key_context.h"
#include "lib/base/concat.h"

namespace mailassay::audit {
namespace {

using dkim::KeyRecord;

constexpr int64_t kYear = 365 * kDay;
constexpr int64_t kUnderWay = 7 * kDay;  // of mail, after its signing
constexpr int64_t kRetired = 90 * kDay;
constexpr int64_t kTrial = 7 * kDay;
constexpr int64_t kSideBySide = 60 * kDay;

void FindWeakWays(const SelectorKeys& selector, KeyContext* context) {
  const uint64_t messages = UseOf(selector).messages;
  const KeyUseTally sha1 = UseOf(selector, KeyUse::kSha1);
  if (sha1.messages > 0 && sha1.messages == messages) {
    context->Add(KeyFault::kSha1Only, Severity::kError, selector, sha1,
                 "all of its signatures are rsa-sha1");
  }
  const KeyUseTally lone = UseOf(selector, KeyUse::kLoneEd25519);
  if (lone.messages > 0) {
    context->Add(KeyFault::kEd25519Only, Severity::kWarning, selector, lone,
                 Concat(lone.messages, " of ", messages, " messages"));
  }
  const KeyUseTally unaligned = UseOf(selector, KeyUse::kUnaligned);
  const KeyProvider* signer = DefaultSignerOf(context->domain().domain);
  if (signer != nullptr && unaligned.messages > 0) {
    context->Add(KeyFault::kDefaultSigning, Severity::kWarning, selector,
                 unaligned,
                 Concat("DKIM of ", signer->name,
                        " is not set up for the domain in From:"));
  }
}

void FindTesting(const SelectorKeys& selector, KeyContext* context) {
  const KeyRecord* live = LiveKey(selector);
  if (live == nullptr || !live->flags.Has(dkim::Flag::kTesting)) return;
  if (selector.keys.empty()) {
    return context->Add(KeyFault::kTesting, Severity::kInfo, selector,
                        "t=y; as it should be only while it is tried out");
  }
  const KeyUseTally use = UseOf(selector, KeyUse::kTesting);
  if (!use.first_at || *use.last_at - *use.first_at <= kTrial) return;
  context->Add(KeyFault::kTesting, Severity::kWarning, selector, use,
               Concat("mail of ", Days(*use.last_at - *use.first_at)));
}

// Mail that another key made, beside that which the published one verifies: a
// single message may be damaged.
void FindOtherKey(const SelectorKeys& selector, KeyContext* context) {
  const SelectorUse use = UseOf(selector);
  const KeyUseTally wrong = UseOf(selector, KeyUse::kWrongKey);
  if (wrong.messages == 0 || (use.pass > 0 && wrong.messages < 2)) return;
  if (use.pass == 0) {
    const bool signs = context->InUse(selector);
    if (LiveKey(selector) == nullptr) return;
    if (!signs || wrong.messages == 1) {
      return context->Add(
          signs ? KeyFault::kKeyMismatch : KeyFault::kKeyReplaced,
          Severity::kInfo, selector, wrong,
          signs ? "one message, which may be damaged"
                : "the key published now made none of this mail");
    }
    return context->Add(KeyFault::kKeyMismatch, Severity::kError, selector,
                        wrong, "no signature fits the published key");
  }
  if (!wrong.last_at || !use.first_pass_at) return;
  if (*wrong.last_at < *use.first_pass_at) {
    context->AddAsIs(
        KeyFault::kKeyReplaced, Severity::kInfo, selector,
        Concat("another key until ", DateOf(*wrong.last_at), ", ",
               LiveKey(selector) != nullptr ? "that of today" : "this one",
               " since ", DateOf(*use.first_pass_at), "; ", wrong.messages,
               " messages by the old one"));
  } else if (*use.last_pass_at < *wrong.first_at) {
    context->Add(KeyFault::kKeyMismatch, Severity::kError, selector, wrong,
                 Concat("since ", DateOf(*wrong.first_at),
                        " another key signs than the published one, which "
                        "verifies mail until ",
                        DateOf(*use.last_pass_at)));
  }
}

// Is the key that made this mail among those given now?
bool IsGiven(const KeyTally& key, const SelectorKeys& selector) {
  const KeyRecord made_by = dkim::ParseKeyRecord(key.record);
  return made_by.key != nullptr &&
         std::ranges::any_of(GivenRecords(selector),
                             [&](const KeyRecord* record) {
                               return record->key != nullptr &&
                                      record->key->id() == made_by.key->id();
                             });
}

void FindReused(const SelectorKeys& selector, KeyContext* context) {
  std::vector<std::pair<int64_t, int64_t>> spans;
  size_t live = 0;
  for (const KeyTally& key : selector.keys) {
    if (key.pass == 0 || !key.first_pass_at) continue;
    spans.emplace_back(*key.first_pass_at, *key.last_pass_at);
    live += IsGiven(key, selector) ? 1 : 0;
  }
  std::ranges::sort(spans);
  const size_t keys = spans.size();
  std::string dates;
  for (const auto& [first, last] : spans) {
    dates +=
        Concat(dates.empty() ? "" : "; ", DateOf(first), " to ", DateOf(last));
  }
  constexpr size_t kDates = 240;
  if (keys < 2 || live == keys) return;  // side by side
  if (dates.size() > kDates) dates = dates.substr(0, kDates) + "...";
  context->Add(KeyFault::kSelectorReused, Severity::kWarning, selector,
               Concat(keys, " keys: ", dates));
}

void FindAge(const SelectorKeys& selector, KeyContext* context) {
  for (const KeyTally& key : selector.keys) {
    if (!key.first_pass_at || *key.last_pass_at - *key.first_pass_at < kYear) {
      continue;
    }
    if (!context->InUse(selector, *key.last_mail_at)) continue;
    context->Add(
        KeyFault::kKeyOld, Severity::kInfo, selector,
        Concat("in use for ", Days(*key.last_pass_at - *key.first_pass_at),
               "; M3AAWG advises six months"));
  }
}

// Microsoft 365 signs with one of two for months: the other is no leftover.
void FindRetired(const SelectorKeys& selector, KeyContext* context) {
  const std::optional<int64_t> last = UseOf(selector).last_mail_at;
  if (LiveKey(selector) == nullptr || !last || !context->last_mail()) return;
  if (context->ProviderOf(selector).Is(kMicrosoft)) return;
  if (*last + kRetired > *context->last_mail()) return;
  context->AddAsIs(KeyFault::kRetiredPublished, Severity::kInfo, selector,
                   Concat("last mail ", DateOf(*last), ", and the domain's ",
                          DateOf(*context->last_mail())));
}

// When DNS said that the record, known from earlier, is gone; nullopt: it has
// not said so, or it was never there.  That a watcher of others' queries saw it
// last shows when somebody asked last, and no more.
std::optional<int64_t> GoneAt(const SelectorKeys& selector) {
  const dkim::KeyAnswer& answer = *selector.answer;
  const bool was_there =
      std::ranges::any_of(answer.origins, [](const dkim::KeyOrigin& origin) {
        return origin.earlier && dkim::IsPublished(origin);
      });
  if (!was_there || answer.answered_at == 0) return std::nullopt;
  return answer.answered_at;
}

void FindRemoved(const SelectorKeys& selector, KeyContext* context) {
  if (selector.answer == nullptr || LiveKey(selector) != nullptr) return;
  if (!IsAbsent(selector) &&
      selector.answer->status != dkim::KeyStatus::kFound) {
    return;
  }
  const std::optional<int64_t> last = UseOf(selector).last_mail_at;
  if (!last) return;
  const std::optional<int64_t> gone = GoneAt(selector);
  if (!gone || *gone >= *last + kUnderWay) return;
  context->AddAsIs(
      KeyFault::kRemovedEarly, Severity::kWarning, selector,
      Concat("last mail ", DateOf(*last), "; gone within 7 days of it"));
}

// A key in use under a selector, by its passing mail.
struct Span {
  const SelectorKeys* selector;
  int64_t first, last;
};

std::vector<Span> SpansOf(const DomainKeys& domain) {
  std::vector<Span> spans;
  for (const SelectorKeys& selector : domain.selectors) {
    for (const KeyTally& key : selector.keys) {
      if (!key.first_pass_at) continue;
      spans.push_back({&selector, *key.first_pass_at, *key.last_pass_at});
    }
  }
  std::ranges::stable_sort(spans, {}, &Span::first);
  return spans;
}

// Each key that ends before the domain does goes over to that of another
// selector which begins nearest to its end, if that is in the same month.
void FindRotations(const std::vector<Span>& spans, KeyContext* context) {
  constexpr size_t kMost = 64;  // of more selectors each is made for a few
  constexpr int64_t kNear = 30 * kDay;
  if (spans.size() > kMost) return;
  const auto distance = [](const Span& from, const Span& to) {
    return to.first > from.last ? to.first - from.last : from.last - to.first;
  };
  for (const Span& from : spans) {
    if (from.last + kUnderWay > context->last_mail().value_or(from.last)) {
      continue;
    }
    const Span* best = nullptr;
    for (const Span& to : spans) {
      if (to.selector == from.selector || to.first <= from.first ||
          to.last <= from.last || distance(from, to) > kNear) {
        continue;
      }
      if (best == nullptr || distance(from, to) < distance(from, *best)) {
        best = &to;
      }
    }
    if (best == nullptr) continue;
    const bool overlap = best->first <= from.last;
    context->AddAsIs(
        KeyFault::kRotation, Severity::kInfo, *from.selector,
        Concat("to ", best->selector->selector, " on ", DateOf(best->first),
               ", ", overlap ? "overlapping by " : "after a gap of ",
               Days(distance(from, *best))));
  }
}

void FindParallel(const std::vector<Span>& spans, KeyContext* context) {
  constexpr size_t kShown = 5;
  std::vector<bool> beside(spans.size());
  for (size_t i = 0; i < spans.size(); ++i) {
    for (size_t j = i + 1; j < spans.size(); ++j) {
      if (spans[j].first + kSideBySide > spans[i].last) break;
      if (spans[j].last - spans[j].first < kSideBySide) continue;
      if (spans[j].selector == spans[i].selector) continue;
      beside[i] = beside[j] = true;
    }
  }
  size_t count = 0;
  std::string names;
  std::vector<const SelectorKeys*> seen;
  for (size_t i = 0; i < spans.size(); ++i) {
    if (!beside[i] || std::ranges::count(seen, spans[i].selector) > 0) continue;
    seen.push_back(spans[i].selector);
    if (++count <= kShown) {
      names += Concat(names.empty() ? "" : ", ", spans[i].selector->selector);
    }
  }
  if (count == 0) return;
  context->AddOfDomain(KeyFault::kParallelKeys, Severity::kInfo,
                       Concat(count, " selectors for over 60 days: ", names,
                              count > kShown ? " ..." : ""));
}

}  // namespace

void FindInUse(const SelectorKeys& selector, KeyContext* context) {
  FindTesting(selector, context);
  if (selector.keys.empty()) return;
  FindWeakWays(selector, context);
  FindOtherKey(selector, context);
  FindReused(selector, context);
  FindAge(selector, context);
  FindRetired(selector, context);
  FindRemoved(selector, context);
}

void FindInLife(KeyContext* context) {
  const std::vector<Span> spans = SpansOf(context->domain());
  FindRotations(spans, context);
  FindParallel(spans, context);
  const std::string& wildcard = context->domain().wildcard;
  if (!wildcard.empty()) {
    context->AddOfDomain(KeyFault::kWildcard, Severity::kWarning,
                         Concat("a name that nobody made has: ", wildcard));
  }
}

}  // namespace mailassay::audit
