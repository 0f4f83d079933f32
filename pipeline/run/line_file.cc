#include "pipeline/run/line_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::run {

absl::StatusOr<std::unique_ptr<LineFile>> LineFile::Open(
    const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  auto file = absl::WrapUnique(new LineFile(path, fd));
  if (fd < 0) return file->Failure("open");
  struct stat about;
  if (fstat(fd, &about) != 0) return file->Failure("stat");
  if (!S_ISREG(about.st_mode)) {
    return absl::InvalidArgumentError(
        Concat(SafeText(path), ": is no regular file"));
  }
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return file->Failure("lock");
    return absl::FailedPreconditionError(
        Concat(SafeText(path), ": another run is at work on it"));
  }
  absl::Status read = file->Read();
  if (!read.ok()) return read;
  return file;
}

LineFile::~LineFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status LineFile::Failure(const char* what) const {
  return absl::UnavailableError(
      Concat(SafeText(path_), ": ", what, ": ", strerror(errno)));
}

absl::Status LineFile::Read() {
  std::vector<char> piece(1 << 16);
  ssize_t n;
  while ((n = read(fd_, piece.data(), piece.size())) != 0) {
    if (n > 0) {
      text_.append(piece.data(), static_cast<size_t>(n));
    } else if (errno != EINTR) {
      return Failure("read");
    }
  }
  const size_t last = text_.rfind('\n');
  end_ = last == text_.npos ? 0 : last + 1;
  cut_ = text_.substr(end_);
  is_cut_ = !cut_.empty();
  text_.resize(end_);
  return absl::OkStatus();
}

absl::Status LineFile::Append(std::string_view line) {
  if (is_cut_ && ftruncate(fd_, static_cast<off_t>(end_)) != 0) {
    return Failure("truncate");
  }
  is_cut_ = true;  // until all of the line is there
  for (std::string_view left = line; !left.empty();) {
    const uint64_t at = end_ + (line.size() - left.size());
    const ssize_t n =
        pwrite(fd_, left.data(), left.size(), static_cast<off_t>(at));
    if (n < 0 && errno != EINTR) return Failure("write");
    if (n > 0) left.remove_prefix(static_cast<size_t>(n));
  }
  if (fdatasync(fd_) != 0) return Failure("sync");
  end_ += line.size();
  is_cut_ = false;
  return absl::OkStatus();
}

void LineFile::Discard() {
  if (end_ == 0 && !is_cut_) unlink(path_.c_str());
}

}  // namespace mailassay::run
