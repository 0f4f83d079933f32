#include "pipeline/source/stream.h"

#include <algorithm>
#include <cstring>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"

namespace mailassay::source {

Filled ReadFully(Stream& stream, char* out, size_t size) {
  Filled filled;
  while (filled.size < size) {
    auto n = stream.Read(out + filled.size, size - filled.size);
    if (!n.ok()) {
      filled.fault = n.status();
      break;
    }
    if (*n == 0) {
      filled.at_end = true;
      break;
    }
    filled.size += *n;
  }
  return filled;
}

HeadedStream::HeadedStream(std::unique_ptr<Stream> base, size_t size)
    : base_(std::move(base)) {
  Head(size);
}

std::string_view HeadedStream::Head(size_t size) {
  if (size > size_ && !at_end_ && fault_.ok()) {
    auto grown = std::make_unique_for_overwrite<char[]>(size);
    if (size_ > 0) std::memcpy(grown.get(), head_.get(), size_);
    head_ = std::move(grown);
    Filled filled = ReadFully(*base_, head_.get() + size_, size - size_);
    size_ += filled.size;
    at_end_ = filled.at_end;
    fault_ = filled.fault;
  }
  return head();
}

absl::StatusOr<size_t> HeadedStream::Read(char* out, size_t size) {
  if (given_ < size_) {
    const size_t n = std::min(size, size_ - given_);
    std::memcpy(out, head_.get() + given_, n);
    given_ += n;
    return n;
  }
  if (!fault_.ok()) return fault_;
  if (at_end_) return size_t{0};
  head_.reset();
  size_ = given_ = 0;
  return base_->Read(out, size);
}

bool HeadedStream::Resume() {
  if (!base_->Resume()) return false;
  fault_ = absl::OkStatus();
  size_ = given_ = 0;
  return true;
}

uint64_t HeadedStream::position() const {
  return base_->position() - (size_ - given_);
}

namespace {
constexpr uint64_t kCheckEvery = 1 << 20;
}  // namespace

size_t UntilCheck(uint64_t output, size_t size, uint64_t max_output) {
  const uint64_t next = std::min(kCheckEvery - output % kCheckEvery,
                                 output < max_output ? max_output - output : 1);
  return static_cast<size_t>(std::min<uint64_t>(size, next));
}

absl::Status CheckOutput(uint64_t output, uint64_t stored, uint64_t max_output,
                         uint64_t max_ratio) {
  constexpr uint64_t kFreeOctets = 64u << 20;
  if (output > max_output) {
    return OverLimit(Concat("more than ", max_output,
                            " octets of decompressed data; the rest was left "
                            "unread"));
  }
  if (output % kCheckEvery == 0 && output > kFreeOctets &&
      output / max_ratio > stored) {
    return OverLimit(Concat("decompresses to more than ", max_ratio,
                            " times its size (", stored,
                            " octets so far); the rest was left unread"));
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> LimitedStream::Read(char* out, size_t size) {
  if (!fault_.ok()) return fault_;
  const uint64_t output = base_->position();
  fault_ = CheckOutput(output, base_->stored(), max_output_, max_ratio_);
  if (!fault_.ok()) return fault_;
  return base_->Read(out, UntilCheck(output, size, max_output_));
}

}  // namespace mailassay::source
