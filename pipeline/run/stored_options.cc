#include "pipeline/run/stored_options.h"

#include "absl/strings/numbers.h"
#include "lib/mail/date.h"
#include "pipeline/run/audit_facts.h"
#include "pipeline/run/identity.h"
#include "pipeline/run/sample_text.h"

namespace mailassay::run {
namespace {

using At = audit::JudgeOptions::At;

std::string Get(const store::Settings& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string() : found->second;
}

audit::DuplicateRule RuleNamed(const std::string& name) {
  for (int i = 0; i < static_cast<int>(audit::DuplicateRule::kCount); ++i) {
    const auto rule = static_cast<audit::DuplicateRule>(i);
    if (audit::DuplicateRuleName(rule) == name) return rule;
  }
  return audit::DuplicateRule::kNone;
}

int64_t Number(const std::string& text) {
  int64_t number = 0;
  return absl::SimpleAtoi(text, &number) ? number : 0;
}

}  // namespace

Options WithStored(const store::Settings& settings, Options base) {
  const std::string at = Get(settings, "option --at");
  if (const std::optional<At> named = audit::AtNamed(at)) {
    base.judge = {.at = *named};
    if (*named == At::kNow) {
      base.judge.time = Number(Get(settings, "evaluation time"));
    }
  } else {
    base.judge = {.at = At::kTime, .time = Number(at)};
  }
  uint32_t bits = 0;
  if (absl::SimpleAtoi(Get(settings, "option --min-rsa-bits"), &bits)) {
    base.judge.min_rsa_bits = bits;
  }
  base.judged_at = FactsOf(settings).judged_at;
  if (base.duplicates == audit::DuplicateRule::kNone) {
    base.duplicates = RuleNamed(Get(settings, "option --dedupe"));
    base.count_duplicates = Get(settings, "option --count-duplicates") == "yes";
  }
  base.custody = Get(settings, "option --custody") == "yes";
  base.raw_csv = base.raw_csv || Get(settings, "option --raw-csv") == "yes";
  const auto sample = ParsePercent(Get(settings, std::string(kSampleSetting)));
  base.sample = sample.value_or(source::Share());
  base.all_rows = base.all_rows || Get(settings, "option --rows") == "yes";
  return base;
}

void TakeEvaluationTime(const store::Settings& from,
                        store::Settings* settings) {
  const std::string time = Get(from, "evaluation time");
  if (time.empty()) return;
  (*settings)["evaluation time"] = time;
  (*settings)["run evaluation time"] = mail::FormatTime(Number(time));
}

absl::Status CheckDuplicateRule(const store::Settings& settings,
                                const Options& asked) {
  if (asked.duplicates != audit::DuplicateRule::kRaw ||
      Get(settings, "option --custody") == "yes" ||
      Get(settings, "option --dedupe") == "raw") {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      "--dedupe raw: the audit has no SHA-256 of its messages (verify "
      "--custody)");
}

void TakeStoredNow(Options* options) {
  if (options->existing != Options::Existing::kResume ||
      options->judge.at != At::kNow) {
    return;
  }
  auto store = store::AuditStore::Open(options->out_dir,
                                       store::AuditStore::Access::kRead);
  if (!store.ok()) return;  // said when it is opened to go on
  const std::string time = Get((*store)->settings(), "evaluation time");
  if (!time.empty()) {
    options->judge.time = Number(time);
    options->judged_at = mail::FormatTime(options->judge.time);
  }
}

}  // namespace mailassay::run
