#include "pipeline/run/duplicate_search.h"

#include "lib/audit/codec.h"

namespace mailassay::run {

DuplicateSearch::DuplicateSearch(audit::DuplicateRule rule,
                                 const std::string& dir, size_t cap_bytes)
    : temp_(dir), finder_(rule, cap_bytes, &temp_) {}

absl::Status DuplicateSearch::Add(std::string_view facts) {
  const auto messages = audit::DecodeFacts(facts);
  if (!messages) {
    return absl::DataLossError("what was kept of the messages is damaged");
  }
  finder_.Add(added_++, *messages);
  return temp_.status();
}

absl::Status DuplicateSearch::Finish() {
  found_.emplace(finder_.Finish());
  return temp_.status();
}

std::vector<audit::Duplicate> DuplicateSearch::TakeNext() {
  return found_->Take(taken_++);
}

}  // namespace mailassay::run
