#include "pipeline/run/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::run {
namespace {

constexpr size_t kBufferBytes = 256u << 10;

absl::Status ErrnoStatus(const std::string& path, const char* what) {
  return absl::UnavailableError(
      Concat(SafeText(path), ": ", what, ": ", strerror(errno)));
}

absl::Status SyncDirectoryOf(const std::string& path) {
  size_t slash = path.rfind('/');
  std::string directory =
      slash == std::string::npos ? "." : path.substr(0, slash + 1);
  int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return ErrnoStatus(directory, "open");
  int result = fsync(fd);
  close(fd);
  // Some file systems cannot sync a directory; the data itself is synced.
  if (result != 0 && errno != EINVAL) return ErrnoStatus(directory, "sync");
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Create(
    const std::string& path) {
  std::string partial = path + ".partial";
  int fd = open(partial.c_str(),
                O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) return ErrnoStatus(partial, "create");
  return absl::WrapUnique(new OutputFile(path, fd));
}

OutputFile::OutputFile(std::string path, int fd)
    : path_(std::move(path)), partial_(path_ + ".partial"), fd_(fd) {}

OutputFile::~OutputFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status OutputFile::Failure(const char* what) {
  status_ = ErrnoStatus(partial_, what);
  return status_;
}

absl::Status OutputFile::Write(std::string_view bytes) {
  if (!status_.ok()) return status_;
  buffer_.append(bytes);
  return buffer_.size() >= kBufferBytes ? Flush() : absl::OkStatus();
}

absl::Status OutputFile::Flush() {
  std::string_view left = buffer_;
  while (!left.empty()) {
    ssize_t written = write(fd_, left.data(), left.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return Failure("write");
    }
    left.remove_prefix(static_cast<size_t>(written));
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status OutputFile::Commit() {
  if (!status_.ok()) return status_;
  if (absl::Status flushed = Flush(); !flushed.ok()) return flushed;
  if (fsync(fd_) != 0) return Failure("sync");
  int closed = close(fd_);
  fd_ = -1;
  if (closed != 0) return Failure("close");
  if (rename(partial_.c_str(), path_.c_str()) != 0) return Failure("rename");
  return SyncDirectoryOf(path_);
}

void OutputFile::Discard() { unlink(partial_.c_str()); }

}  // namespace mailassay::run
