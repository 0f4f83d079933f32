// A stream of octets that is read once, in order.  Streams are layers: each
// owns the one below.  Used by one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mailassay::source {

class Stream {
 public:
  virtual ~Stream() = default;

  // Reads 1 to `size` octets to `out`; 0 at the end.  REQUIRES: size > 0.  All
  // octets before an error have been given when the error is.  An error is
  // repeated by every further Read until Resume().
  virtual absl::StatusOr<size_t> Read(char* out, size_t size) = 0;

  // After an error: goes on behind the damage.  False: there is no way on.
  // position() tells where the next octet lies.
  virtual bool Resume() { return false; }

  // Octets given so far and those lost in damage whose number is known: the
  // offset of the next octet.
  virtual uint64_t position() const = 0;

  // Octets taken so far from the input as it is stored.
  virtual uint64_t stored() const = 0;
};

// Reads until `size` octets are there, the stream ends or fails.
struct Filled {
  size_t size = 0;
  bool at_end = false;
  absl::Status fault;
};
Filled ReadFully(Stream& stream, char* out, size_t size);

// A stream whose first octets can be looked at before they are read.
class HeadedStream : public Stream {
 public:
  // Looks at up to `size` octets at once.
  HeadedStream(std::unique_ptr<Stream> base, size_t size);

  // The first octets of the stream, at least `size` of them if there are so
  // many.  The view lives until the next call.  REQUIRES: nothing read yet,
  // but for octets stepped over.
  std::string_view Head(size_t size);
  std::string_view head() const { return {head_.get(), size_}; }
  // The head is the whole stream.
  bool head_is_all() const { return at_end_; }
  // Steps over octets of the head.
  void Skip(size_t size) { given_ += size; }
  size_t given() const { return given_; }
  // The stream below, whose position is behind the head; this one is of no
  // further use.
  std::unique_ptr<Stream> TakeBase() { return std::move(base_); }
  // What ended the head early, if anything did.
  const absl::Status& fault() const { return fault_; }

  absl::StatusOr<size_t> Read(char* out, size_t size) override;
  bool Resume() override;
  uint64_t position() const override;
  uint64_t stored() const override { return base_->stored(); }

 private:
  std::unique_ptr<Stream> base_;
  std::unique_ptr<char[]> head_;
  size_t size_ = 0;
  size_t given_ = 0;
  bool at_end_ = false;
  absl::Status fault_;
};

// Refuses to give more than `max_output` octets, or, behind the first 64 MiB,
// more than `max_ratio` times the octets as stored (case F2: bombs).
class LimitedStream : public Stream {
 public:
  LimitedStream(std::unique_ptr<Stream> base, uint64_t max_output,
                uint64_t max_ratio)
      : base_(std::move(base)),
        max_output_(max_output),
        max_ratio_(max_ratio) {}

  absl::StatusOr<size_t> Read(char* out, size_t size) override;
  bool Resume() override { return fault_.ok() && base_->Resume(); }
  uint64_t position() const override { return base_->position(); }
  uint64_t stored() const override { return base_->stored(); }

 private:
  std::unique_ptr<Stream> base_;
  uint64_t max_output_;
  uint64_t max_ratio_;
  absl::Status fault_;
};

// How many of `size` octets may be read at once: up to the next place where the
// limits are looked at, so that they are met at the same octet however large
// the reads are.
size_t UntilCheck(uint64_t output, size_t size, uint64_t max_output);

// The limits of LimitedStream for `output` octets out of `stored`.
absl::Status CheckOutput(uint64_t output, uint64_t stored, uint64_t max_output,
                         uint64_t max_ratio);

}  // namespace mailassay::source
