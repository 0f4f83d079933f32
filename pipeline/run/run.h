// One audit from its options to its exit code: sources, the pipeline, the
// deferred rest, the tables and the summary.
//
//   Read (serial) -> Examine (parallel) -> Resolve (serial) -> Conclude
//   (parallel) -> Write (serial, in order); then what waited for DNS.
#pragma once

#include "pipeline/run/options.h"

namespace mailassay::run {

// Tables and the summary go to standard output, all else to standard error
// (the summary too, when a table or --json has standard output).  Gives the
// exit code.  One run a process at a time: signals are the process's.
int Run(Options options);

}  // namespace mailassay::run
