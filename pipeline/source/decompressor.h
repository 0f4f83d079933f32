// Opens one layer of xz or bzip2, by libarchive.
#pragma once

#include <memory>

#include "lib/mail/content_kind.h"
#include "pipeline/source/archive_input.h"
#include "pipeline/source/stream.h"

namespace mailassay::source {

// Members joined.  Of a damaged stream up to 64 KiB before the damage are not
// given: libarchive keeps them.
class Decompressor : public Stream {
 public:
  // REQUIRES: kXz or kBzip2.
  Decompressor(std::unique_ptr<Stream> in, mail::ContentKind kind);

  absl::StatusOr<size_t> Read(char* out, size_t size) override;
  uint64_t position() const override { return position_; }
  uint64_t stored() const override { return input_->in().stored(); }

 private:
  absl::Status Start();
  absl::Status NextPiece();
  absl::Status CheckEnd();

  const mail::ContentKind kind_;
  std::unique_ptr<ArchiveInput> input_;
  bool started_ = false;
  bool ended_ = false;
  const char* piece_ = nullptr;
  size_t piece_size_ = 0;
  uint64_t position_ = 0;
  absl::Status fault_;
};

}  // namespace mailassay::source
