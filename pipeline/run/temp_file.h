// A temporary file without a name: appended to, read at any place, gone when
// closed.  Made on the first Append.  One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "lib/audit/spill.h"

namespace mailassay::run {

class TempFile : public audit::RunStorage {
 public:
  // In `directory`, or where empty: $TMPDIR, else /var/tmp.
  explicit TempFile(std::string directory);
  ~TempFile() override;
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  void Append(std::string_view bytes) override;
  uint64_t size() const override { return size_; }
  std::string Read(uint64_t offset, size_t size) override;

  // The first failure; everything after it is lost.
  const absl::Status& status() const { return status_; }

 private:
  void Open();
  void Fail(const char* what);

  std::string directory_;
  int fd_ = -1;
  uint64_t size_ = 0;
  absl::Status status_;
};

}  // namespace mailassay::run
