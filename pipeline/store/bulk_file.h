// A new database file whose tables are filled before SQL comes to it.
//
// An INSERT costs some 60 ns a value in SQLite, most of it for what a new file
// that one thread fills in order does not need; rows written as its documented
// file format has them (https://www.sqlite.org/fileformat2.html) cost a tenth.
// SQLite makes the file and its tables, then the trees of its tables are
// filled, then SQLite has it again, for indexes and all the rest.
//
// One thread.  Nothing is synced or journalled: a file that is not finished is
// thrown away whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/store/database.h"
#include "pipeline/store/page_file.h"
#include "pipeline/store/table_tree.h"

namespace mailassay::store {

class BulkFile {
 public:
  // Makes the file at `path`, which must not exist, and runs `sql` in it.
  static absl::StatusOr<std::unique_ptr<BulkFile>> Create(
      const std::string& path, size_t page_bytes, const std::string& sql);

  // Of an empty table with rowids that `sql` made; belongs to this.
  TableTree& Table(std::string_view name);

  // The file with all rows, in a transaction that the caller commits.
  absl::StatusOr<std::unique_ptr<Database>> Finish();

 private:
  BulkFile(std::string path, std::unique_ptr<PageFile> pages)
      : path_(std::move(path)), pages_(std::move(pages)) {}

  std::string path_;
  std::unique_ptr<PageFile> pages_;
  std::map<std::string, TableTree, std::less<>> tables_;
};

}  // namespace mailassay::store
