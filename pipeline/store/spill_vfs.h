// Where SQLite puts what it can't hold in memory, the sorts of large indexes
// above all: into a file of our choice, on the disk that the database is for.
// By itself it takes /var/tmp or /tmp, which may be small, or memory; what
// SQLite has to change that is global to the process.
//
// An operating system layer (sqlite3_vfs) of one connection: that of the
// system, but for files without a name.  They get this one, one after the
// other, for SQLite unlinks each as soon as it is open: nothing stays behind
// whatever ends the process, but an empty file if that is between the two.
#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mailassay::store {

class SpillVfs {
 public:
  // Removes what an earlier process has left at `path`.
  static absl::StatusOr<std::unique_ptr<SpillVfs>> Create(
      const std::string& path);
  // REQUIRES: its connection is closed.
  ~SpillVfs();
  SpillVfs(const SpillVfs&) = delete;
  SpillVfs& operator=(const SpillVfs&) = delete;

  // For sqlite3_open_v2.
  const char* name() const;

 private:
  struct Layer;
  SpillVfs();

  std::unique_ptr<Layer> layer_;
};

}  // namespace mailassay::store
