// What others know of keys, put into the key history; and the history as a file
// for others.
#pragma once

#include <string>
#include <vector>

#include "pipeline/run/options.h"

namespace mailassay::run {

struct ImportOptions {
  std::string name;  // of the source; empty: the name of each file
  std::vector<std::string> private_keys;  // files of published private keys
};
// options.inputs (key files, audits) into options.key_history.  All of them or
// none.  Gives the exit code.
int ImportKeys(const ImportOptions& import, const Options& options);

// options.key_history as lines of --keys-out, to options.keys_out or standard
// output.  Gives the exit code.
int ExportKeys(const Options& options);

}  // namespace mailassay::run
