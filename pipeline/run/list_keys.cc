#include "pipeline/run/list_keys.h"

#include <cstdio>
#include <string_view>

#include "lib/audit/key_list.h"
#include "pipeline/run/look.h"

namespace mailassay::run {

int ListKeys(bool missing, Options options) {
  options.offline = true;
  options.quiet = true;
  options.print = [missing](audit::Ledger& ledger) {
    const auto write = [](std::string_view line) {
      std::fwrite(line.data(), 1, line.size(), stdout);
    };
    missing ? audit::WriteMissingKeys(ledger, write)
            : audit::WriteKeyList(ledger, write);
  };
  return Look(options);
}

}  // namespace mailassay::run
