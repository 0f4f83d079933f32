#include "pipeline/source/file_input.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"

namespace mailassay::source {
namespace {

constexpr int kOpenFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY;
// Reading ahead is worth a call only for a file of some length.
constexpr off_t kAdviseBytes = 1 << 20;

template <typename Call>
auto RetryInterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

}  // namespace

int64_t ModifiedNs(const struct stat& status) {
  return int64_t{status.st_mtim.tv_sec} * 1'000'000'000 +
         status.st_mtim.tv_nsec;
}

absl::StatusOr<std::unique_ptr<FileInput>> FileInput::OpenNamed(
    const std::string& path, bool wait) {
  const int flags = kOpenFlags | (wait ? 0 : O_NONBLOCK);
  const int fd = RetryInterrupted([&] { return open(path.c_str(), flags); });
  if (fd < 0) return Unreadable("open", errno);
  std::unique_ptr<FileInput> file(new FileInput(fd, true));
  if (absl::Status status = file->Inspect(); !status.ok()) return status;
  return file;
}

absl::StatusOr<std::unique_ptr<FileInput>> FileInput::OpenFound(
    int directory, const char* name) {
  const int fd = RetryInterrupted([&] {
    return openat(directory, name, kOpenFlags | O_NOFOLLOW | O_NONBLOCK);
  });
  if (fd < 0) return Unreadable("open", errno);
  std::unique_ptr<FileInput> file(new FileInput(fd, true));
  if (absl::Status status = file->Inspect(); !status.ok()) return status;
  if (!file->regular()) {
    return Changed("was a regular file when listed and is none now");
  }
  return file;
}

std::unique_ptr<FileInput> FileInput::Stdin() {
  std::unique_ptr<FileInput> file(new FileInput(STDIN_FILENO, false));
  // A closed stdin shows at the first Read.
  file->Inspect().IgnoreError();
  // Standard input may stand in the middle of a file; read() goes on there.
  file->end_.reset();
  return file;
}

FileInput::~FileInput() {
  if (owned_) close(fd_);
}

absl::Status FileInput::Inspect() {
  if (fstat(fd_, &stat_) != 0) return Unreadable("stat", errno);
  if (S_ISREG(stat_.st_mode)) {
    end_ = static_cast<uint64_t>(stat_.st_size);
    if (stat_.st_size >= kAdviseBytes) {
      posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<size_t> FileInput::Read(char* out, size_t size) {
  if (regular()) {
    auto n = ReadAt(position_, out, size);
    if (n.ok()) position_ += *n;
    return n;
  }
  const ssize_t n = RetryInterrupted([&] { return read(fd_, out, size); });
  if (n < 0) return Unreadable("read", errno);
  position_ += static_cast<uint64_t>(n);
  return static_cast<size_t>(n);
}

absl::StatusOr<size_t> FileInput::ReadAt(uint64_t offset, char* out,
                                         size_t size) const {
  if (offset >= *end_) return size_t{0};
  size = static_cast<size_t>(std::min<uint64_t>(size, *end_ - offset));
  const ssize_t n = RetryInterrupted(
      [&] { return pread(fd_, out, size, static_cast<off_t>(offset)); });
  if (n < 0) return Unreadable("read", errno);
  if (n == 0) {
    return Changed(
        Concat("was cut short while it was read: ends here, not at ", *end_));
  }
  return static_cast<size_t>(n);
}

int64_t FileInput::modified_ns() const {
  return regular() ? ModifiedNs(stat_) : 0;
}

bool FileInput::InPageCache() const {
  char octet;
  const iovec out{.iov_base = &octet, .iov_len = 1};
  return preadv2(fd_, &out, 1, 0, RWF_NOWAIT) >= 0;
}

absl::Status FileInput::CheckUnchanged() const {
  if (!regular()) return absl::OkStatus();
  struct stat now {};
  if (fstat(fd_, &now) != 0) return Unreadable("stat", errno);
  if (now.st_size != stat_.st_size) {
    return Changed(Concat("changed while it was read: ", *end_,
                          " octets when opened, ", now.st_size, " now"));
  }
  if (now.st_mtim.tv_sec != stat_.st_mtim.tv_sec ||
      now.st_mtim.tv_nsec != stat_.st_mtim.tv_nsec) {
    return Changed("was written to while it was read");
  }
  return absl::OkStatus();
}

}  // namespace mailassay::source
