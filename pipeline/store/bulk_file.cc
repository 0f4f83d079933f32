#include "pipeline/store/bulk_file.h"

#include <cassert>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "lib/base/concat.h"

namespace mailassay::store {
namespace {

// (A defensive connection takes no journal_mode OFF; in memory it has no pages
// to keep while the file only grows.)
constexpr std::string_view kUnsafe =
    "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF;"
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -32768;";

absl::StatusOr<std::vector<std::pair<std::string, uint32_t>>> TablesOf(
    const Database& database) {
  auto rows = database.Prepare(
      "SELECT name, rootpage FROM sqlite_schema WHERE type = 'table'");
  if (!rows.ok()) return rows.status();
  std::vector<std::pair<std::string, uint32_t>> tables;
  while (true) {
    auto row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) return tables;
    tables.emplace_back(rows->Text(0), static_cast<uint32_t>(rows->Integer(1)));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<BulkFile>> BulkFile::Create(
    const std::string& path, size_t page_bytes, const std::string& sql) {
  auto database = Database::Open(path, Database::Mode::kCreate);
  if (!database.ok()) return database.status();
  absl::Status made = (*database)->Execute(
      Concat("PRAGMA page_size = ", page_bytes, "; PRAGMA auto_vacuum = NONE;",
             kUnsafe, "BEGIN;", sql, "COMMIT;"));
  if (!made.ok()) return made;
  auto tables = TablesOf(**database);
  if (!tables.ok()) return tables.status();
  absl::Status closed = (*database)->Close();
  if (!closed.ok()) return closed;
  auto pages = PageFile::Open(path, page_bytes);
  if (!pages.ok()) return pages.status();
  auto file = absl::WrapUnique(new BulkFile(path, *std::move(pages)));
  for (const auto& [name, root] : *tables) {
    file->tables_.emplace(name, TableTree(file->pages_.get(), root));
  }
  return file;
}

TableTree& BulkFile::Table(std::string_view name) {
  const auto table = tables_.find(name);
  assert(table != tables_.end());
  return table->second;
}

absl::StatusOr<std::unique_ptr<Database>> BulkFile::Finish() {
  for (auto& [name, table] : tables_) table.Finish();
  absl::Status written = pages_->Finish();
  pages_.reset();
  if (!written.ok()) return written;
  auto database = Database::Open(path_, Database::Mode::kFill);
  if (!database.ok()) return database.status();
  absl::Status begun = (*database)->Execute(Concat(kUnsafe, "BEGIN;"));
  if (!begun.ok()) return begun;
  return database;
}

}  // namespace mailassay::store
