// Adds audits up: the shards of one archive to the audit that a single run
// would have made (the same CSV octets), in any order given.
#pragma once

#include <string>
#include <vector>

#include "pipeline/run/options.h"

namespace mailassay::run {

// `audits`: directories of finished audits, all shards of one division, each
// once.  The result goes to options.out_dir.  Gives the exit code.
int Merge(const std::vector<std::string>& audits, const Options& options);

}  // namespace mailassay::run
