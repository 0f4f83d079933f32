// A key file read, and what is wrong with it told: as a fault of the file.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dkim/key_answer.h"
#include "pipeline/run/console.h"

namespace mailassay::run {

// The answers of the file at `path`.  What could not be used as it stands is
// said on `console`, and a line of each kind added to `notes`, if any.  An
// error is one of usage: nothing of it can be read, or, with `strict`, not all
// as it stands.
absl::StatusOr<std::vector<dkim::KeyAnswer>> ReadKeys(
    const std::string& path, bool strict, Console& console,
    std::vector<std::string>* notes);

}  // namespace mailassay::run
