// The tables of audit.sqlite that people query: inputs, messages, signatures
// with their evidence, senders, keys, errors; views with the columns of the CSV
// files over them, and views for the usual questions (formats.md).
//
// Made in one go inside a transaction that the caller holds, by one thread.
// The same rows in the same order give the same octets, however they are
// divided among calls of Add.  Errors are the database's.
//
// The caller makes the file: pages of 16 KiB were quickest of those measured,
// and the memory of cache_size is what the indexes are sorted in.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/audit/columns.h"
#include "lib/audit/facts.h"
#include "lib/audit/notes.h"
#include "lib/audit/record.h"
#include "pipeline/store/database.h"
#include "pipeline/store/row_table.h"

namespace mailassay::store {

struct InputRow {
  const audit::Input& input;
  uint64_t stream_bytes = 0;  // uncompressed
  uint64_t messages = 0;
  uint64_t message_bytes = 0;
  std::span<const uint64_t> gaps;  // octets, of the gaps named at Create
};

class QueryTables {
 public:
  // Makes the tables.  A column `gap_NAME` of inputs for each name; names are
  // ours: lower-case letters and "_".
  static absl::StatusOr<QueryTables> Create(
      Database& database, std::span<const std::string_view> gap_names);

  // Records (audit/record.h) of messages, each followed by those of its
  // signatures, of senders, keys and errors.  Message and signature ids count
  // from 1.  Rows may be in the database only after some more calls.
  absl::Status Add(std::string_view records);
  absl::Status Add(const InputRow& row);
  absl::Status Add(const audit::FileHash& hash);
  // Makes the indexes and the views.
  absl::Status Finish();

 private:
  // Rows that are put in at once.
  struct Bulk {
    RowTable* rows;  // the database's
    Statement insert;
    absl::Status Run();
  };

  QueryTables(Database& database, std::vector<std::string> gap_names)
      : database_(&database), gap_names_(std::move(gap_names)) {}

  absl::Status Prepare();
  absl::Status AddBulk(audit::Table table, std::string_view sql_table,
                       std::vector<std::string> names);
  // `in_bulk`: the records at the end of `held` whose rows are in bulk.
  absl::Status AddHeld(std::string_view held, std::string_view* in_bulk);
  absl::Status AddPending();
  absl::Status AddToBulk(const audit::RecordReader& record);
  absl::Status Insert(const audit::RecordReader& record);
  absl::Status Flush();

  Database* database_;
  std::vector<std::string> gap_names_;
  std::vector<Bulk> bulks_;         // of messages, then of signatures
  std::vector<Statement> inserts_;  // of the others
  int64_t messages_ = 0;            // those in bulk included
  int64_t bulk_messages_ = 0;
  size_t bulk_rows_ = 0;
  std::string pending_;  // records that wait for more
  std::string held_;     // of one Add; kept for its memory
};

// What the tables and views hold besides the columns of the CSV files, as the
// schema says it; formats.md is compared with it.
std::span<const audit::Column> InputColumns();
std::span<const audit::Column> FileHashColumns();

}  // namespace mailassay::store
