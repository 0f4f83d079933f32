#include "pipeline/run/list_keys.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "lib/audit/key_list.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/run/console.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/recheck.h"
#include "pipeline/run/run.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

int ListKeys(bool missing, Options options) {
  const auto is_audit = [](const std::string& input) {
    return store::IsAuditFile(store::PathIn(input, store::kAuditFile));
  };
  options.offline = true;
  options.quiet = true;
  options.print = [missing](audit::Ledger& ledger) {
    const auto write = [](std::string_view line) {
      std::fwrite(line.data(), 1, line.size(), stdout);
    };
    missing ? audit::WriteMissingKeys(ledger, write)
            : audit::WriteKeyList(ledger, write);
  };
  const std::vector<std::string>& inputs = options.inputs;
  const auto audit = std::ranges::find_if(inputs, is_audit);
  if (audit == inputs.end()) return Run(std::move(options));
  if (inputs.size() == 1) return Recheck({.dir = *audit}, options);
  Console(false).Say(Concat(SafeText(*audit),
                            ": is an audit, and stands alone (mailassay merge "
                            "makes one of several)"));
  return kUsage;
}

}  // namespace mailassay::run
