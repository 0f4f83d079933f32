// Finds the duplicates of an audit whose facts are kept, part by part: all
// parts are shown to it before the first is judged.  One thread at a time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "lib/audit/duplicates.h"
#include "pipeline/run/temp_file.h"

namespace mailassay::run {

class DuplicateSearch {
 public:
  // Over `cap_bytes` of memory it goes on in a temporary file in `dir`
  // (TempFile).
  DuplicateSearch(audit::DuplicateRule rule, const std::string& dir,
                  size_t cap_bytes);

  // The next part, as EncodeFacts has it.  DataLoss: it can't be read.
  absl::Status Add(std::string_view facts);
  // All parts were added.  Not OK: the temporary file failed.
  absl::Status Finish();
  // Of the next part, from the first one on.
  std::vector<audit::Duplicate> TakeNext();

 private:
  TempFile temp_;
  audit::DuplicateFinder finder_;
  std::optional<audit::Duplicates> found_;
  uint64_t added_ = 0;
  uint64_t taken_ = 0;
};

}  // namespace mailassay::run
