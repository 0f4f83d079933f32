// The entries of one directory, in the bytewise order of their names, in
// little memory: a name and ten octets each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace mailassay::source {

class Directory {
 public:
  // Opens `name` below `parent` (a descriptor or AT_FDCWD); `follow`: though
  // it be a symbolic link.
  static absl::StatusOr<Directory> Open(int parent, const char* name,
                                        bool follow);
  Directory(Directory&& other) noexcept;
  Directory& operator=(Directory&&) = delete;
  ~Directory();

  int fd() const { return fd_; }
  uint64_t device() const { return device_; }
  uint64_t inode() const { return inode_; }

  size_t size() const { return begins_.size(); }
  // Ends in NUL.
  std::string_view Name(size_t i) const { return names_.data() + begins_[i]; }
  bool Has(std::string_view name) const;
  // Is `name` a directory itself, not a link to one?
  bool HasDirectory(std::string_view name) const;

 private:
  Directory() = default;
  absl::Status List();

  int fd_ = -1;
  uint64_t device_ = 0;
  uint64_t inode_ = 0;
  std::string names_;
  std::vector<uint64_t> begins_;
};

}  // namespace mailassay::source
