// Writes a finished audit: a new file from the first octet to the last, in one
// go, which then takes the place of what DIR/audit.sqlite was.  The same rows
// make the same octets.  Until Publish nothing of it is to be seen but
// audit.sqlite.partial, which another run throws away.
//
// Used by one thread at a time; the first error is kept, and told by Finish.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/source/position.h"
#include "pipeline/store/audit_store.h"
#include "pipeline/store/batch_table.h"
#include "pipeline/store/bulk_file.h"
#include "pipeline/store/query_tables.h"

namespace mailassay::store {

class AuditWriter {
 public:
  static absl::StatusOr<std::unique_ptr<AuditWriter>> Create(
      const std::string& dir);

  // As Part (batch_table.h), in order; ids are given anew.
  void AddPart(std::string_view facts, std::string_view notes,
               const std::optional<source::Position>& next);

  // Of messages in archive order, each before its signatures; of senders, keys
  // and errors (audit/record.h).
  void AddRecords(std::string_view records);
  void AddInput(const InputRow& row);
  void AddFileHash(const audit::FileHash& hash);
  // Keeps the first error.
  void Note(const absl::Status& status);
  const absl::Status& status() const { return status_; }

  // Settings, answers, indexes; then the file is closed and synced.
  absl::Status Finish(const Settings& settings,
                      const AuditStore::NameSource& names);
  // Under its name.  REQUIRES: Finish was OK, and nobody has the file open that
  // it replaces.
  absl::Status Publish();

 private:
  AuditWriter(std::string dir, std::unique_ptr<BulkFile> file);

  absl::Status Complete(Database& database, const Settings& settings,
                        const AuditStore::NameSource& names);

  const std::string dir_;
  std::unique_ptr<BulkFile> file_;
  BatchFiller batches_;
  QueryTables tables_;
  absl::Status status_;
};

}  // namespace mailassay::store
