// One audit from its options to its exit code: sources, the pipeline, the
// deferred rest, the tables and the summary.
//
//   Read (serial) -> Examine (parallel) -> Resolve (serial) -> Conclude
//   (parallel) -> Write (serial, in order); then what waited for DNS.
#pragma once

#include <functional>
#include <vector>

#include "lib/dkim/key_answer.h"
#include "pipeline/run/options.h"
#include "pipeline/source/source.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

// Tables and the summary go to standard output, all else to standard error
// (the summary too, when a table or --json has standard output).  Gives the
// exit code.  One run a process at a time: signals are the process's.
int Run(Options options);

// What is new to an audit that is added to (append.h).
struct Increment {
  std::function<bool(const source::FoundFile&)> skip;  // what is not
  std::vector<dkim::KeyAnswer> answers;                // the audit's
  store::Settings settings;  // of the log, beside the run's own
};
// Reads it into a log in options.out_dir and judges nothing.  Gives the exit
// code; kDone: all is read, and every name answered.
int ReadInto(const Options& options, const Increment& increment);

}  // namespace mailassay::run
