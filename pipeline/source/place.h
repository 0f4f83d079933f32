// Inputs as a user names them: paths, or one message as FILE@OFFSET.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pipeline/source/source.h"

namespace mailassay::source {

// As Reader::Open; a single path that does not exist and reads FILE@OFFSET,
// with FILE an input of its own, gives a Reader of that one message.
absl::StatusOr<std::unique_ptr<Reader>> OpenInputs(
    const std::vector<std::string>& paths, const ReadOptions& options);

}  // namespace mailassay::source
