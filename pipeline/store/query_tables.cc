// The statements are made from the columns as data (lib/audit/columns.h), so
// that the schema, the rows and the documentation can't drift apart.  The
// tables hold what records hold; the views put together again what a record
// leaves out because another table says it.
#include "pipeline/store/query_tables.h"

#include <algorithm>
#include <cassert>

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

// The tables that rows are inserted into, in the order of `inserts_`.
enum TableOf : size_t {
  kMessage,
  kSignature,
  kSender,
  kKey,
  kError,
  kInput,
  kTables,
};

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
    {"sha256", Column::Type::kText, Column::In::kRecord,
     "SHA-256 of the file, hex, where asked for"},
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
    lines.insert(lines.end() - 1, {Concat("gap_", name, " INTEGER"),
                                   "octets in no message, by kind of gap"});
  }
  return CreateTable("input", "a file, or a member of a container", lines);
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
  std::string values;
  for (const std::string& name : names) {
    columns += (columns.empty() ? "" : ", ") + name;
    values += values.empty() ? "?" : ", ?";
  }
  return Concat("INSERT INTO ", table, " (", columns, ") VALUES (", values,
                ")");
}

std::string InsertRecord(std::string_view table, Table records,
                         std::vector<std::string> names) {
  for (const Column& column : audit::ColumnsOf(records)) {
    if (column.in_record()) names.emplace_back(column.name);
  }
  return InsertInto(table, names);
}

std::string InsertInput(std::span<const std::string> gap_names) {
  std::vector<std::string> names;
  for (const Column& column : kInputColumns) names.emplace_back(column.name);
  for (const std::string& gap : gap_names) {
    names.insert(names.end() - 1, "gap_" + gap);
  }
  return InsertInto("input", names);
}

std::array<std::string, kTables> Inserts(
    std::span<const std::string> gap_names) {
  return {InsertRecord("message", Table::kMessages, {}),
          InsertRecord("signature", Table::kSignatures, {"message"}),
          InsertRecord("sender", Table::kSenders, {}),
          InsertRecord("key", Table::kKeys, {}),
          InsertRecord("error", Table::kErrors, {}),
          InsertInput(gap_names)};
}

// What is bound stays bound, and many columns hold the same number or nothing
// in row after row.
void Bind(const Cell& cell, int index, Cell& bound, Statement& statement) {
  const bool same = cell.type == bound.type && cell.integer == bound.integer;
  bound = {.type = cell.type, .integer = cell.integer, .octets = {}};
  switch (cell.type) {
    case Cell::Type::kNull:
      return same ? void() : statement.BindNull(index);
    case Cell::Type::kInteger:
      return same ? void() : statement.Bind(index, cell.integer);
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

absl::StatusOr<QueryTables> QueryTables::Create(
    Database& database, std::span<const std::string_view> gap_names) {
  const std::vector<std::string> gaps(gap_names.begin(), gap_names.end());
  absl::Status made = database.Execute(CreateTables(gaps));
  if (!made.ok()) return made;
  std::vector<Insert> inserts;
  inserts.reserve(kTables);
  for (const std::string& sql : Inserts(gaps)) {
    auto statement = database.Prepare(sql);
    if (!statement.ok()) return statement.status();
    inserts.push_back({*std::move(statement), {}});
  }
  return QueryTables(database, gaps, std::move(inserts));
}

absl::Status QueryTables::Add(std::string_view records) {
  audit::RecordReader reader(records);
  while (reader.Next()) {
    absl::Status added = AddRecord(reader);
    if (!added.ok()) return added;
  }
  return reader.ok() ? absl::OkStatus()
                     : absl::InternalError("malformed record of a row");
}

absl::Status QueryTables::AddRecord(const audit::RecordReader& record) {
  size_t table = kTables;
  switch (record.table()) {
    case Table::kMessages:
      table = kMessage;
      ++messages_;
      break;
    case Table::kSignatures:
      table = kSignature;
      break;
    case Table::kSenders:
      table = kSender;
      break;
    case Table::kKeys:
      table = kKey;
      break;
    case Table::kErrors:
      table = kError;
      break;
    case Table::kExceptions:
    case Table::kCount:
      return absl::InternalError("record of a table that has no rows");
  }
  const bool of_message = table == kSignature;
  if (of_message && messages_ == 0) {
    return absl::InternalError("signature of no message");
  }
  Insert& insert = inserts_[table];
  const size_t first = of_message ? 1 : 0;
  insert.bound.resize(first + record.cells().size());
  int index = 0;
  if (of_message) insert.statement.Bind(++index, messages_);
  for (const Cell& cell : record.cells()) {
    Cell& bound = insert.bound[static_cast<size_t>(index)];
    Bind(cell, ++index, bound, insert.statement);
  }
  return insert.statement.Run();
}

absl::Status QueryTables::Add(const InputRow& row) {
  assert(row.gaps.size() == gap_names_.size());
  Statement& insert = inserts_[kInput].statement;
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
  BindText(row.sha256, ++index, insert);
  return insert.Run();
}

absl::Status QueryTables::Finish() {
  absl::Status made = database_->Execute(CreateIndexes());
  return made.ok() ? database_->Execute(CreateViews(gap_names_)) : made;
}

}  // namespace mailassay::store
