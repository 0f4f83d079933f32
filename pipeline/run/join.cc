#include "pipeline/run/join.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "lib/base/concat.h"
#include "pipeline/keys/answer.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/identity.h"
#include "pipeline/run/session.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/run/stored_options.h"

namespace mailassay::run {
namespace {

using store::AuditStore;
using store::Settings;

// "input 000001", "input 000001 octets": by what stands behind the number.
using Entry = Settings;
constexpr std::string_view kInput = "input";

std::vector<Entry> TakeInputs(Settings* settings) {
  const std::string prefix = Concat(kInput, " ");
  std::vector<Entry> entries;
  std::string last;
  auto i = settings->lower_bound(prefix);
  while (i != settings->end() && i->first.starts_with(prefix)) {
    const size_t number = i->first.find(' ', prefix.size());
    const std::string name = i->first.substr(0, number);
    if (name != last) entries.emplace_back();
    last = name;
    entries.back()[i->first.substr(name.size())] = i->second;
    i = settings->erase(i);
  }
  return entries;
}

void PutInputs(const std::vector<Entry>& entries, Settings* settings) {
  for (size_t i = 0; i < entries.size(); ++i) {
    for (const auto& [rest, value] : entries[i]) {
      (*settings)[Numbered(kInput, i + 1) + rest] = value;
    }
  }
}

// An input is what stands under its bare name: a path.
void JoinInputs(Settings from, Settings* into) {
  std::vector<Entry> joined = TakeInputs(into);
  for (Entry& entry : TakeInputs(&from)) {
    const auto same = std::ranges::find(joined, entry[""],
                                        [](Entry& other) { return other[""]; });
    if (same == joined.end()) {
      joined.push_back(std::move(entry));
    } else {
      *same = std::move(entry);
    }
  }
  PutInputs(joined, into);
}

void AddNew(const std::vector<std::string>& from,
            std::vector<std::string>* into) {
  for (const std::string& text : from) {
    if (std::ranges::find(*into, text) == into->end()) into->push_back(text);
  }
}

// Offline, what DNS had answered came in a key file.
size_t NamesAsked(const Settings& settings,
                  const std::vector<dkim::KeyAnswer>& answers) {
  const auto offline = settings.find("option --offline");
  const bool asked = offline == settings.end() || offline->second != "yes";
  return asked ? CountAsked(answers) : 0;
}

}  // namespace

absl::StatusOr<std::vector<dkim::KeyAnswer>> JoinAnswers(
    const std::vector<AuditStore*>& stores) {
  std::vector<dkim::KeyAnswer> merged;
  absl::flat_hash_map<std::string, size_t> index;
  for (const AuditStore* store : stores) {
    auto answers = StoredAnswers(*store);
    if (!answers.ok()) return answers.status();
    for (dkim::KeyAnswer& answer : *answers) {
      const auto [place, fresh] = index.try_emplace(answer.name, merged.size());
      if (fresh) {
        merged.push_back(std::move(answer));
      } else {
        keys::Merge(std::move(answer), merged[place->second]);
      }
    }
  }
  return merged;
}

void AddKeySources(const std::vector<std::string>& more,
                   const std::vector<std::string>& more_digests,
                   Settings* identity) {
  std::vector<std::string> sources = GetList(*identity, kKeySourceSetting);
  std::vector<std::string> digests = GetList(*identity, kKeyFileSetting);
  for (size_t i = 0; i < more.size(); ++i) {
    if (i >= more_digests.size()) {
      if (!std::ranges::count(sources, more[i])) sources.push_back(more[i]);
      continue;
    }
    bool known = false;
    for (size_t k = 0; k < digests.size() && k < sources.size(); ++k) {
      known |= digests[k] == more_digests[i] && sources[k] == more[i];
    }
    if (known) continue;
    const auto behind_files = static_cast<ptrdiff_t>(digests.size());
    sources.insert(sources.begin() + behind_files, more[i]);
    digests.push_back(more_digests[i]);
  }
  PutList(kKeySourceSetting, sources, identity);
  PutList(kKeyFileSetting, digests, identity);
}

Settings JoinIdentities(const std::vector<AuditStore*>& stores) {
  Settings identity = stores.front()->settings();
  for (const AuditStore* store : stores) {
    if (store == stores.front()) continue;
    const Settings& more = store->settings();
    JoinInputs(more, &identity);
    AddKeySources(GetList(more, kKeySourceSetting),
                  GetList(more, kKeyFileSetting), &identity);
  }
  return identity;
}

audit::RunFacts JoinFacts(const std::vector<AuditStore*>& stores) {
  audit::RunFacts facts = FactsOf(stores.front()->settings());
  for (const AuditStore* store : stores) {
    if (store == stores.front()) continue;
    const audit::RunFacts more = FactsOf(store->settings());
    AddNew(more.inputs, &facts.inputs);
    AddNew(more.notes, &facts.notes);
    facts.input_bytes += more.input_bytes;
    facts.total_bytes += more.total_bytes;
    facts.partial |= more.partial;
  }
  return facts;
}

void NoteVersions(const std::vector<AuditStore*>& stores,
                  std::string_view version, audit::RunFacts* facts) {
  const std::string now = ProgramName(version);
  std::vector<std::string> programs;
  for (const AuditStore* store : stores) {
    AddNew({ProgramOf(store->settings())}, &programs);
  }
  if (programs == std::vector{now}) return;
  std::string readers;
  for (const std::string& program : programs) {
    readers += Concat(readers.empty() ? "" : " and ", program);
  }
  AddNew({Concat("read by ", readers, " and judged by ", now,
                 "; what another version finds in mail may differ")},
         &facts->notes);
}

int Join(Joining joining, const Options& options) {
  Settings& identity = joining.identity;
  Session session(WithStored(identity, options));
  auto answers = JoinAnswers(joining.stores);
  if (!answers.ok()) {
    return session.Refuse(answers.status(), StoreFaultCode(answers.status()));
  }
  audit::RunFacts& facts = joining.facts;
  facts.names_asked = NamesAsked(identity, *answers);
  NoteVersions(joining.stores, options.version, &facts);
  keys::KeyStore keys(nullptr);
  keys.Restore(*std::move(answers));
  session.ConcludeStores(joining.stores, keys, /*keeps=*/true,
                         /*earlier=*/nullptr, /*changes=*/nullptr,
                         joining.apart);
  session.AddAggregates(keys);
  CompleteFacts(session, &facts);
  TakeSuffixList(session.results().suffixes().path(), &identity);
  audit::RunSettings settings = RunSettingsOf(identity);
  settings.version = options.version;
  for (const auto& [name, value] : DescribeRun(facts, {})) identity.erase(name);
  DescribeJudging(session.options(), &identity);
  identity[std::string(kProgramSetting)] = ProgramName(options.version);
  session.Publish(facts, settings, identity, keys, joining.replaced);
  session.PrintOutcome(facts, std::nullopt);
  return session.OutcomeCode(!session.failed());
}

}  // namespace mailassay::run
