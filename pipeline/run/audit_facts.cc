#include "pipeline/run/audit_facts.h"

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "lib/base/concat.h"

namespace mailassay::run {
namespace {

std::string Get(const store::Settings& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string() : found->second;
}

uint64_t GetNumber(const store::Settings& settings, const std::string& name) {
  uint64_t number = 0;
  return absl::SimpleAtoi(Get(settings, name), &number) ? number : 0;
}

constexpr std::string_view kLimit = "run limit ";

}  // namespace

std::string Numbered(std::string_view what, size_t number) {
  const std::string digits = std::to_string(number);
  return Concat(what, " ",
                std::string(6 - std::min<size_t>(digits.size(), 6), '0'),
                digits);
}

void PutList(std::string_view what, const std::vector<std::string>& values,
             store::Settings* settings) {
  const std::string prefix = Concat(what, " ");
  std::erase_if(*settings, [&](const auto& setting) {
    return setting.first.starts_with(prefix);
  });
  for (size_t i = 0; i < values.size(); ++i) {
    (*settings)[Numbered(what, i + 1)] = values[i];
  }
}

std::vector<std::string> GetList(const store::Settings& settings,
                                 std::string_view what) {
  const std::string prefix = Concat(what, " ");
  std::vector<std::string> values;
  for (auto i = settings.lower_bound(prefix);
       i != settings.end() && i->first.starts_with(prefix); ++i) {
    values.push_back(i->second);
  }
  return values;
}

store::Settings DescribeCommand(const std::vector<std::string>& arguments) {
  std::vector<std::string> kept;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-o" || argument == "--out") {
      ++i;
    } else if (argument != "--resume" && argument != "--force" &&
               argument != "--append" && !argument.starts_with("--out=") &&
               !argument.starts_with("-o")) {
      kept.push_back(argument);
    }
  }
  store::Settings settings;
  PutList("run option", kept, &settings);
  return settings;
}

void SetCommand(const std::vector<std::string>& arguments,
                store::Settings* settings) {
  std::erase_if(*settings, [](const auto& setting) {
    return setting.first.starts_with("run option ");
  });
  settings->merge(DescribeCommand(arguments));
}

std::string ProgramName(std::string_view version) {
  return Concat("mailassay ", version);
}

std::string ProgramOf(const store::Settings& settings) {
  return Get(settings, std::string(kProgramSetting));
}

store::Settings DescribeRun(const audit::RunFacts& facts,
                            const audit::RunSettings& run) {
  store::Settings settings = {
      {std::string(kProgramSetting), ProgramName(run.version)},
      {"run evaluation time", facts.judged_at},
      {"run octets read", std::to_string(facts.input_bytes)},
      {"run octets in all", std::to_string(facts.total_bytes)},
      {"run partial", facts.partial ? "yes" : "no"},
      {"run keys", facts.keys},
      {"run names asked", std::to_string(facts.names_asked)},
      {"run public suffix list", run.public_suffix_list},
      {"run public suffix list sha256", run.public_suffix_list_sha256},
  };
  PutList("run input", facts.inputs, &settings);
  if (std::ranges::any_of(facts.repeats,
                          [](const auto& name) { return !name.empty(); })) {
    PutList("run repeat", facts.repeats, &settings);
  }
  PutList("run from", facts.from_filter, &settings);
  PutList("run note", facts.notes, &settings);
  PutList(kKeySourceSetting, run.key_sources, &settings);
  for (const auto& [name, value] : run.limits) {
    settings[Concat(kLimit, name)] = std::to_string(value);
  }
  return settings;
}

audit::RunFacts FactsOf(const store::Settings& settings,
                        audit::RunFacts facts) {
  facts.inputs = GetList(settings, "run input");
  facts.repeats = GetList(settings, "run repeat");
  facts.input_bytes = GetNumber(settings, "run octets read");
  facts.total_bytes = GetNumber(settings, "run octets in all");
  facts.partial = Get(settings, "run partial") == "yes";
  facts.from_filter = GetList(settings, "run from");
  facts.keys = Get(settings, "run keys");
  facts.names_asked = GetNumber(settings, "run names asked");
  facts.judged_at = Get(settings, "run evaluation time");
  facts.notes = GetList(settings, "run note");
  return facts;
}

audit::RunSettings RunSettingsOf(const store::Settings& settings) {
  audit::RunSettings run;
  run.version = ProgramOf(settings);
  if (run.version.starts_with("mailassay ")) run.version.erase(0, 10);
  run.options = GetList(settings, "run option");
  run.key_sources = GetList(settings, kKeySourceSetting);
  run.public_suffix_list = Get(settings, "run public suffix list");
  run.public_suffix_list_sha256 =
      Get(settings, "run public suffix list sha256");
  for (auto i = settings.lower_bound(std::string(kLimit));
       i != settings.end() && i->first.starts_with(kLimit); ++i) {
    uint64_t value = 0;
    if (absl::SimpleAtoi(i->second, &value)) {
      run.limits.emplace_back(i->first.substr(kLimit.size()), value);
    }
  }
  return run;
}

}  // namespace mailassay::run
