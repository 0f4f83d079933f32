#include "pipeline/source/cr_stream.h"

#include <utility>

namespace mailassay::source {

absl::StatusOr<size_t> CrStream::Read(char* out, size_t size) {
  size_t n = 0;
  if (ahead_) {
    out[n++] = *std::exchange(ahead_, std::nullopt);
  } else {
    auto read = base_->Read(out, size);
    if (!read.ok() || *read == 0) return read;
    n = *read;
  }
  if (out[n - 1] == '\r') {
    char next = 0;
    // A fault is given again by the next call.
    auto read = base_->Read(&next, 1);
    if (read.ok() && *read == 1) ahead_ = next;
  }
  for (size_t i = 0; i < n; ++i) {
    if (out[i] != '\r') continue;
    const bool crlf = i + 1 < n ? out[i + 1] == '\n' : ahead_ == '\n';
    if (!crlf) out[i] = '\n';
  }
  return n;
}

bool CrStream::Resume() {
  ahead_.reset();
  return base_->Resume();
}

}  // namespace mailassay::source
