#include "pipeline/run/temp_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "lib/base/concat.h"

namespace mailassay::run {

TempFile::TempFile(std::string directory) : directory_(std::move(directory)) {
  if (!directory_.empty()) return;
  const char* configured = getenv("TMPDIR");
  directory_ = configured != nullptr && *configured ? configured : "/var/tmp";
}

TempFile::~TempFile() {
  if (fd_ >= 0) close(fd_);
}

void TempFile::Fail(const char* what) {
  if (!status_.ok()) return;
  status_ = absl::UnavailableError(Concat("temporary file in ", directory_,
                                          ": ", what, ": ", strerror(errno)));
}

void TempFile::Open() {
  fd_ = open(directory_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd_ >= 0) return;
  // Not every file system knows O_TMPFILE.
  std::string path = directory_ + "/mailassay-XXXXXX";
  fd_ = mkostemp(path.data(), O_CLOEXEC);
  if (fd_ < 0) return Fail("create");
  unlink(path.c_str());
}

void TempFile::Append(std::string_view bytes) {
  if (fd_ < 0 && status_.ok()) Open();
  while (!bytes.empty() && status_.ok()) {
    ssize_t written =
        pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0) {
      if (errno != EINTR) Fail("write");
      continue;
    }
    size_ += static_cast<uint64_t>(written);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

std::string TempFile::Read(uint64_t offset, size_t size) {
  std::string out(size, '\0');
  size_t have = 0;
  while (have < size && status_.ok() && fd_ >= 0) {
    ssize_t got = pread(fd_, out.data() + have, size - have,
                        static_cast<off_t>(offset + have));
    if (got == 0) break;
    if (got < 0) {
      if (errno != EINTR) Fail("read");
      continue;
    }
    have += static_cast<size_t>(got);
  }
  out.resize(have);
  return out;
}

}  // namespace mailassay::run
