// The tables of audit.sqlite that people query: inputs, messages, signatures
// with their evidence, senders, keys, key findings, errors; views with the
// columns of the CSV files over them, and views for the usual questions
// (formats.md).
//
// The rows are put into a new file (bulk_file.h) by one thread.  The same rows
// in the same order give the same octets, however they are divided among calls
// of Add.  Errors are the file's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "lib/audit/columns.h"
#include "lib/audit/facts.h"
#include "lib/audit/notes.h"
#include "lib/audit/record.h"
#include "pipeline/store/bulk_file.h"
#include "pipeline/store/database.h"
#include "pipeline/store/sql_record.h"

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
  // What makes the tables.  A column `gap_NAME` of inputs for each name; names
  // are ours: lower-case letters and "_".
  static std::string Sql(std::span<const std::string_view> gap_names);

  // Of a file that Sql made, which must outlive this.
  explicit QueryTables(BulkFile& file);

  // Records (audit/record.h) of messages, each followed by those of its
  // signatures, of senders, keys, key findings and errors.  Message and
  // signature ids count from 1.
  absl::Status Add(std::string_view records);
  // In the order of reading.
  absl::Status Add(const InputRow& row);
  absl::Status Add(const audit::FileHash& hash);

  // Makes the indexes and the views, in the finished file.
  static absl::Status Complete(Database& database,
                               std::span<const std::string_view> gap_names);

 private:
  struct Rows {
    TableTree* tree;
    int64_t count = 0;
  };

  absl::Status AddRecord(const audit::RecordReader& record);

  Rows messages_, signatures_, senders_, keys_, key_findings_, errors_;
  TableTree* inputs_;
  TableTree* file_hashes_;
  SqlRecord row_;  // kept for its memory
};

// What the tables and views hold besides the columns of the CSV files, as the
// schema says it; formats.md is compared with it.
std::span<const audit::Column> InputColumns();
std::span<const audit::Column> FileHashColumns();

}  // namespace mailassay::store
