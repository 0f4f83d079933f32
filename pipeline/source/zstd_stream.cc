#include "pipeline/source/zstd_stream.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <cstring>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"
#include "pipeline/source/zstd_format.h"

namespace mailassay::source {
namespace {

constexpr size_t kInputBytes = 256 << 10;

}  // namespace

void ZstdContextDeleter::operator()(ZSTD_DCtx_s* context) const {
  ZSTD_freeDCtx(context);
}

ZstdContext MakeZstdContext() {
  ZstdContext context(ZSTD_createDCtx());
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
  return context;
}

absl::Status ZstdFault(size_t code) {
  const std::string what = Concat("zstd: ", ZSTD_getErrorName(code));
  if (ZSTD_getErrorCode(code) == ZSTD_error_frameParameter_windowTooLarge) {
    return OverLimit(Concat(what, " (window over 128 MiB)"));
  }
  return Damaged(what);
}

ZstdStream::ZstdStream(Stream& in, bool one_frame)
    : in_(&in),
      one_frame_(one_frame),
      context_(MakeZstdContext()),
      input_(kInputBytes, '\0') {}

ZstdStream::ZstdStream(std::unique_ptr<Stream> in) : ZstdStream(*in, false) {
  owned_ = std::move(in);
}

absl::StatusOr<bool> ZstdStream::Refill() {
  const size_t kept = unread();
  std::memmove(input_.data(), input_.data() + input_at_, kept);
  input_at_ = 0;
  input_size_ = kept;
  if (kept == input_.size()) return true;
  auto n = in_->Read(input_.data() + kept, input_.size() - kept);
  if (!n.ok()) return n.status();
  input_size_ += *n;
  return *n > 0;
}

absl::Status ZstdStream::BeginFrame() {
  while (unread() < kMaxFrameHeader) {
    auto more = Refill();
    if (!more.ok()) {
      resumable_ = false;
      return more.status();
    }
    if (!*more) break;
  }
  done_ = unread() == 0;
  if (done_) return absl::OkStatus();
  const auto header =
      ParseFrameHeader(std::string_view(input_).substr(input_at_, unread()));
  if (!header) return Damaged("zstd: no frame begins here");
  frame_begin_ = position_;
  frame_content_.reset();
  if (!header->skippable) frame_content_ = header->content;
  ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
  hint_ = header->size;
  held_back_ = false;
  in_frame_ = true;
  return absl::OkStatus();
}

absl::StatusOr<size_t> ZstdStream::Decode(char* out, size_t size) {
  ZSTD_outBuffer output{out, size, 0};
  while (output.pos == 0 && in_frame_) {
    // The decoder gets what it asks for and no more: one block at a time, so
    // that damage in a block, or in the checksum behind the last, loses nothing
    // of those before it.  Nothing while it may hold octets back: those it puts
    // out in a call that fails are lost.
    const size_t given = held_back_ ? 0 : std::min(hint_, unread());
    ZSTD_inBuffer input{input_.data() + input_at_, given, 0};
    const size_t result =
        ZSTD_decompressStream(context_.get(), &output, &input);
    if (ZSTD_isError(result)) return ZstdFault(result);
    input_at_ += input.pos;
    held_back_ = output.pos == output.size;
    if (result == 0) {
      in_frame_ = false;
      done_ = one_frame_;
      break;
    }
    hint_ = result;
    if (output.pos > 0 || unread() > 0) continue;
    auto more = Refill();
    if (!more.ok()) {
      resumable_ = false;
      return more.status();
    }
    if (!*more) return Damaged("zstd: the data is cut short");
  }
  return output.pos;
}

absl::StatusOr<size_t> ZstdStream::Read(char* out, size_t size) {
  if (!fault_.ok()) return fault_;
  resumable_ = true;
  while (!done_) {
    if (!in_frame_) {
      fault_ = BeginFrame();
      if (!fault_.ok()) return fault_;
      continue;
    }
    auto n = Decode(out, size);
    if (!n.ok()) {
      fault_ = n.status();
      return fault_;
    }
    position_ += *n;
    if (*n > 0) return *n;
  }
  return size_t{0};
}

bool ZstdStream::Resume() {
  if (fault_.ok() || !resumable_ || one_frame_) return false;
  if (in_frame_ && frame_content_ && *frame_content_ < uint64_t{1} << 48) {
    position_ = std::max(position_, frame_begin_ + *frame_content_);
  }
  in_frame_ = false;
  // At least one octet on, so that this ends.
  input_at_ += std::min<size_t>(1, unread());
  while (true) {
    const std::string_view rest =
        std::string_view(input_).substr(0, input_size_);
    const size_t at = FindFrame(rest, input_at_);
    if (at != std::string_view::npos) {
      input_at_ = at;
      fault_ = absl::OkStatus();
      return true;
    }
    input_at_ = std::max(input_at_,
                         input_size_ - std::min(input_size_, kMaxFrameHeader));
    auto more = Refill();
    if (!more.ok() || !*more) return false;
  }
}

}  // namespace mailassay::source
