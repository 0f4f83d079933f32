#include "pipeline/store/audit_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "lib/audit/books.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::store {
namespace {

std::string PartialPath(const std::string& dir) {
  return Concat(PathIn(dir, kAuditFile), ".partial");
}

std::vector<std::string_view> GapNames() {
  std::vector<std::string_view> names;
  for (size_t i = 0; i < audit::Books::kGaps; ++i) {
    names.push_back(audit::GapName(static_cast<audit::Gap>(i)));
  }
  return names;
}

absl::Status SyncFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) close(fd);
  if (synced) return absl::OkStatus();
  return absl::UnavailableError(
      Concat(SafeText(path), ": sync: ", strerror(error)));
}

}  // namespace

// Nothing is journalled on disk or synced on the way: a file that is not
// finished is thrown away whole.  (A defensive connection takes no OFF; a
// journal of a new file has no pages to keep.)
absl::StatusOr<std::unique_ptr<AuditWriter>> AuditWriter::Create(
    const std::string& dir) {
  const std::string path = PartialPath(dir);
  unlink(path.c_str());
  unlink((path + "-journal").c_str());
  auto database = Database::Open(path, Database::Mode::kCreate);
  if (!database.ok()) return database.status();
  absl::Status made = (*database)->Execute(
      Concat("PRAGMA page_size = ", kPageBytes,
             "; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
             "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -32768;"
             "BEGIN;",
             SchemaSql()));
  if (!made.ok()) return made;
  auto batches = BatchWriter::Open(**database, "");
  if (!batches.ok()) return batches.status();
  auto tables = QueryTables::Create(**database, GapNames());
  if (!tables.ok()) return tables.status();
  return absl::WrapUnique(new AuditWriter(
      dir, *std::move(database), *std::move(batches), *std::move(tables)));
}

AuditWriter::AuditWriter(std::string dir, std::unique_ptr<Database> database,
                         BatchWriter batches, QueryTables tables)
    : dir_(std::move(dir)),
      database_(std::move(database)),
      batches_(std::move(batches)),
      tables_(std::move(tables)) {}

void AuditWriter::Note(const absl::Status& status) {
  if (status_.ok()) status_ = status;
}

void AuditWriter::AddPart(std::string_view facts, std::string_view notes,
                          const std::optional<source::Position>& next) {
  if (status_.ok()) Note(batches_->Add(facts, notes, next));
}

void AuditWriter::AddRecords(std::string_view records) {
  if (status_.ok() && !records.empty()) Note(tables_->Add(records));
}

void AuditWriter::AddInput(const InputRow& row) {
  if (status_.ok()) Note(tables_->Add(row));
}

void AuditWriter::AddFileHash(const audit::FileHash& hash) {
  if (status_.ok()) Note(tables_->Add(hash));
}

absl::Status AuditWriter::Finish(const Settings& settings,
                                 std::span<const AuditStore::Name> names) {
  batches_.reset();
  if (status_.ok()) Note(tables_->Finish());
  tables_.reset();
  Settings all = StateSetting(State::kDone);
  all.insert(settings.begin(), settings.end());
  Note(PutSettings(*database_, all));
  Note(PutNames(*database_, names));
  if (status_.ok()) Note(database_->Execute("COMMIT"));
  if (status_.ok()) Note(database_->Close());
  if (status_.ok()) Note(SyncFile(PartialPath(dir_)));
  return status_;
}

absl::Status AuditWriter::Publish() {
  return RenameInto(PartialPath(dir_), PathIn(dir_, kAuditFile), dir_);
}

}  // namespace mailassay::store
