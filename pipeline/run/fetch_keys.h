// Asks for every key that mail needs, before anything is verified: reads the
// headers of archives, or what finished audits have kept, and writes one key
// file.  It asks for exactly the names that verify would ask for.
#pragma once

#include "pipeline/run/options.h"

namespace mailassay::run {

// options.inputs: archives, and directories that hold a finished audit, which
// neither options.from nor options.shard can divide.
// options.keys_out: the file; it appears whole, or not at all when the run is
// stopped or fails.  A file that is there already must be a key file.
// Gives the exit code.  One run a process at a time: signals are the process's.
int FetchKeys(Options options);

}  // namespace mailassay::run
