// The text of a FileRun, read slice by slice by the thread that examines it, so
// that each slice is looked at while it is near.
//
// Used by one thread at a time; different runs of a file by different ones.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "pipeline/source/block.h"

namespace mailassay::source {

class FileRunText {
 public:
  // `run` outlives the object.
  explicit FileRunText(const FileRun& run)
      : run_(run), buffer_(run.pool->Take()) {}

  // Reads one more slice.  False: nothing is left, or see fault().
  bool ReadMore();

  // What has been read; grows in its place, and lives as long as storage().
  std::string_view text() const { return {buffer_.get(), size_}; }
  bool complete() const { return size_ == run_.size; }
  // What ended the text before its time (case F9, an unreadable disk).
  const absl::Status& fault() const { return fault_; }
  const std::shared_ptr<char>& storage() const { return buffer_; }

 private:
  const FileRun& run_;
  std::shared_ptr<char> buffer_;
  size_t size_ = 0;
  absl::Status fault_;
};

}  // namespace mailassay::source
