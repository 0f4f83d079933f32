// Finds lost keys by the signatures they have made: reads mail, or what
// finished audits have kept, and takes the names whose known keys made none of
// them.  Asks nobody.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/run/options.h"

namespace mailassay::run {

struct RecoverOptions {
  std::vector<std::string> domains;      // of d=, with subdomains; none: all
  std::optional<size_t> most_names;      // --limit
  std::optional<double> budget_seconds;  // of wall time
  size_t tries = 20;  // pairs of a name, in a row, that give no key
};

// options.inputs: archives, and directories that hold a finished audit.
// options.keys_out: the file, of lines that keys::FormatRecoveryLine writes; it
// grows line by line, and what it holds already is not done again.
// Gives the exit code, or ends the process with it: a search in progress cannot
// be stopped otherwise.  One run a process at a time.
int RecoverKeys(Options options, const RecoverOptions& recover);

}  // namespace mailassay::run
