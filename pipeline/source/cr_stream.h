// Text whose lines end with CR alone, as classic Mac OS wrote it: each CR that
// is not of a CRLF is given as LF, so that octets keep their places.
#pragma once

#include <memory>
#include <optional>

#include "pipeline/source/stream.h"

namespace mailassay::source {

class CrStream : public Stream {
 public:
  explicit CrStream(std::unique_ptr<Stream> base) : base_(std::move(base)) {}

  absl::StatusOr<size_t> Read(char* out, size_t size) override;
  bool Resume() override;
  uint64_t position() const override {
    return base_->position() - (ahead_ ? 1 : 0);
  }
  uint64_t stored() const override { return base_->stored(); }

 private:
  std::unique_ptr<Stream> base_;
  std::optional<char> ahead_;  // read, to see what follows a CR
};

}  // namespace mailassay::source
