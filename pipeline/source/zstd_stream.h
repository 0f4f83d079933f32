// Decompresses zstd frames one after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "pipeline/source/stream.h"

struct ZSTD_DCtx_s;

namespace mailassay::source {

// A decompression context that refuses windows over kMaxWindowLog.
struct ZstdContextDeleter {
  void operator()(ZSTD_DCtx_s* context) const;
};
using ZstdContext = std::unique_ptr<ZSTD_DCtx_s, ZstdContextDeleter>;
ZstdContext MakeZstdContext();
// A status for an error code of libzstd.
absl::Status ZstdFault(size_t code);

// All octets decoded before damage are given, block by block; behind damage
// it goes on at the next frame (Resume).
class ZstdStream : public Stream {
 public:
  // `one_frame`: ends behind the first frame.
  ZstdStream(Stream& in, bool one_frame);
  explicit ZstdStream(std::unique_ptr<Stream> in);

  absl::StatusOr<size_t> Read(char* out, size_t size) override;
  bool Resume() override;
  uint64_t position() const override { return position_; }
  uint64_t stored() const override { return in_->stored() - unread(); }

 private:
  size_t unread() const { return input_size_ - input_at_; }
  // False at the end of the input.
  absl::StatusOr<bool> Refill();
  absl::Status BeginFrame();
  absl::StatusOr<size_t> Decode(char* out, size_t size);

  std::unique_ptr<Stream> owned_;
  Stream* in_;
  bool one_frame_;
  ZstdContext context_;
  std::string input_;
  size_t input_at_ = 0;
  size_t input_size_ = 0;
  size_t hint_ = 0;         // octets the decoder wants next
  bool held_back_ = false;  // the last output was full
  bool in_frame_ = false;
  bool done_ = false;
  bool resumable_ = false;  // fault_ lies in the frames, not below
  absl::Status fault_;
  uint64_t frame_begin_ = 0;               // position_ when the frame began
  std::optional<uint64_t> frame_content_;  // stated size
  uint64_t position_ = 0;
};

}  // namespace mailassay::source
