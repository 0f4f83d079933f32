// Reads mail for a command that only looks at what comes of it
// (options.ask_more, options.print).
#pragma once

#include "pipeline/run/options.h"

namespace mailassay::run {

// options.inputs: one audit, which is judged again with the keys of now where
// it had found none, or archives.  Gives the exit code.
int Look(const Options& options);

}  // namespace mailassay::run
