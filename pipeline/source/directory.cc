#include "pipeline/source/directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "pipeline/source/fault.h"

namespace mailassay::source {

absl::StatusOr<Directory> Directory::Open(int parent, const char* name,
                                          bool follow) {
  Directory directory;
  directory.fd_ = openat(parent, name,
                         O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK |
                             (follow ? 0 : O_NOFOLLOW));
  if (directory.fd_ < 0) return Unreadable("open", errno);
  struct stat status {};
  if (fstat(directory.fd_, &status) != 0) return Unreadable("stat", errno);
  directory.device_ = status.st_dev;
  directory.inode_ = status.st_ino;
  if (absl::Status listed = directory.List(); !listed.ok()) return listed;
  return directory;
}

Directory::Directory(Directory&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      device_(other.device_),
      inode_(other.inode_),
      names_(std::move(other.names_)),
      begins_(std::move(other.begins_)) {}

Directory::~Directory() {
  if (fd_ >= 0) close(fd_);
}

absl::Status Directory::List() {
  const int copy = fcntl(fd_, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return Unreadable("list", errno);
  std::unique_ptr<DIR, int (*)(DIR*)> stream(fdopendir(copy), closedir);
  if (stream == nullptr) {
    close(copy);
    return Unreadable("list", errno);
  }
  while (true) {
    errno = 0;
    const dirent* entry = readdir(stream.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    begins_.push_back(names_.size());
    names_.append(name).push_back('\0');
  }
  if (errno != 0) return Unreadable("list", errno);
  std::sort(begins_.begin(), begins_.end(), [this](uint64_t a, uint64_t b) {
    return std::string_view(names_.data() + a) <
           std::string_view(names_.data() + b);
  });
  return absl::OkStatus();
}

bool Directory::Has(std::string_view name) const {
  auto at = std::lower_bound(begins_.begin(), begins_.end(), name,
                             [this](uint64_t begin, std::string_view value) {
                               return names_.data() + begin < value;
                             });
  return at != begins_.end() && names_.data() + *at == name;
}

bool Directory::HasDirectory(std::string_view name) const {
  struct stat status {};
  return Has(name) &&
         fstatat(fd_, std::string(name).c_str(), &status,
                 AT_SYMLINK_NOFOLLOW) == 0 &&
         S_ISDIR(status.st_mode);
}

}  // namespace mailassay::source
