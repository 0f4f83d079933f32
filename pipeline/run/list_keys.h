// The keys that archives or an audit need: for people, and for whoever keeps
// keys.
#pragma once

#include "pipeline/run/options.h"

namespace mailassay::run {

// options.inputs: one audit, or archives.  Asks nobody: what key files, the key
// history and the audit itself hold is what is known.  `missing`: only names
// whose keys are not (audit::WriteMissingKeys).  Gives the exit code.
int ListKeys(bool missing, Options options);

}  // namespace mailassay::run
