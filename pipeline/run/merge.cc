#include "pipeline/run/merge.h"

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/keys/answer.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/console.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/identity.h"
#include "pipeline/run/output_dir.h"
#include "pipeline/run/session.h"
#include "pipeline/run/shard_text.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/run/stored_options.h"

namespace mailassay::run {
namespace {

using store::AuditStore;

struct Shard {
  std::string dir;
  std::unique_ptr<AuditStore> store;
};

absl::Status Bad(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

std::string ShardOf(const AuditStore& store) {
  const auto found = store.settings().find(std::string(kShardSetting));
  return found == store.settings().end() ? std::string() : found->second;
}

// In the order of the archive; each shard of the division once.
absl::StatusOr<std::vector<Shard>> OpenShards(
    const std::vector<std::string>& audits) {
  std::map<uint32_t, Shard> shards;
  uint32_t count = 0;
  for (const std::string& dir : audits) {
    auto store = OpenFinished(dir);
    if (!store.ok()) return store.status();
    const std::string text = ShardOf(**store);
    const auto shard = ParseShard(text);
    if (!shard) {
      return Bad(Concat(SafeText(dir), ": is no shard (--shard I/N)"));
    }
    if (count != 0 && shard->count != count) {
      return Bad(Concat(SafeText(dir), ": is shard ", text, ", where ",
                        SafeText(shards.begin()->second.dir), " is one of ",
                        count));
    }
    count = shard->count;
    auto [place, fresh] = shards.try_emplace(shard->index);
    if (!fresh) {
      return Bad(Concat(SafeText(dir), ": is shard ", text, ", and so is ",
                        SafeText(place->second.dir)));
    }
    place->second = {dir, *std::move(store)};
  }
  for (uint32_t i = 1; i <= count; ++i) {
    if (!shards.contains(i)) {
      return Bad(Concat("shard ", i, "/", count, " is missing"));
    }
  }
  std::vector<Shard> ordered;
  for (auto& [index, shard] : shards) ordered.push_back(std::move(shard));
  return ordered;
}

absl::Status CheckOneDivision(const std::vector<Shard>& shards) {
  const auto identity = [](const Shard& shard) {
    store::Settings settings = shard.store->settings();
    settings.erase(std::string(kShardSetting));
    return settings;
  };
  for (const Shard& shard : shards) {
    absl::Status same = CheckSame(identity(shards.front()), identity(shard));
    if (same.ok()) continue;
    return Bad(Concat(SafeText(shard.dir), ": is of another audit than ",
                      SafeText(shards.front().dir), ": ",
                      std::string(same.message())));
  }
  return absl::OkStatus();
}

// What the shards know of each name, together.
absl::StatusOr<std::vector<dkim::KeyAnswer>> MergeAnswers(
    const std::vector<Shard>& shards) {
  std::vector<dkim::KeyAnswer> merged;
  absl::flat_hash_map<std::string, size_t> index;
  for (const Shard& shard : shards) {
    auto answers = StoredAnswers(*shard.store);
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

// Offline, what DNS had answered came in a key file.
size_t NamesAsked(const store::Settings& settings,
                  const std::vector<dkim::KeyAnswer>& answers) {
  const auto offline = settings.find("option --offline");
  const bool asked = offline == settings.end() || offline->second != "yes";
  return asked ? CountAsked(answers) : 0;
}

audit::RunFacts AddUp(const std::vector<Shard>& shards, size_t names_asked) {
  audit::RunFacts facts = FactsOf(shards.front().store->settings());
  facts.input_bytes = 0;
  facts.total_bytes = 0;
  for (const Shard& shard : shards) {
    const audit::RunFacts part = FactsOf(shard.store->settings());
    facts.input_bytes += part.input_bytes;
    facts.total_bytes += part.total_bytes;
    facts.partial |= part.partial;
  }
  facts.names_asked = names_asked;
  return facts;
}

}  // namespace

int Merge(const std::vector<std::string>& audits, const Options& base) {
  Console console(base.quiet);
  const auto refuse = [&](const absl::Status& status) {
    console.Say(std::string(status.message()));
    return StoreFaultCode(status);
  };
  auto shards = OpenShards(audits);
  if (!shards.ok()) return refuse(shards.status());
  if (absl::Status one = CheckOneDivision(*shards); !one.ok()) {
    return refuse(one);
  }
  for (const Shard& shard : *shards) {
    absl::Status rule = CheckDuplicateRule(shard.store->settings(), base);
    if (!rule.ok()) return refuse(rule);
  }
  auto answers = MergeAnswers(*shards);
  if (!answers.ok()) return refuse(answers.status());
  absl::Status prepared = PrepareOutputDir(base.out_dir, base.existing, audits);
  if (!prepared.ok()) return refuse(prepared);

  store::Settings identity = shards->front().store->settings();
  identity.erase(std::string(kShardSetting));
  Session session(WithStored(identity, base));
  DescribeJudging(session.options(), &identity);
  keys::KeyStore keys(nullptr);
  const size_t asked = NamesAsked(identity, *answers);
  keys.Restore(*std::move(answers));
  std::vector<AuditStore*> stores;
  for (const Shard& shard : *shards) stores.push_back(shard.store.get());
  session.ConcludeStores(stores, keys, /*keeps=*/true);
  session.AddAggregates();

  audit::RunFacts facts = AddUp(*shards, asked);
  CompleteFacts(session, &facts);
  for (const auto& [name, value] : DescribeRun(facts, {})) identity.erase(name);
  identity[std::string(kMergedSetting)] = std::to_string(shards->size());
  identity["program"] = Concat("mailassay ", base.version);
  session.Publish(facts, RunSettingsOf(identity), identity, keys, nullptr);
  session.PrintOutcome(facts, std::nullopt);
  return session.OutcomeCode(!session.failed());
}

}  // namespace mailassay::run
