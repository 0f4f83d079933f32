// The directory of -o: whether it may be written to, and whether it has room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/run/options.h"

namespace mailassay::run {

// Makes `dir` when it does not exist, and ready for what is asked.  Refuses
// (InvalidArgument) one that is an input, or lies inside an input directory;
// anything that is no directory; and one that holds
// - anything at all, for a new audit;
// - something, but no audit of ours, for one that replaces or goes on; whoever
//   goes on has opened the store before.
// With kReplace the files of the earlier audit are removed, and no others,
// unless a run is at work there (FailedPrecondition).
absl::Status PrepareOutputDir(const std::string& dir,
                              Options::Existing existing,
                              const std::vector<std::string>& inputs);

// ResourceExhausted when fewer than `needed` octets are free under `dir`.
absl::Status CheckFreeSpace(const std::string& dir, uint64_t needed);

}  // namespace mailassay::run
