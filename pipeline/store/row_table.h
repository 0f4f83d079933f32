// Rows in memory that SQL can select from: what one INSERT ... SELECT takes
// from them is in the database in half the time of as many INSERTs.
//
// Belongs to the connection, and lasts as long as it.  Errors are its.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/audit/record.h"
#include "pipeline/store/database.h"

namespace mailassay::store {

class RowTable {
 public:
  // A table `name` of the columns c1, c2 ...
  static absl::StatusOr<RowTable*> Create(Database& database,
                                          const std::string& name,
                                          size_t columns);

  // Row behind row.  REQUIRES: whole rows, whose octets are there, whenever a
  // statement runs that looks at the table.
  std::vector<audit::Cell>& cells() { return cells_; }
  const std::vector<audit::Cell>& cells() const { return cells_; }
  size_t columns() const { return columns_; }

 private:
  explicit RowTable(size_t columns) : columns_(columns) {}

  size_t columns_;
  std::vector<audit::Cell> cells_;
};

}  // namespace mailassay::store
