#include "pipeline/run/table_writer.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "lib/base/concat.h"

namespace mailassay::run {
namespace {

using audit::Table;

size_t Index(Table table) { return static_cast<size_t>(table); }

}  // namespace

std::string CsvFileName(std::string_view name, const Options& options) {
  return Concat(name, options.sample.all() ? ".csv" : ".sample.csv");
}

TableWriter::TableWriter(const Options& options) : options_(options) {}

void TableWriter::Keep(const absl::Status& status) {
  if (status_.ok()) status_ = status;
}

absl::Status TableWriter::OpenFile(Table table, std::string name) {
  auto file = OutputFile::Create(Concat(options_.out_dir, "/", name));
  if (!file.ok()) return file.status();
  absl::Status written = (*file)->Write(audit::TableHeader(table));
  files_[Index(table)].push_back({std::move(name), *std::move(file)});
  return written;
}

absl::Status TableWriter::Open() {
  for (size_t t = 0; t < kTables && !options_.out_dir.empty(); ++t) {
    auto table = static_cast<Table>(t);
    Keep(OpenFile(table, CsvFileName(audit::TableName(table), options_)));
  }
  if (options_.csv) WriteStdout(audit::TableHeader(*options_.csv));
  return status_;
}

bool TableWriter::Wants(Table table) const {
  return options_.csv == table || !files_[Index(table)].empty();
}

void TableWriter::WriteStdout(std::string_view bytes) {
  while (!bytes.empty() && status_.ok()) {
    ssize_t written = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EPIPE) {
      Keep(absl::CancelledError("standard output was closed"));
    } else if (errno != EINTR) {
      Keep(
          absl::UnavailableError(Concat("standard output: ", strerror(errno))));
    }
  }
}

void TableWriter::Add(Table table, std::string_view rows, uint64_t count) {
  if (rows.empty() || !status_.ok()) return;
  if (options_.csv == table) WriteStdout(rows);
  if (!files_[Index(table)].empty()) AddToFiles(table, rows, count);
}

void TableWriter::AddToFiles(Table table, std::string_view rows,
                             uint64_t count) {
  if (table == Table::kExceptions) return AddExceptions(rows, count);
  if (table == Table::kMessages) {
    messages_ += count;
    if (messages_ > kMaxRowMessages && !options_.all_rows) {
      return DropRowFiles();
    }
  }
  Keep(files_[Index(table)].back().file->Write(rows));
}

void TableWriter::AddExceptions(std::string_view rows, uint64_t count) {
  std::vector<Named>& files = files_[Index(Table::kExceptions)];
  while (count > 0 && status_.ok()) {
    if (exception_rows_ == kMaxExceptionRows) {
      Keep(OpenFile(
          Table::kExceptions,
          CsvFileName(Concat("exceptions-", files.size() + 1), options_)));
      exception_rows_ = 0;
      if (!status_.ok()) return;
    }
    uint64_t room = std::min(count, kMaxExceptionRows - exception_rows_);
    // No row holds a line end inside: controls are escaped.
    size_t end = rows.size();
    if (room < count) {
      end = 0;
      for (uint64_t i = 0; i < room; ++i) end = rows.find('\n', end) + 1;
    }
    Keep(files.back().file->Write(rows.substr(0, end)));
    rows.remove_prefix(end);
    exception_rows_ += room;
    count -= room;
  }
}

void TableWriter::DropRowFiles() {
  for (Table table : {Table::kMessages, Table::kSignatures}) {
    for (Named& named : files_[Index(table)]) named.file->Discard();
    files_[Index(table)].clear();
  }
  notes_.emplace_back(kRowsLeftOut);
}

std::vector<std::string> TableWriter::FileNames() const {
  std::vector<std::string> names;
  for (const std::vector<Named>& files : files_) {
    for (const Named& named : files) names.push_back(named.name);
  }
  if (!options_.out_dir.empty()) {
    names.insert(names.end(), {std::string(kMethodFile), "run.json"});
  }
  return names;
}

void TableWriter::WriteFile(std::string_view name, std::string_view text) {
  if (!status_.ok()) return;
  auto file = OutputFile::Create(Concat(options_.out_dir, "/", name));
  if (!file.ok()) return Keep(file.status());
  Keep((*file)->Write(text));
  Keep((*file)->Commit());
}

absl::Status TableWriter::Commit(std::string_view method,
                                 std::string_view run_json) {
  if (options_.out_dir.empty()) return status_;
  for (std::vector<Named>& files : files_) {
    for (Named& named : files) {
      if (status_.ok()) Keep(named.file->Commit());
    }
  }
  WriteFile(kMethodFile, method);
  WriteFile("run.json", run_json);
  return status_;
}

}  // namespace mailassay::run
