// Decompresses gzip members, one after the other.  By zlib, since libarchive
// checks no CRC of a gzip member and keeps what it decoded before damage:
// silent damage would read as broken signatures (promise P5).
#pragma once

#include <zlib.h>

#include <memory>

#include "pipeline/source/stream.h"

namespace mailassay::source {

class GzipStream : public Stream {
 public:
  explicit GzipStream(std::unique_ptr<Stream> in);
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream() override;

  absl::StatusOr<size_t> Read(char* out, size_t size) override;
  uint64_t position() const override { return position_; }
  uint64_t stored() const override { return in_->stored() - inflate_.avail_in; }

 private:
  // False at the end of the input.
  absl::StatusOr<bool> Refill();
  // Steps over zeros that pad a tape; ended_ when nothing follows them.
  absl::Status BeginMember();
  absl::StatusOr<size_t> Inflate(char* out, size_t size);

  std::unique_ptr<Stream> in_;
  std::unique_ptr<char[]> input_;
  z_stream inflate_{};
  bool in_member_ = false;
  bool ended_ = false;
  uint64_t members_ = 0;
  uint64_t position_ = 0;
  absl::Status fault_;
};

}  // namespace mailassay::source
