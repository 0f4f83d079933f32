#include "pipeline/source/file_run.h"

#include <algorithm>

#include "pipeline/source/fault.h"

namespace mailassay::source {
namespace {

// Stays in the second level cache until it has been looked at.
constexpr size_t kSlice = 256 << 10;

}  // namespace

bool FileRunText::ReadMore() {
  if (complete() || !fault_.ok()) return false;
  const size_t wanted = std::min(kSlice, run_.size - size_);
  auto read =
      run_.file->ReadAt(run_.offset + size_, buffer_.get() + size_, wanted);
  if (!read.ok()) {
    fault_ = read.status();
    return false;
  }
  size_ += *read;
  return *read > 0;
}

std::optional<audit::ErrorRow> CheckUnchanged(const FileEnd& end) {
  const absl::Status status = end.file->CheckUnchanged();
  if (status.ok()) return std::nullopt;
  return FaultRow(status, end.path, end.file->size(), 0, "");
}

}  // namespace mailassay::source
