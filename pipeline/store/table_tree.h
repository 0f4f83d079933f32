// The b-tree of an SQLite table, filled in the order of its rowids:
// https://www.sqlite.org/fileformat2.html#b_tree_pages.  A leaf is written when
// it is full, an inner page when it has all its children, and nothing is looked
// for or moved: a row costs a copy of its octets.
//
// One thread; the trees of one file may be filled by turns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "pipeline/store/page_file.h"
#include "pipeline/store/sql_record.h"

namespace mailassay::store {

class TableTree {
 public:
  // `root`: the page of the empty table.  `file` must outlive this.
  TableTree(PageFile* file, uint32_t root);

  // Internal: the rowid is not above the last one.  Else an error of the file.
  absl::Status Add(int64_t rowid, const SqlRecord& record);

  // No more rows.
  void Finish();

 private:
  struct Child {
    uint32_t page = 0;
    int64_t last = 0;  // rowid below it
  };

  size_t LocalSize(size_t record) const;
  void AddCell(int64_t rowid, const SqlRecord& record, size_t local);
  void WriteLong(const SqlRecord& record, size_t local, char* out);
  const std::string& FinishedLeaf();
  void CloseLeaf();
  void AddChild(size_t level, Child child);
  const std::string& MakeInner(std::span<const Child> children);

  PageFile* file_;
  uint32_t root_;
  std::string leaf_;  // its cells stand at its end, the last one first
  size_t cells_ = 0;
  size_t content_;  // where the cells begin
  std::optional<int64_t> last_;
  // Children without a parent, from those that are leaves upwards.
  std::vector<std::vector<Child>> levels_;
  std::string inner_;
  std::string long_;
};

}  // namespace mailassay::store
