#include "pipeline/run/method_facts.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/numbers.h"
#include "lib/base/concat.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/identity.h"
#include "pipeline/run/table_writer.h"

namespace mailassay::run {
namespace {

std::string Get(const store::Settings& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string() : found->second;
}

// Key files first, who was asked behind them: as key_sources has them.
void TakeSources(const store::Settings& settings, audit::MethodFacts* method) {
  for (std::string source : RunSettingsOf(settings).key_sources) {
    if (source.starts_with(kFileSource)) {
      source.erase(0, kFileSource.size());
      const size_t number = method->key_files.size() + 1;
      method->key_files.push_back(
          {std::move(source),
           Get(settings, Numbered(kKeyFileSetting, number))});
    } else {
      method->dns += Concat(method->dns.empty() ? "" : ", ", source);
    }
  }
}

void TakeAnswers(const keys::KeyStore& keys, audit::MethodFacts* method) {
  keys.ForEachUsed([method](const keys::KeyStore::Answer& answer) {
    if (answer->source != "dns") return;
    ++method->dns_names;
    const int64_t time = answer->answered_at;
    if (time == 0) return;
    if (!method->answered) method->answered.emplace(time, time);
    auto& [first, last] = *method->answered;
    first = std::min(first, time);
    last = std::max(last, time);
  });
}

}  // namespace

audit::MethodFacts MethodFactsOf(const store::Settings& settings,
                                 const keys::KeyStore& keys,
                                 const Results& results) {
  audit::MethodFacts method;
  TakeSources(settings, &method);
  TakeAnswers(keys, &method);
  method.min_rsa_bits = results.context().options.min_rsa_bits;
  method.shard = Get(settings, std::string(kShardSetting));
  uint64_t merged = 0;
  if (absl::SimpleAtoi(Get(settings, std::string(kMergedSetting)), &merged)) {
    method.merged = merged;
  }
  method.rechecks = GetList(settings, kRecheckSetting);
  method.part = audit::DescribeFilter(results.context().filter);
  for (std::string& note : FactsOf(settings).notes) {
    if (note != kRowsLeftOut) method.notes.push_back(std::move(note));
  }
  method.inputs = results.method_inputs();
  return method;
}

}  // namespace mailassay::run
