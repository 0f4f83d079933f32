// The statements are made from the columns as data (lib/audit/columns.h), so
// that the schema, the rows and the documentation can't drift apart.  The
// tables hold what records hold; the views put together again what a record
// leaves out because another table says it.
#include "pipeline/store/query_tables.h"

#include <cassert>
#include <utility>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/dkim/reason.h"
#include "lib/mail/date.h"
#include "pipeline/store/query_views.h"

namespace mailassay::store {
namespace {

using audit::Cell;
using audit::Column;
using audit::Table;

// Bounds of what is put in at once: enough that a statement's beginning and end
// don't count.  They are counted from the last such end, so that they don't
// depend on how the records come.
constexpr size_t kBulkRows = 256;
constexpr size_t kBulkOctets = 1 << 20;

// What is inserted row by row, in the order of `inserts_`.
enum InsertOf : size_t { kSender, kKey, kError, kInput, kFileHash, kInserts };

bool IsBulk(Table table) {
  return table == Table::kMessages || table == Table::kSignatures;
}

constexpr Column kInputColumns[] = {
    {"id", Column::Type::kInteger, Column::In::kRecord,
     "in the order of reading"},
    {"file", Column::Type::kText, Column::In::kRecord,
     "path as given or found; archive!member inside a container; - for stdin"},
    {"archive", Column::Type::kText, Column::In::kRecord,
     "the container, or empty"},
    {"format", Column::Type::kText, Column::In::kRecord,
     "mbox_rd, mbox_cl (walked by Content-Length), maildir, eml"},
    {"stored_bytes", Column::Type::kInteger, Column::In::kRecord,
     "octets of the file; of the container for a member"},
    {"modified", Column::Type::kText, Column::In::kRecord,
     "when the file was last changed"},
    {"stream_bytes", Column::Type::kInteger, Column::In::kRecord,
     "octets uncompressed: messages and gaps add up to it"},
    {"messages", Column::Type::kInteger, Column::In::kRecord, "messages in it"},
    {"message_bytes", Column::Type::kInteger, Column::In::kRecord,
     "octets of those"},
};
constexpr Column kFileHashColumns[] = {
    {"id", Column::Type::kInteger, Column::In::kRecord,
     "input.id >> 32 of what lies in it"},
    {"file", Column::Type::kText, Column::In::kRecord,
     "path as given or found"},
    {"sha256", Column::Type::kBlob, Column::In::kRecord,
     "SHA-256 of its octets as stored"},
};

std::string_view SqlType(Column::Type type) {
  switch (type) {
    case Column::Type::kInteger:
      return " INTEGER";
    case Column::Type::kText:
      return " TEXT";
    case Column::Type::kBlob:
      return " BLOB";
    case Column::Type::kAny:
      break;
  }
  return "";  // keeps what is put in as it is
}

// A line of CREATE TABLE.
struct Line {
  std::string text;  // "name TYPE"
  std::string comment;
};

std::string CreateTable(std::string_view name, std::string_view comment,
                        const std::vector<Line>& lines,
                        std::string_view options = "") {
  std::string sql = Concat("CREATE TABLE ", name, " (  -- ", comment, "\n");
  for (const Line& line : lines) {
    const bool last = &line == &lines.back();
    sql +=
        Concat("  ", line.text, last ? "" : ",", "  -- ", line.comment, "\n");
  }
  return sql += Concat(")", options, ";\n");
}

std::string_view References(std::string_view column) {
  if (column == "input") return " REFERENCES input";
  if (column == "reason") return " REFERENCES reason";
  return "";
}

std::vector<Line> LinesOf(std::span<const Column> columns) {
  std::vector<Line> lines;
  for (const Column& column : columns) {
    if (!column.in_record()) continue;
    lines.push_back(
        {Concat(column.name, SqlType(column.type), References(column.name)),
         std::string(column.meaning)});
  }
  return lines;
}

// Of a table whose rows are records, with lines before its own columns.
std::string CreateTable(std::string_view name, std::string_view comment,
                        Table table, std::vector<Line> lines) {
  for (Line& line : LinesOf(audit::ColumnsOf(table))) {
    lines.push_back(std::move(line));
  }
  return CreateTable(name, comment, lines);
}

std::string CreateInput(std::span<const std::string> gap_names) {
  std::vector<Line> lines = LinesOf(kInputColumns);
  lines.front().text += " PRIMARY KEY";
  for (const std::string& name : gap_names) {
    lines.push_back({Concat("gap_", name, " INTEGER"),
                     "octets in no message, by kind of gap"});
  }
  return CreateTable("input", "a file, or a member of a container", lines);
}

std::string CreateFileHash() {
  std::vector<Line> lines = LinesOf(kFileHashColumns);
  lines.front().text += " PRIMARY KEY";
  return CreateTable("file_hash", "a file that was read, with --custody",
                     lines);
}

std::string CreateReason() {
  std::string sql = CreateTable(
      "reason", "what a reason code says",
      {{"code TEXT PRIMARY KEY", "in message.reason, signature.reason"},
       {"result TEXT", "RFC 8601 2.7.1: pass, fail, policy, ..."},
       {"sentence TEXT", "for people"}},
      " WITHOUT ROWID");
  sql += "INSERT INTO reason VALUES\n";
  for (int i = 0; i < static_cast<int>(dkim::Reason::kCount); ++i) {
    const auto reason = static_cast<dkim::Reason>(i);
    std::string sentence;
    for (const char c : dkim::ReasonSentence(reason)) {
      sentence += c == '\'' ? std::string("''") : std::string(1, c);
    }
    sql += Concat(i == 0 ? "" : ",\n", "  ('", dkim::ReasonCode(reason), "', '",
                  dkim::ResultName(dkim::ResultOf(reason)), "', '", sentence,
                  "')");
  }
  return sql += ";\n";
}

std::string CreateTables(std::span<const std::string> gap_names) {
  const Line id = {"id INTEGER PRIMARY KEY", "1, 2, 3 ..."};
  std::string sql = CreateInput(gap_names);
  sql += CreateFileHash();
  sql += CreateReason();
  sql += CreateTable("message", "in the order of the archive", Table::kMessages,
                     {id});
  sql += CreateTable(
      "signature",
      "with its evidence, in the order of the "
      "archive",
      Table::kSignatures,
      {id, {"message INTEGER REFERENCES message", "the message it stands in"}});
  sql += CreateEarlyIndexes();
  sql += CreateTable("sender", "an author domain", Table::kSenders, {});
  sql += CreateTable("key", "of one d=, s= and key", Table::kKeys, {});
  sql += CreateTable("error", "what was not read, or not whole", Table::kErrors,
                     {});
  return sql;
}

// Rows are inserted without their own id: SQLite counts.
std::string InsertInto(std::string_view table,
                       std::span<const std::string> names) {
  std::string columns;
  for (const std::string& name : names) {
    columns += (columns.empty() ? "" : ", ") + name;
  }
  return Concat("INSERT INTO ", table, " (", columns, ") ");
}

// "VALUES (?, ?)"
std::string Parameters(size_t count) {
  std::string values = "VALUES (?";
  for (size_t i = 1; i < count; ++i) values += ", ?";
  return values + ")";
}

void AppendColumns(Table table, std::vector<std::string>* names) {
  for (const Column& column : audit::ColumnsOf(table)) {
    if (column.in_record()) names->emplace_back(column.name);
  }
}

void Bind(const Cell& cell, int index, Statement& statement) {
  switch (cell.type) {
    case Cell::Type::kNull:
      return statement.BindNull(index);
    case Cell::Type::kInteger:
      return statement.Bind(index, cell.integer);
    case Cell::Type::kText:
      return statement.Bind(index, cell.octets);
    case Cell::Type::kBlob:
      return statement.BindBlob(index, cell.octets);
  }
}

void BindText(std::string_view text, int index, Statement& statement) {
  if (text.empty()) return statement.BindNull(index);
  statement.Bind(index, text);
}

std::string TimeOf(int64_t ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  if (ns == 0) return "";
  return mail::FormatTime(ns / kSecond - (ns % kSecond < 0 ? 1 : 0));
}

}  // namespace

std::span<const Column> InputColumns() { return kInputColumns; }
std::span<const Column> FileHashColumns() { return kFileHashColumns; }

absl::StatusOr<QueryTables> QueryTables::Create(
    Database& database, std::span<const std::string_view> gap_names) {
  QueryTables tables(database, {gap_names.begin(), gap_names.end()});
  absl::Status made = database.Execute(CreateTables(tables.gap_names_));
  if (made.ok()) made = tables.Prepare();
  if (!made.ok()) return made;
  return tables;
}

absl::Status QueryTables::Prepare() {
  absl::Status made = AddBulk(Table::kMessages, "message", {});
  if (made.ok()) made = AddBulk(Table::kSignatures, "signature", {"message"});
  if (!made.ok()) return made;
  std::array<std::vector<std::string>, kInserts> names;
  AppendColumns(Table::kSenders, &names[kSender]);
  AppendColumns(Table::kKeys, &names[kKey]);
  AppendColumns(Table::kErrors, &names[kError]);
  for (const Column& column : kInputColumns) {
    names[kInput].emplace_back(column.name);
  }
  for (const std::string& gap : gap_names_) {
    names[kInput].push_back("gap_" + gap);
  }
  for (const Column& column : kFileHashColumns) {
    names[kFileHash].emplace_back(column.name);
  }
  constexpr std::string_view kNames[] = {"sender", "key", "error", "input",
                                         "file_hash"};
  for (size_t i = 0; i < kInserts; ++i) {
    auto statement = database_->Prepare(InsertInto(kNames[i], names[i]) +
                                        Parameters(names[i].size()));
    if (!statement.ok()) return statement.status();
    inserts_.push_back(*std::move(statement));
  }
  return absl::OkStatus();
}

absl::Status QueryTables::AddBulk(Table table, std::string_view sql_table,
                                  std::vector<std::string> names) {
  AppendColumns(table, &names);
  const std::string source = Concat("rows_of_", sql_table);
  auto rows = RowTable::Create(*database_, source, names.size());
  if (!rows.ok()) return rows.status();
  auto insert = database_->Prepare(InsertInto(sql_table, names) +
                                   "SELECT * FROM " + source);
  if (!insert.ok()) return insert.status();
  bulks_.push_back({*rows, *std::move(insert)});
  return absl::OkStatus();
}

absl::Status QueryTables::Bulk::Run() {
  if (rows->cells().empty()) return absl::OkStatus();
  absl::Status done = insert.Run();
  rows->cells().clear();
  return done;
}

absl::Status QueryTables::Flush() {
  bulk_rows_ = 0;
  bulk_messages_ = 0;
  for (Bulk& bulk : bulks_) {
    absl::Status done = bulk.Run();
    if (!done.ok()) return done;
  }
  return absl::OkStatus();
}

// Rows in bulk view their records.  Those that are left when the records end
// are made again with the next: their records wait for them.
absl::Status QueryTables::Add(std::string_view records) {
  held_.swap(pending_);
  held_ += records;
  std::string_view in_bulk;
  absl::Status added = AddHeld(held_, &in_bulk);
  pending_ = in_bulk;
  held_.clear();
  messages_ -= std::exchange(bulk_messages_, 0);
  bulk_rows_ = 0;
  for (Bulk& bulk : bulks_) bulk.rows->cells().clear();
  return added;
}

absl::Status QueryTables::AddPending() {
  std::string_view in_bulk;
  absl::Status added = AddHeld(pending_, &in_bulk);
  if (added.ok()) added = Flush();
  pending_.clear();
  return added;
}

absl::Status QueryTables::AddHeld(std::string_view held,
                                  std::string_view* in_bulk) {
  audit::RecordReader reader(held);
  *in_bulk = held;
  for (;;) {
    const std::string_view here = reader.rest();
    if (!reader.Next()) break;
    const bool bulk = IsBulk(reader.table());
    const auto octets = static_cast<size_t>(here.data() - in_bulk->data());
    if (!bulk || bulk_rows_ == kBulkRows || octets >= kBulkOctets) {
      absl::Status done = Flush();
      if (!done.ok()) return done;
      *in_bulk = bulk ? here : reader.rest();
    }
    absl::Status added = bulk ? AddToBulk(reader) : Insert(reader);
    if (!added.ok()) return added;
  }
  return reader.ok() ? absl::OkStatus()
                     : absl::InternalError("malformed record of a row");
}

absl::Status QueryTables::AddToBulk(const audit::RecordReader& record) {
  const bool message = record.table() == Table::kMessages;
  std::vector<Cell>& cells = bulks_[message ? 0 : 1].rows->cells();
  if (message) {
    ++messages_;
    ++bulk_messages_;
  } else {
    if (messages_ == 0) return absl::InternalError("signature of no message");
    cells.push_back(
        {.type = Cell::Type::kInteger, .integer = messages_, .octets = {}});
  }
  cells.insert(cells.end(), record.cells().begin(), record.cells().end());
  ++bulk_rows_;
  return absl::OkStatus();
}

absl::Status QueryTables::Insert(const audit::RecordReader& record) {
  size_t table = kInserts;
  switch (record.table()) {
    case Table::kSenders:
      table = kSender;
      break;
    case Table::kKeys:
      table = kKey;
      break;
    case Table::kErrors:
      table = kError;
      break;
    default:
      return absl::InternalError("record of a table that has no rows");
  }
  int index = 0;
  for (const Cell& cell : record.cells()) Bind(cell, ++index, inserts_[table]);
  return inserts_[table].Run();
}

absl::Status QueryTables::Add(const InputRow& row) {
  assert(row.gaps.size() == gap_names_.size());
  absl::Status added = AddPending();
  if (!added.ok()) return added;
  Statement& insert = inserts_[kInput];
  const std::string file = SafeText(row.input.file);
  const std::string archive = SafeText(row.input.archive);
  const std::string modified = TimeOf(row.input.modified_ns);
  int index = 0;
  insert.Bind(++index, static_cast<int64_t>(row.input.ordinal));
  BindText(file, ++index, insert);
  BindText(archive, ++index, insert);
  insert.Bind(++index, audit::FormatName(row.input.format));
  insert.Bind(++index, static_cast<int64_t>(row.input.stored_bytes));
  BindText(modified, ++index, insert);
  insert.Bind(++index, static_cast<int64_t>(row.stream_bytes));
  insert.Bind(++index, static_cast<int64_t>(row.messages));
  insert.Bind(++index, static_cast<int64_t>(row.message_bytes));
  for (const uint64_t gap : row.gaps) {
    insert.Bind(++index, static_cast<int64_t>(gap));
  }
  return insert.Run();
}

absl::Status QueryTables::Add(const audit::FileHash& hash) {
  Statement& insert = inserts_[kFileHash];
  const std::string file = SafeText(hash.file);
  const std::span<const uint8_t> octets = hash.sha256.span();
  insert.Bind(1, static_cast<int64_t>(hash.number));
  insert.Bind(2, std::string_view(file));
  insert.BindBlob(
      3, {reinterpret_cast<const char*>(octets.data()), octets.size()});
  return insert.Run();
}

absl::Status QueryTables::Finish() {
  absl::Status made = AddPending();
  if (made.ok()) made = database_->Execute(CreateIndexes());
  return made.ok() ? database_->Execute(CreateViews(gap_names_)) : made;
}

}  // namespace mailassay::store
