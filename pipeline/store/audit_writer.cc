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

absl::StatusOr<std::unique_ptr<AuditWriter>> AuditWriter::Create(
    const std::string& dir) {
  const std::string path = PartialPath(dir);
  unlink(path.c_str());
  unlink((path + "-journal").c_str());
  auto file = BulkFile::Create(
      path, kPageBytes, Concat(SchemaSql(), QueryTables::Sql(GapNames())));
  if (!file.ok()) return file.status();
  return absl::WrapUnique(new AuditWriter(dir, *std::move(file)));
}

AuditWriter::AuditWriter(std::string dir, std::unique_ptr<BulkFile> file)
    : dir_(std::move(dir)),
      file_(std::move(file)),
      batches_(file_->Table("batch")),
      tables_(*file_) {}

void AuditWriter::Note(const absl::Status& status) {
  if (status_.ok()) status_ = status;
}

void AuditWriter::AddPart(std::string_view facts, std::string_view notes,
                          const std::optional<source::Position>& next) {
  if (status_.ok()) Note(batches_.Add(facts, notes, next));
}

void AuditWriter::AddRecords(std::string_view records) {
  if (status_.ok() && !records.empty()) Note(tables_.Add(records));
}

void AuditWriter::AddInput(const InputRow& row) {
  if (status_.ok()) Note(tables_.Add(row));
}

void AuditWriter::AddFileHash(const audit::FileHash& hash) {
  if (status_.ok()) Note(tables_.Add(hash));
}

absl::Status AuditWriter::Finish(const Settings& settings,
                                 const AuditStore::NameSource& names) {
  if (!status_.ok()) return status_;
  auto database = file_->Finish();
  Note(database.status());
  if (status_.ok()) Note(Complete(**database, settings, names));
  if (status_.ok()) Note((*database)->Close());
  if (status_.ok()) Note(SyncFile(PartialPath(dir_)));
  return status_;
}

absl::Status AuditWriter::Complete(Database& database, const Settings& settings,
                                   const AuditStore::NameSource& names) {
  absl::Status done = QueryTables::Complete(database, GapNames());
  if (done.ok()) done = PutNames(database, names);
  if (done.ok()) done = PutSettings(database, settings, State::kDone).status();
  return done.ok() ? database.Execute("COMMIT") : done;
}

absl::Status AuditWriter::Publish() {
  return RenameInto(PartialPath(dir_), PathIn(dir_, kAuditFile), dir_);
}

}  // namespace mailassay::store
