// Adds to a finished audit what it has not read yet: a nightly increment.
//
// What is new is read into a log of its own, DIR/increment/audit.sqlite; then
// both are judged as one audit, which takes the place of the old.  A run that
// ends at any instant leaves the old audit or the new one, and the same command
// goes on.
#pragma once

#include "pipeline/run/options.h"

namespace mailassay::run {

// The audit is options.out_dir's; where there is none, it begins.  Refuses
// rules of reading that are not the audit's, and a file that has changed since
// it was read.  Gives the exit code.
int Append(const Options& options);

}  // namespace mailassay::run
