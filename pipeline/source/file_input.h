// A file, pipe or standard input as a stream.  A regular file ends where it
// ended when it was opened: what is appended later is not read.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

#include "pipeline/source/stream.h"

namespace mailassay::source {

// When a file was written to last, since 1970.
int64_t ModifiedNs(const struct stat& status);

class FileInput : public Stream {
 public:
  // Opens what was named: links are followed, pipes waited for if `wait`.
  static absl::StatusOr<std::unique_ptr<FileInput>> OpenNamed(
      const std::string& path, bool wait = true);
  // Opens what a walk found (reliability promise P17): no links followed,
  // nothing but a regular file, never waiting.
  static absl::StatusOr<std::unique_ptr<FileInput>> OpenFound(int directory,
                                                              const char* name);
  static std::unique_ptr<FileInput> Stdin();
  ~FileInput() override;

  absl::StatusOr<size_t> Read(char* out, size_t size) override;
  uint64_t position() const override { return position_; }
  uint64_t stored() const override { return position_; }

  bool regular() const { return end_.has_value(); }
  // As it was opened; 0 of a pipe.
  int64_t modified_ns() const;
  // REQUIRES regular().
  uint64_t size() const { return *end_; }
  void Seek(uint64_t position) { position_ = position; }
  // Reads at `offset` up to size() without moving; safe from any thread.
  absl::StatusOr<size_t> ReadAt(uint64_t offset, char* out, size_t size) const;
  const struct stat& status() const { return stat_; }
  // Can the first octets be read without waiting?  No, where the file system
  // can't tell.
  bool InPageCache() const;

  // Is the file as it was when opened?  (Case F9.)
  absl::Status CheckUnchanged() const;

 private:
  FileInput(int fd, bool owned) : fd_(fd), owned_(owned) {}
  absl::Status Inspect();

  int fd_;
  bool owned_;
  struct stat stat_ {};
  std::optional<uint64_t> end_;
  uint64_t position_ = 0;
};

}  // namespace mailassay::source
