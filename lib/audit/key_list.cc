#include "lib/audit/key_list.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

// All keys of one name.
struct NeededKey {
  std::string domain, selector;
  uint64_t signatures = 0;
  bool missing = false;
  std::optional<int64_t> first, last;
  std::set<std::string> known;
  Example example;

  void Add(const KeyTally& tally);
};

void NeededKey::Add(const KeyTally& tally) {
  const bool usable = !tally.type.empty() && tally.source != dkim::kRecovered;
  signatures += tally.count;
  missing = missing || !usable || tally.MessagesOf(KeyUse::kWrongKey) > 0;
  known.insert(tally.source == dkim::kRecovered ? "recovered" : tally.status);
  if (tally.first_mail_at) {
    first = std::min(first.value_or(INT64_MAX), *tally.first_mail_at);
  }
  if (tally.last_mail_at) {
    last = std::max(last.value_or(INT64_MIN), *tally.last_mail_at);
  }
  example.Merge(tally.example);
}

std::string TimeOrDash(const std::optional<int64_t>& time) {
  return time ? mail::FormatTime(*time) : "-";
}

// Calls `visit` with each name.  The tallies of a name are neighbours.
void ForEachName(Ledger& ledger,
                 const std::function<void(const NeededKey&)>& visit) {
  std::optional<NeededKey> name;
  ledger.keys().ForEach([&](std::string_view key, const KeyTally& tally) {
    const size_t domain = key.find('\0');
    const size_t selector = key.find('\0', domain + 1);
    const std::string_view d = key.substr(0, domain);
    const std::string_view s = key.substr(domain + 1, selector - domain - 1);
    if (!name || name->domain != d || name->selector != s) {
      if (name) visit(*name);
      name.emplace();
      name->domain = d;
      name->selector = s;
    }
    name->Add(tally);
  });
  if (name) visit(*name);
}

}  // namespace

void WriteKeyList(Ledger& ledger,
                  const std::function<void(std::string_view)>& write) {
  write("#name\tsignatures\tfirst\tlast\tknown\texample\n");
  ForEachName(ledger, [&write](const NeededKey& name) {
    std::string known;
    for (const std::string& word : name.known) {
      known += Concat(known.empty() ? "" : ",", word);
    }
    write(Concat(name.selector, "._domainkey.", name.domain, "\t",
                 name.signatures, "\t", TimeOrDash(name.first), "\t",
                 TimeOrDash(name.last), "\t", known, "\t",
                 SafeText(name.example.place), "\n"));
  });
}

void WriteMissingKeys(Ledger& ledger,
                      const std::function<void(std::string_view)>& write) {
  ForEachName(ledger, [&write](const NeededKey& name) {
    if (name.missing) {
      write(Concat(name.domain, "\t", name.selector, "\n"));
    }
  });
}

}  // namespace mailassay::audit
