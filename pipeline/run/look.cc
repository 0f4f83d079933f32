#include "pipeline/run/look.h"

#include <algorithm>
#include <string>
#include <vector>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/run/console.h"
#include "pipeline/run/exit_code.h"
#include "pipeline/run/recheck.h"
#include "pipeline/run/run.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

int Look(const Options& options) {
  const std::vector<std::string>& inputs = options.inputs;
  const auto audit = std::ranges::find_if(inputs, [](const std::string& input) {
    return store::IsAuditFile(store::PathIn(input, store::kAuditFile));
  });
  if (audit == inputs.end()) return Run(options);
  if (inputs.size() > 1) {
    Console(false).Say(Concat(SafeText(*audit),
                              ": is an audit, and stands alone (mailassay "
                              "merge makes one of several)"));
    return kUsage;
  }
  Options quiet = options;
  quiet.quiet = true;  // what changed is not what was asked
  return Recheck({.dir = *audit}, quiet);
}

}  // namespace mailassay::run
