#include "pipeline/run/key_sources.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/read_keys.h"
#include "pipeline/run/signals.h"

namespace mailassay::run {
namespace {

using std::chrono::milliseconds;

// Waits for DNS at the end of the run: so long beyond what the rate limit
// explains.
constexpr milliseconds kDnsWait{85'000};
constexpr milliseconds kDnsRetryWait{30'000};
// What a resolver that may be asked at any rate is trusted with.
constexpr size_t kNamesPerSecond = 500;

milliseconds TimeFor(size_t names, int per_second) {
  const size_t rate =
      per_second > 0 ? static_cast<size_t>(per_second) : kNamesPerSecond;
  return milliseconds(names * 1000 / rate);
}

// The organizational domain behind "._domainkey.", so that subdomains don't
// multiply what one owner's servers are asked for; of a public suffix, itself.
std::string_view ZoneOf(const dmarc::PublicSuffixList& suffixes,
                        std::string_view name) {
  constexpr std::string_view kBelow = "._domainkey.";
  const size_t at = name.find(kBelow);
  const std::string_view domain =
      at == name.npos ? name : name.substr(at + kBelow.size());
  const std::string_view zone = suffixes.OrganizationalDomain(domain);
  return zone.empty() ? domain : zone;
}

}  // namespace

absl::Status KeySources::Open(const Options& options,
                              const dmarc::PublicSuffixList& suffixes,
                              Console& console) {
  const keys::ZoneOf zone_of = [&suffixes](std::string_view name) {
    return ZoneOf(suffixes, name);
  };
  if (!options.offline) {
    keys::ResolverOptions about = options.resolver;
    about.zone_of = zone_of;
    about.notice = [&console](std::string_view text) { console.Say(text); };
    auto resolver = keys::MakeUnboundResolver(about);
    if (!resolver.ok()) return resolver.status();
    resolver_ = *std::move(resolver);
  }
  keys_ = std::make_unique<keys::KeyStore>(resolver_.get());
  keys_->LimitZones(options.most_of_zone, zone_of);
  if (absl::Status opened = OpenHistory(options); !opened.ok()) return opened;
  if (absl::Status read = Import(options, console); !read.ok()) return read;
  if (resolver_ == nullptr) return absl::OkStatus();
  const std::string rate =
      options.resolver.per_second == 0
          ? "without a rate limit"
          : Concat("at most ", options.resolver.per_second, " names a second");
  console.Note(Concat("keys: asking ", keys::DescribeServers(options.resolver),
                      ", ", rate,
                      options.only_keys ? "" : "; --offline asks no one"));
  return absl::OkStatus();
}

absl::Status KeySources::OpenHistory(const Options& options) {
  if (options.key_history.empty()) return absl::OkStatus();
  using Access = store::KeyHistory::Access;
  may_add_ = options.shard.count <= 1;
  auto history = store::KeyHistory::Open(
      options.key_history, may_add_ ? Access::kAdd : Access::kRead);
  if (!history.ok()) return history.status();
  history_ = *std::move(history);
  keys_->Remember([this](const std::string& name) {
    auto known = history_->Find(name);
    if (known.ok()) return *std::move(known);
    status_ = known.status();
    return dkim::KeyAnswer();
  });
  return absl::OkStatus();
}

namespace {

constexpr size_t kFileBits = 64;

}  // namespace

absl::Status KeySources::Import(const Options& options, Console& console) {
  for (size_t i = 0; i < options.key_files.size(); ++i) {
    const std::string& path = options.key_files[i];
    auto file = ReadKeys(path, options.strict_keys, console, &notes_);
    if (!file.ok()) return file.status();
    if (options.only_keys) {
      std::erase_if(*file, [](const dkim::KeyAnswer& answer) {
        return dkim::IsTemporary(answer.status) ||
               answer.status == dkim::KeyStatus::kZoneLimit;
      });
    }
    const uint64_t bit = uint64_t{1} << std::min(i, kFileBits - 1);
    for (const dkim::KeyAnswer& answer : *file) {
      if (answer.status != dkim::KeyStatus::kNotAsked) {
        imported_[answer.name] |= bit;
      }
    }
    keys_->Import(*std::move(file));
  }
  return absl::OkStatus();
}

void KeySources::SayUnused(const Options& options, Console& console) const {
  uint64_t used = 0, filled = 0;
  for (const auto& [name, files] : imported_) filled |= files;
  if (filled == 0) return;
  keys_->ForEachUsed([&](const keys::KeyStore::Answer& answer) {
    const auto found = imported_.find(answer->name);
    if (found != imported_.end()) used |= found->second;
  });
  for (size_t i = 0; i < std::min(options.key_files.size(), kFileBits); ++i) {
    if ((filled & ~used) >> i & 1) {
      console.Note(Concat(SafeText(options.key_files[i]),
                          ": none of its names is that of a signature"));
    }
  }
}

namespace {

absl::Status AddProofs(audit::Ledger& ledger,
                       store::KeyHistory::Adding& adding) {
  absl::Status status;
  ledger.keys().ForEach([&](std::string_view key,
                            const audit::KeyTally& tally) {
    if (!tally.first_proved_at || !status.ok()) return;
    const audit::KeyTallyParts parts = audit::PartsOfKeyTally(key);
    status = adding.Prove(Concat(parts.selector, "._domainkey.", parts.domain),
                          tally.record, *tally.first_proved_at,
                          *tally.last_proved_at);
  });
  return status;
}

}  // namespace

absl::Status KeySources::Remember(audit::Ledger& ledger) {
  if (history_ == nullptr || !may_add_) return absl::OkStatus();
  auto adding = history_->Begin();
  if (!adding.ok()) return adding.status();
  absl::Status added;
  keys_->ForEachUsed([&](const keys::KeyStore::Answer& answer) {
    if (added.ok()) added = adding->Add(*answer);
  });
  if (!added.ok()) return added;
  if (absl::Status proved = AddProofs(ledger, *adding); !proved.ok()) {
    return proved;
  }
  return adding->Commit();
}

void KeySources::Await(const keys::ResolverOptions& resolver) {
  const auto tick = [] { return Signals::Stopping() == 0; };
  const int rate = resolver.per_second;
  keys_->AwaitAll(kDnsWait + TimeFor(keys_->open(), rate), tick);
  keys_->RetryFailures(kDnsRetryWait + TimeFor(keys_->failed(), rate), tick);
}

keys::Cnames KeySources::CnamesOf(const std::vector<std::string>& names,
                                  const keys::ResolverOptions& resolver) {
  if (resolver_ == nullptr || names.empty()) return {};
  const auto tick = [] { return Signals::Stopping() == 0; };
  return keys::CnamesOf(names, *resolver_,
                        kDnsWait + TimeFor(names.size(), resolver.per_second),
                        tick);
}

absl::Status KeySources::Save(OutputFile& file) const {
  absl::Status written;
  keys_->ForEachUsed([&](const keys::KeyStore::Answer& answer) {
    if (written.ok()) written = file.Write(keys::FormatKeyLine(*answer));
  });
  return written.ok() ? file.Commit() : written;
}

absl::Status KeySources::SaveAsAsked(const Options& options) const {
  if (options.keys_out.empty()) return absl::OkStatus();
  auto file = OutputFile::Create(options.keys_out);
  return file.ok() ? Save(**file) : file.status();
}

std::string KeySources::Describe(const Options& options) {
  const size_t files = options.key_files.size();
  std::string text;
  const auto append = [&text](std::string_view between, std::string_view more) {
    text += Concat(text.empty() ? "" : between, more);
  };
  if (files > 0) {
    append("", Concat(files, files == 1 ? " key file" : " key files"));
  }
  if (!options.key_history.empty()) {
    append(", ", Concat("key history ", SafeText(options.key_history)));
  }
  if (!options.offline) {
    append(", then ", keys::DescribeServers(options.resolver));
  } else if (text.empty()) {
    text = "none: offline, no key file";
  } else {
    text += ", offline";
  }
  return text;
}

std::vector<std::string> KeySources::Names(const Options& options) {
  std::vector<std::string> names;
  for (const std::string& path : options.key_files) {
    names.push_back(Concat(kFileSource, path));
  }
  if (!options.key_history.empty()) {
    names.push_back(Concat("history ", options.key_history));
  }
  if (!options.offline) {
    names.push_back(keys::DescribeServers(options.resolver));
  }
  return names;
}

}  // namespace mailassay::run
