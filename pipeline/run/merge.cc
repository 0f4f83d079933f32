#include "pipeline/run/merge.h"

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/console.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/identity.h"
#include "pipeline/run/join.h"
#include "pipeline/run/output_dir.h"
#include "pipeline/run/shard_text.h"
#include "pipeline/run/stored_audit.h"
#include "pipeline/run/stored_options.h"

namespace mailassay::run {
namespace {

using store::AuditStore;
using store::Settings;

struct Part {
  std::string dir;
  std::unique_ptr<AuditStore> store;
  std::optional<source::Shard> shard;  // nullopt: an audit of its own
};

absl::Status Bad(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

absl::StatusOr<Part> OpenPart(const std::string& dir) {
  auto store = OpenFinished(dir);
  if (!store.ok()) return store.status();
  Part part = {.dir = dir, .store = *std::move(store), .shard = {}};
  const Settings& settings = part.store->settings();
  const auto shard = settings.find(std::string(kShardSetting));
  if (shard == settings.end()) return part;
  part.shard = ParseShard(shard->second);
  if (part.shard) return part;
  return absl::DataLossError(
      Concat(SafeText(part.store->path()), ": says not which shard it is"));
}

// As named: all shards, or none.
absl::StatusOr<std::vector<Part>> OpenParts(
    const std::vector<std::string>& audits) {
  std::vector<Part> parts;
  for (const std::string& dir : audits) {
    auto part = OpenPart(dir);
    if (!part.ok()) return part.status();
    parts.push_back(*std::move(part));
    if (parts.front().shard.has_value() == parts.back().shard.has_value()) {
      continue;
    }
    const bool first = !parts.front().shard;
    return Bad(Concat(SafeText((first ? parts.front() : parts.back()).dir),
                      ": is no shard (--shard I/N), where ",
                      SafeText((first ? parts.back() : parts.front()).dir),
                      " is one"));
  }
  return parts;
}

// In the order of the archive; each shard of the division once.
absl::StatusOr<std::vector<Part>> InOrder(std::vector<Part> parts) {
  std::map<uint32_t, Part> shards;
  const uint32_t count = parts.front().shard->count;
  for (Part& part : parts) {
    const std::string text = FormatShard(*part.shard);
    if (part.shard->count != count) {
      return Bad(Concat(SafeText(part.dir), ": is shard ", text, ", where ",
                        SafeText(shards.begin()->second.dir), " is one of ",
                        count));
    }
    auto [place, fresh] = shards.try_emplace(part.shard->index);
    if (!fresh) {
      return Bad(Concat(SafeText(part.dir), ": is shard ", text, ", and so is ",
                        SafeText(place->second.dir)));
    }
    place->second = std::move(part);
  }
  for (uint32_t i = 1; i <= count; ++i) {
    if (!shards.contains(i)) {
      return Bad(Concat("shard ", i, "/", count, " is missing"));
    }
  }
  std::vector<Part> ordered;
  for (auto& [index, shard] : shards) ordered.push_back(std::move(shard));
  return ordered;
}

// As the single run would be, whose audit the shards are to make: what one
// version finds in mail need not be what another does.
absl::Status CheckOneVersion(const std::vector<Part>& shards) {
  const Part& first = shards.front();
  const std::string program = ProgramOf(first.store->settings());
  for (const Part& shard : shards) {
    const std::string other = ProgramOf(shard.store->settings());
    if (other == program) continue;
    return Bad(Concat(SafeText(shard.dir), ": was made by ", SafeText(other),
                      ", where ", SafeText(first.dir), " was made by ",
                      SafeText(program), "; all shards need the same"));
  }
  return absl::OkStatus();
}

absl::Status CheckOneDivision(const std::vector<Part>& shards) {
  const auto identity = [](const Part& shard) {
    Settings settings = shard.store->settings();
    settings.erase(std::string(kShardSetting));
    return settings;
  };
  for (const Part& shard : shards) {
    absl::Status same = CheckSame(identity(shards.front()), identity(shard));
    if (same.ok()) continue;
    return Bad(Concat(SafeText(shard.dir), ": is of another audit than ",
                      SafeText(shards.front().dir), ": ",
                      std::string(same.message())));
  }
  return CheckOneVersion(shards);
}

// Read by the same rules, and nothing twice.
absl::Status CheckApart(const std::vector<Part>& audits) {
  std::map<std::string, std::string> holders;  // of inputs
  for (const Part& audit : audits) {
    const Settings& settings = audit.store->settings();
    absl::Status same =
        CheckSameRules(audits.front().store->settings(), settings);
    if (!same.ok()) {
      return Bad(Concat(SafeText(audit.dir), ": was made by other rules than ",
                        SafeText(audits.front().dir), ": ",
                        std::string(same.message())));
    }
    for (const auto& [path, state] : InputStates(settings)) {
      const auto [holder, fresh] =
          holders.try_emplace(path + '\0' + state, audit.dir);
      if (fresh) continue;
      return Bad(Concat(SafeText(audit.dir), ": holds ", SafeText(path),
                        ", and so does ", SafeText(holder->second)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

int Merge(const std::vector<std::string>& audits, const Options& base) {
  Console console(base.quiet);
  const auto refuse = [&](const absl::Status& status) {
    console.Say(std::string(status.message()));
    return StoreFaultCode(status);
  };
  auto parts = OpenParts(audits);
  const bool apart = parts.ok() && !parts->front().shard;
  if (parts.ok() && !apart) parts = InOrder(*std::move(parts));
  if (!parts.ok()) return refuse(parts.status());
  absl::Status fit = apart ? CheckApart(*parts) : CheckOneDivision(*parts);
  if (!fit.ok()) return refuse(fit);
  Joining joining = {.stores = {}, .apart = apart, .identity = {}, .facts = {}};
  for (const Part& part : *parts) {
    absl::Status rule = CheckDuplicateRule(part.store->settings(), base);
    if (!rule.ok()) return refuse(rule);
    joining.stores.push_back(part.store.get());
  }
  absl::Status prepared = PrepareOutputDir(base.out_dir, base.existing, audits);
  if (!prepared.ok()) return refuse(prepared);
  joining.identity = apart ? JoinIdentities(joining.stores)
                           : joining.stores.front()->settings();
  if (apart) {
    SetCommand(base.arguments, &joining.identity);
  } else {
    joining.identity.erase(std::string(kShardSetting));
    joining.identity[std::string(kMergedSetting)] =
        std::to_string(parts->size());
  }
  joining.facts = JoinFacts(joining.stores);
  return Join(std::move(joining), base);
}

}  // namespace mailassay::run
