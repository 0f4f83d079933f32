// libarchive reading from a Stream.
#pragma once

#include <archive.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "pipeline/source/file_input.h"
#include "pipeline/source/stream.h"

namespace mailassay::source {

class ArchiveInput {
 public:
  // Owns `in`.  `file`: the same stream when it is a regular file and may be
  // sought in; else nullptr.
  ArchiveInput(std::unique_ptr<Stream> in, FileInput* file);

  archive* get() const { return archive_.get(); }
  // Starts again with a new archive and no formats or filters set.  REQUIRES:
  // `file` was given.
  void Restart();
  bool can_restart() const { return file_ != nullptr; }
  // Opens once formats and filters are set.
  int Open();
  Stream& in() { return *in_; }
  // Up to `size` octets of `in`, those before octet `end`, as far as they were
  // given last.
  std::string Before(uint64_t end, size_t size) const;
  // What libarchive says of its last failure, or the failure below it.
  absl::Status Fault(std::string_view layer) const;

 private:
  struct Deleter {
    void operator()(archive* a) const { archive_read_free(a); }
  };
  static la_ssize_t OnRead(archive* a, void* self, const void** buffer);
  static la_int64_t OnSkip(archive* a, void* self, la_int64_t size);
  static la_int64_t OnSeek(archive* a, void* self, la_int64_t offset,
                           int whence);

  std::unique_ptr<Stream> in_;
  FileInput* file_;
  // The octets given last, and those before them.
  struct Given {
    std::unique_ptr<char[]> text;
    uint64_t begin = 0;
    size_t size = 0;
  };
  std::array<Given, 2> given_;
  size_t last_ = 0;                            // in given_
  absl::Status fault_;                         // of in_
  std::unique_ptr<archive, Deleter> archive_;  // uses all of the above
};

}  // namespace mailassay::source
