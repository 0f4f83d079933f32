#include "pipeline/run/key_sources.h"

#include <chrono>
#include <vector>

#include "lib/base/concat.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/signals.h"

namespace mailassay::run {
namespace {

// A wait for DNS at the end of the run: this long beyond what the rate limit
// explains.
constexpr std::chrono::milliseconds kDnsWait{120'000};
constexpr std::chrono::milliseconds kDnsRetryWait{30'000};

}  // namespace

absl::Status KeySources::Open(const Options& options, Console& console) {
  if (!options.offline) {
    auto resolver = keys::MakeUnboundResolver(options.resolver);
    if (!resolver.ok()) return resolver.status();
    resolver_ = *std::move(resolver);
  }
  keys_ = std::make_unique<keys::KeyStore>(resolver_.get());
  for (const std::string& path : options.key_files) {
    auto answers = keys::ReadKeyFile(path);
    if (!answers.ok()) return answers.status();
    if (options.only_keys) {
      std::erase_if(*answers, [](const dkim::KeyAnswer& answer) {
        return dkim::IsTemporary(answer.status);
      });
    }
    for (const dkim::KeyAnswer& answer : *answers) {
      imported_.insert(answer.name);
    }
    keys_->Import(*std::move(answers));
  }
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

void KeySources::Await(const keys::ResolverOptions& resolver) {
  const auto tick = [] { return Signals::Stopping() == 0; };
  std::chrono::milliseconds paced{0};
  if (resolver.per_second > 0) {
    paced = std::chrono::milliseconds(keys_->asked() * 1000 /
                                      static_cast<size_t>(resolver.per_second));
  }
  keys_->AwaitAll(kDnsWait + paced, tick);
  keys_->RetryFailures(kDnsRetryWait + paced, tick);
}

absl::Status KeySources::Save(OutputFile& file) const {
  for (const keys::KeyStore::Answer& answer : keys_->Used()) {
    absl::Status written = file.Write(keys::FormatKeyLine(*answer));
    if (!written.ok()) return written;
  }
  return file.Commit();
}

absl::Status KeySources::SaveAsAsked(const Options& options) const {
  if (options.keys_out.empty()) return absl::OkStatus();
  auto file = OutputFile::Create(options.keys_out);
  return file.ok() ? Save(**file) : file.status();
}

std::string KeySources::Describe(const Options& options) {
  const size_t files = options.key_files.size();
  std::string text;
  if (files > 0) {
    text = Concat(files, files == 1 ? " key file" : " key files");
  }
  if (options.offline) {
    return files > 0 ? text + ", offline" : "none: offline, no key file";
  }
  return text + (files > 0 ? ", then " : "") +
         keys::DescribeServers(options.resolver);
}

std::vector<std::string> KeySources::Names(const Options& options) {
  std::vector<std::string> names;
  for (const std::string& path : options.key_files) {
    names.push_back(Concat(kFileSource, path));
  }
  if (!options.offline) {
    names.push_back(keys::DescribeServers(options.resolver));
  }
  return names;
}

}  // namespace mailassay::run
