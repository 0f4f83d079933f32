// The table of batches, in a log and in a finished audit.  Each row is sealed
// together with the seal before it, so that none can be changed, left out or
// exchanged unnoticed; the last ones of a log may be missing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/source/position.h"
#include "pipeline/store/database.h"
#include "pipeline/store/sql_record.h"
#include "pipeline/store/table_tree.h"

namespace mailassay::store {

// One row: a batch, or a part of one.
struct Part {
  int64_t id = 0;
  std::string facts;  // audit::EncodeFacts
  std::string notes;  // audit::EncodeNotes; of the first part of a batch
  // Where reading goes on behind it; nullopt: the batch has another part.
  std::optional<source::Position> next;
};

// Writes into a log.
class BatchWriter {
 public:
  // `last_seal`: of the row behind which to write; empty: the first.
  static absl::StatusOr<BatchWriter> Open(Database& database,
                                          std::string last_seal);
  absl::Status Add(std::string_view facts, std::string_view notes,
                   const std::optional<source::Position>& next);

 private:
  BatchWriter(Statement insert, std::string seal)
      : insert_(std::move(insert)), seal_(std::move(seal)) {}

  Statement insert_;
  std::string seal_;
};

// Writes into a new file, from the first row on.
class BatchFiller {
 public:
  // `table` must outlive this.
  explicit BatchFiller(TableTree& table) : table_(&table) {}
  absl::Status Add(std::string_view facts, std::string_view notes,
                   const std::optional<source::Position>& next);

 private:
  TableTree* table_;
  int64_t rows_ = 0;
  std::string seal_;
  SqlRecord row_;
};

// Reads all rows from the first one on.
class BatchReader {
 public:
  static absl::StatusOr<BatchReader> Open(const Database& database);
  // nullopt at the end.  DataLoss: a row is not what it was.
  absl::StatusOr<std::optional<Part>> Next();

 private:
  BatchReader(const Database& database, Statement select)
      : database_(&database), select_(std::move(select)) {}

  const Database* database_;
  Statement select_;
  int64_t last_ = 0;
  std::string seal_;
};

}  // namespace mailassay::store
