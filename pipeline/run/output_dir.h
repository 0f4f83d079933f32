// The directory of -o: whether it may be written to, and whether it has room.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace mailassay::run {

// Makes `dir` when it does not exist.  Refuses (InvalidArgument) one that holds
// anything, unless `force` and it is an audit of ours (it has a run.json that
// says so); one that is an input, or lies inside an input directory; anything
// that is no directory.  With `force` the files of the earlier audit are
// removed, and no others.
absl::Status PrepareOutputDir(const std::string& dir, bool force,
                              const std::vector<std::string>& inputs);

// ResourceExhausted when fewer than `needed` octets are free under `dir`.
absl::Status CheckFreeSpace(const std::string& dir, uint64_t needed);

}  // namespace mailassay::run
