#include "lib/audit/method_inputs.h"

#include <algorithm>
#include <utility>

#include "lib/audit/tally.h"

namespace mailassay::audit {
namespace {

std::string_view FileOf(const Input& input) {
  return input.archive.empty() ? input.file : input.archive;
}

}  // namespace

void MethodInputs::Add(const Input& input, const Books& books) {
  // Members of a container come one behind the other.
  const uint64_t number = input.ordinal >> 32;
  if (count_ == 0 || number != last_) {
    ++count_;
    last_ = number;
    if (count_ > kKept) return;
    numbers_.push_back(number);
    first_.push_back({.path = std::string(FileOf(input)),
                      .stored_bytes = input.stored_bytes,
                      .modified_ns = input.modified_ns,
                      .sha256 = {}});
    if (auto hash = early_.extract(number)) {
      first_.back().sha256 = std::move(hash.mapped());
    }
  }
  if (count_ > kKept) return;
  first_.back().messages += books.messages;
}

void MethodInputs::AddHash(const FileHash& hash) {
  const auto number = std::ranges::find(numbers_, hash.number);
  if (number != numbers_.end()) {
    const auto index = static_cast<size_t>(number - numbers_.begin());
    first_[index].sha256 = HexOf(hash.sha256);
  } else if (first_.size() < kKept) {
    early_[hash.number] = HexOf(hash.sha256);
  }
}

}  // namespace mailassay::audit
