// An eponymous virtual table (https://www.sqlite.org/vtab.html): it needs no
// CREATE, leaves nothing in the file and can only be read.  C calls us here, so
// nothing may throw: what allocates has no exception to give but that of an
// exhausted memory.
#include "pipeline/store/row_table.h"

#include <sqlite3.h>

#include "lib/base/concat.h"

namespace mailassay::store {
namespace {

using audit::Cell;

struct Table : sqlite3_vtab {
  const RowTable* rows = nullptr;
};

struct Cursor : sqlite3_vtab_cursor {
  const RowTable* rows = nullptr;
  size_t first = 0;  // cell of the row
};

int Connect(sqlite3* database, void* rows, int, const char* const*,
            sqlite3_vtab** table, char**) {
  const auto* const row_table = static_cast<const RowTable*>(rows);
  std::string sql = "CREATE TABLE rows (";
  for (size_t i = 1; i <= row_table->columns(); ++i) {
    sql += Concat(i > 1 ? ", c" : "c", i);
  }
  const int code = sqlite3_declare_vtab(database, (sql + ")").c_str());
  if (code != SQLITE_OK) return code;
  auto* const made = new Table;
  made->rows = row_table;
  *table = made;
  return SQLITE_OK;
}

int Disconnect(sqlite3_vtab* table) {
  delete static_cast<Table*>(table);
  return SQLITE_OK;
}

// There is one way: all rows in order.
int BestIndex(sqlite3_vtab*, sqlite3_index_info*) { return SQLITE_OK; }

int Open(sqlite3_vtab* table, sqlite3_vtab_cursor** cursor) {
  auto* const made = new Cursor;
  made->rows = static_cast<Table*>(table)->rows;
  *cursor = made;
  return SQLITE_OK;
}

int Close(sqlite3_vtab_cursor* cursor) {
  delete static_cast<Cursor*>(cursor);
  return SQLITE_OK;
}

int Filter(sqlite3_vtab_cursor* cursor, int, const char*, int,
           sqlite3_value**) {
  static_cast<Cursor*>(cursor)->first = 0;
  return SQLITE_OK;
}

int Next(sqlite3_vtab_cursor* cursor) {
  auto* const at = static_cast<Cursor*>(cursor);
  at->first += at->rows->columns();
  return SQLITE_OK;
}

int Eof(sqlite3_vtab_cursor* cursor) {
  const auto* const at = static_cast<Cursor*>(cursor);
  return at->first >= at->rows->cells().size() ? 1 : 0;
}

int Column(sqlite3_vtab_cursor* cursor, sqlite3_context* result, int column) {
  const auto* const at = static_cast<Cursor*>(cursor);
  const Cell& cell = at->rows->cells()[at->first + static_cast<size_t>(column)];
  switch (cell.type) {
    case Cell::Type::kNull:
      break;  // as it is without a result
    case Cell::Type::kInteger:
      sqlite3_result_int64(result, cell.integer);
      break;
    case Cell::Type::kText:
      sqlite3_result_text64(result, cell.octets.data(), cell.octets.size(),
                            SQLITE_STATIC, SQLITE_UTF8);
      break;
    case Cell::Type::kBlob:
      sqlite3_result_blob64(result, cell.octets.data(), cell.octets.size(),
                            SQLITE_STATIC);
      break;
  }
  return SQLITE_OK;
}

int Rowid(sqlite3_vtab_cursor* cursor, sqlite3_int64* id) {
  const auto* const at = static_cast<Cursor*>(cursor);
  *id = static_cast<sqlite3_int64>(at->first / at->rows->columns());
  return SQLITE_OK;
}

constexpr sqlite3_module MakeModule() {
  sqlite3_module module{};
  module.xConnect = Connect;
  module.xBestIndex = BestIndex;
  module.xDisconnect = Disconnect;
  module.xOpen = Open;
  module.xClose = Close;
  module.xFilter = Filter;
  module.xNext = Next;
  module.xEof = Eof;
  module.xColumn = Column;
  module.xRowid = Rowid;
  return module;
}
constexpr sqlite3_module kModule = MakeModule();

void Delete(void* rows) { delete static_cast<RowTable*>(rows); }

}  // namespace

absl::StatusOr<RowTable*> RowTable::Create(Database& database,
                                           const std::string& name,
                                           size_t columns) {
  auto* const made = new RowTable(columns);
  // It deletes what it is given when it fails, too.
  const int code = sqlite3_create_module_v2(database.handle_, name.c_str(),
                                            &kModule, made, Delete);
  if (code != SQLITE_OK) return database.Error(code);
  return made;
}

}  // namespace mailassay::store
