#include "lib/audit/domain_keys.h"

namespace mailassay::audit {
SelectorUse UseOf(const SelectorKeys& selector) {
  SelectorUse use;
  for (const KeyTally& key : selector.keys) {
    use.messages += key.messages;
    use.pass += key.pass;
    TakeFirst(key.first_mail_at, &use.first_mail_at);
    TakeLast(key.last_mail_at, &use.last_mail_at);
    TakeFirst(key.first_pass_at, &use.first_pass_at);
    TakeLast(key.last_pass_at, &use.last_pass_at);
    use.example.Merge(key.example);
  }
  return use;
}

KeyUseTally UseOf(const SelectorKeys& selector, KeyUse use) {
  KeyUseTally sum;
  sum.use = use;
  for (const KeyTally& key : selector.keys) {
    if (const KeyUseTally* found = key.Find(use)) sum.Merge(*found);
  }
  return sum;
}

namespace {

template <typename Fits>
std::vector<const dkim::KeyRecord*> RecordsOf(const SelectorKeys& selector,
                                              const Fits& fits) {
  std::vector<const dkim::KeyRecord*> records;
  const dkim::KeyAnswer* answer = selector.answer.get();
  if (answer == nullptr || answer->status != dkim::KeyStatus::kFound) {
    return records;
  }
  for (size_t i = 0; i < answer->records.size(); ++i) {
    const dkim::KeyOrigin& origin = answer->origins[i];
    if (!origin.earlier && fits(origin)) records.push_back(&answer->records[i]);
  }
  return records;
}

}  // namespace

std::vector<const dkim::KeyRecord*> GivenRecords(const SelectorKeys& selector) {
  return RecordsOf(selector, [](const dkim::KeyOrigin&) { return true; });
}

std::vector<const dkim::KeyRecord*> LiveRecords(const SelectorKeys& selector) {
  return RecordsOf(selector, [](const dkim::KeyOrigin& origin) {
    return origin.source == dkim::kFromDns;
  });
}

const dkim::KeyRecord* LiveKey(const SelectorKeys& selector) {
  for (const dkim::KeyRecord* record : LiveRecords(selector)) {
    if (record->key != nullptr) return record;
  }
  return nullptr;
}

bool IsAbsent(const SelectorKeys& selector) {
  if (selector.answer == nullptr) return false;
  switch (selector.answer->status) {
    case dkim::KeyStatus::kNxDomain:
    case dkim::KeyStatus::kNoData:
      return true;
    default:
      return false;
  }
}

std::span<const std::string> ChainOf(const SelectorKeys& selector) {
  if (selector.answer == nullptr) return {};
  return selector.answer->cname_chain;
}

}  // namespace mailassay::audit
