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
#include "lib/audit/record.h"
#include "pipeline/store/database.h"

namespace mailassay::store {

struct InputRow {
  const audit::Input& input;
  uint64_t stream_bytes = 0;  // uncompressed
  uint64_t messages = 0;
  uint64_t message_bytes = 0;
  std::span<const uint64_t> gaps;  // octets, of the gaps named at Create
  std::string_view sha256;         // of the file, hexadecimal; empty: not known
};

class QueryTables {
 public:
  // Makes the tables.  A column `gap_NAME` of inputs for each name; names are
  // ours: lower-case letters and "_".
  static absl::StatusOr<QueryTables> Create(
      Database& database, std::span<const std::string_view> gap_names);

  // Records (audit/record.h) of messages, each followed by those of its
  // signatures, of senders, keys and errors.  Message and signature ids count
  // from 1.
  absl::Status Add(std::string_view records);
  absl::Status Add(const InputRow& row);
  // Makes the indexes and the views.
  absl::Status Finish();

  uint64_t messages() const { return static_cast<uint64_t>(messages_); }

 private:
  struct Insert {
    Statement statement;
    std::vector<audit::Cell> bound;  // but for octets
  };

  QueryTables(Database& database, std::vector<std::string> gap_names,
              std::vector<Insert> inserts)
      : database_(&database),
        gap_names_(std::move(gap_names)),
        inserts_(std::move(inserts)) {}

  absl::Status AddRecord(const audit::RecordReader& record);

  Database* database_;
  std::vector<std::string> gap_names_;
  std::vector<Insert> inserts_;  // by TableOf
  int64_t messages_ = 0;
};

// What the tables and views hold besides the columns of the CSV files, as the
// schema says it; formats.md is compared with it.
std::span<const audit::Column> InputColumns();

}  // namespace mailassay::store
