// A file that grows line by line and keeps each once Append has returned: lines
// are synced one by one.  A line cut short by a crash is taken off when the
// file is opened again.  One thread at a time; the file is locked against other
// processes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mailassay::run {

class LineFile {
 public:
  // Makes the file if it is not there, and leaves it as it is.
  // FailedPrecondition: another process has it; else as the system says.
  static absl::StatusOr<std::unique_ptr<LineFile>> Open(
      const std::string& path);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  // What the file held when it was opened: whole lines.
  const std::string& text() const { return text_; }
  // What stood behind them, cut short; empty: nothing.
  const std::string& cut() const { return cut_; }
  // `line` with its line end.  What stands cut short behind the whole lines is
  // taken off before the first one.
  absl::Status Append(std::string_view line);
  // Removes the file if it is empty.
  void Discard();

 private:
  LineFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  absl::Status Read();
  absl::Status Failure(const char* what) const;

  std::string path_;
  int fd_;
  std::string text_;
  std::string cut_;
  uint64_t end_ = 0;     // of the whole lines
  bool is_cut_ = false;  // something stands behind them
};

}  // namespace mailassay::run
