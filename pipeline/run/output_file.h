// A file that appears whole or not at all: written as NAME.partial, synced,
// renamed to NAME, its directory synced (reliability promise P10).  One thread
// at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mailassay::run {

class OutputFile {
 public:
  static absl::StatusOr<std::unique_ptr<OutputFile>> Create(
      const std::string& path);
  // Closes; a file not committed stays behind as NAME.partial.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Errors name the file; after the first one nothing is written any more.
  absl::Status Write(std::string_view bytes);
  absl::Status Commit();
  // Removes what was written.
  void Discard();

 private:
  OutputFile(std::string path, int fd);
  absl::Status Flush();
  absl::Status Failure(const char* what);

  std::string path_;
  std::string partial_;
  int fd_;
  std::string buffer_;
  absl::Status status_;
};

}  // namespace mailassay::run
