#include "pipeline/run/identity.h"

#include <array>
#include <fstream>
#include <utility>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/crypto/hash.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/sample_text.h"
#include "pipeline/run/shard_text.h"

namespace mailassay::run {
namespace {

constexpr std::string_view kOption = "option ";
constexpr std::string_view kInput = "input ";

std::string HexOf(const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t octet : digest.span()) {
    hex.push_back(kDigits[octet >> 4]);
    hex.push_back(kDigits[octet & 15]);
  }
  return hex;
}

std::string_view YesNo(bool value) { return value ? "yes" : "no"; }

std::string JudgedAt(const audit::JudgeOptions& judge) {
  const std::string_view name = audit::AtName(judge.at);
  return name.empty() ? std::to_string(judge.time) : std::string(name);
}

absl::Status Differs(const store::Settings& then, std::string_view name,
                     std::string_view was, std::string_view is) {
  const auto show = [](std::string_view value) {
    return value.empty() ? std::string("not given") : SafeText(value, 80);
  };
  // "input 000001 octets": of an input that is named as before.
  const size_t path = kInput.size() + 6;
  if (name.starts_with(kInput) && name.size() > path) {
    const auto input = then.find(std::string(name.substr(0, path)));
    const std::string file = input == then.end() ? "" : SafeText(input->second);
    return absl::FailedPreconditionError(
        Concat(file, " has changed (its", name.substr(path), " was ", show(was),
               " and is now ", show(is), ")"));
  }
  if (name.starts_with(kOption)) name.remove_prefix(kOption.size());
  return absl::FailedPreconditionError(
      Concat(name, " was ", show(was), " and is now ", show(is)));
}

}  // namespace

std::string Sha256OfFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (path.empty() || !file) return {};
  crypto::Hasher hasher(crypto::HashAlgorithm::kSha256);
  std::array<char, 1 << 16> buffer;
  while (file.read(buffer.data(), buffer.size()), file.gcount() > 0) {
    hasher.Update({buffer.data(), static_cast<size_t>(file.gcount())});
  }
  return file.bad() ? std::string() : HexOf(hasher.Finish());
}

void DescribeJudging(const Options& options, store::Settings* settings) {
  const auto set = [&](std::string_view name, std::string_view value) {
    (*settings)[Concat(kOption, name)] = value;
  };
  set("--at", JudgedAt(options.judge));
  set("--count-duplicates", YesNo(options.count_duplicates));
  set("--dedupe", audit::DuplicateRuleName(options.duplicates));
  set("--min-rsa-bits", std::to_string(options.judge.min_rsa_bits));
  settings->erase("evaluation time");
  if (options.judge.at == audit::JudgeOptions::At::kNow) {
    (*settings)["evaluation time"] = std::to_string(options.judge.time);
  }
}

bool TakeSuffixList(const std::string& path, store::Settings* settings) {
  std::string digest = Sha256OfFile(path);
  std::string& known = (*settings)["public suffix list"];
  if (known == digest) return false;
  (*settings)["run public suffix list"] = path;
  (*settings)["run public suffix list sha256"] = digest;
  known = std::move(digest);
  return true;
}

store::Settings RulesOf(const Options& options) {
  store::Settings settings;
  DescribeJudging(options, &settings);
  const auto set = [&](std::string_view name, std::string_view value) {
    settings[Concat(kOption, name)] = value;
  };
  set("--custody", YesNo(options.custody));
  if (options.resolver.dnssec) set("--dnssec", "yes");
  if (options.most_of_zone != kMostOfZone) {
    set("--dns-zone-limit", std::to_string(options.most_of_zone));
  }
  set("--follow", YesNo(options.follow_links));
  set("--max-message", std::to_string(options.limits.max_message_bytes));
  set("--offline", YesNo(options.offline));
  set("--raw-csv", YesNo(options.raw_csv));
  set("--rows", YesNo(options.all_rows));
  std::string from;
  for (const std::string& domain : options.from.domains) {
    from += Concat(from.empty() ? "" : " ", domain);
  }
  set("--from", from);
  if (!options.sample.all()) {
    settings[std::string(kSampleSetting)] = FormatPercent(options.sample);
  }
  return settings;
}

absl::StatusOr<store::Settings> IdentityOf(const Options& options,
                                           const source::Reader& reader,
                                           const std::string& suffix_list) {
  if (options.existing == Options::Existing::kResume && !reader.resumable()) {
    return absl::FailedPreconditionError(
        "--resume: a pipe among the inputs can't be read again");
  }
  store::Settings settings = RulesOf(options);
  if (options.shard.count > 1) {
    settings[std::string(kShardSetting)] = FormatShard(options.shard);
  }
  if (!options.key_history.empty()) {
    settings[Concat(kOption, "--key-history")] = options.key_history;
  }
  // What a key file says counts, not where it lies.
  std::vector<std::string> digests;
  for (const std::string& path : options.key_files) {
    digests.push_back(Sha256OfFile(path));
    if (digests.back().empty()) {
      return absl::UnavailableError(Concat(SafeText(path), ": can't be read"));
    }
  }
  PutList(kKeyFileSetting, digests, &settings);
  settings["public suffix list"] = suffix_list;
  const std::vector<source::SurveyedInput>& inputs = reader.surveyed();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = Numbered("input", i + 1);
    settings[name] = inputs[i].path;
    settings[name + " files"] = std::to_string(inputs[i].files);
    settings[name + " octets"] = std::to_string(inputs[i].octets);
    settings[name + " modified"] = std::to_string(inputs[i].modified_ns);
    settings[name + " fingerprint"] = inputs[i].fingerprint;
  }
  return settings;
}

absl::Status CheckSame(const store::Settings& then,
                       const store::Settings& now) {
  const auto fixed = [](std::string_view name) {
    return name.starts_with(kOption) || name.starts_with(kInput) ||
           name == "public suffix list";
  };
  for (const auto& [name, value] : then) {
    if (!fixed(name)) continue;
    const auto same = now.find(name);
    const std::string_view is =
        same == now.end() ? std::string_view() : same->second;
    if (value != is) return Differs(then, name, value, is);
  }
  for (const auto& [name, value] : now) {
    if (fixed(name) && !then.contains(name)) {
      return Differs(then, name, "", value);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSameRules(const store::Settings& then,
                            const store::Settings& now) {
  const auto rules = [](const store::Settings& settings) {
    store::Settings kept;
    for (const auto& [name, value] : settings) {
      const bool of_the_run = name.starts_with("option --key") ||
                              name == "option --offline" ||
                              name == kShardSetting;
      if (name.starts_with(kOption) && !of_the_run) kept[name] = value;
    }
    return kept;
  };
  return CheckSame(rules(then), rules(now));
}

std::vector<std::pair<std::string, std::string>> InputStates(
    const store::Settings& settings) {
  std::vector<std::pair<std::string, std::string>> states;
  for (const auto& [name, value] : settings) {
    if (!name.starts_with(kInput)) continue;
    if (name.find(' ', kInput.size()) == std::string::npos) {
      states.emplace_back(value, "");
    } else if (name.ends_with(" fingerprint")) {
      states.back().second = value;
    }
  }
  return states;
}

}  // namespace mailassay::run
