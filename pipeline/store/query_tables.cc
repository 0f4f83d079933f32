// The statements are made from the columns as data (lib/audit/columns.h), so
// that the schema, the rows and the documentation can't drift apart.  The
// tables hold what records hold; the views put together again what a record
// leaves out because another table says it.
#include "pipeline/store/query_tables.h"

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

constexpr Column kInputColumns[] = {
    {"id", Column::Type::kInteger, Column::In::kRecord,
     "in the order of reading"},
    {"file", Column::Type::kText, Column::In::kRecord,
     "path as given or found; archive!member inside a container; - for stdin"},
    {"archive", Column::Type::kText, Column::In::kRecord,
     "the container, or empty"},
    {"format", Column::Type::kText, Column::In::kRecord,
     "mbox_rd, mbox_cl (walked by Content-Length), maildir, eml, emlx (Apple "
     "Mail), emlx_partial (its attachments are in other files)"},
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

std::string CreateInput(std::span<const std::string_view> gap_names) {
  std::vector<Line> lines = LinesOf(kInputColumns);
  lines.front().text += " PRIMARY KEY";
  for (const std::string_view name : gap_names) {
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
       {"cause TEXT", "whose doing: archive, transit, signer, unknown"},
       {"sentence TEXT", "for people"}},
      " WITHOUT ROWID");
  sql += "INSERT INTO reason VALUES\n";
  for (int i = 0; i < static_cast<int>(dkim::Reason::kCount); ++i) {
    const auto reason = static_cast<dkim::Reason>(i);
    std::string sentence;
    for (const char c : dkim::ReasonSentence(reason)) {
      sentence += c == '\'' ? std::string("''") : std::string(1, c);
    }
    sql +=
        Concat(i == 0 ? "" : ",\n", "  ('", dkim::ReasonCode(reason), "', '",
               dkim::ResultName(dkim::ResultOf(reason)), "', '",
               dkim::CauseName(dkim::CauseOf(reason)), "', '", sentence, "')");
  }
  return sql += ";\n";
}

std::string CreateTables(std::span<const std::string_view> gap_names) {
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
  sql += CreateTable("sender", "an author domain", Table::kSenders, {});
  sql += CreateTable("key", "of one d=, s= and key", Table::kKeys, {});
  sql += CreateTable("key_finding",
                     "what is to be known of a d= and s=", Table::kKeyFindings,
                     {});
  sql += CreateTable("error", "what was not read, or not whole", Table::kErrors,
                     {});
  return sql;
}

Cell Integer(uint64_t value) {
  return {.type = Cell::Type::kInteger,
          .integer = static_cast<int64_t>(value),
          .octets = {}};
}

// What is empty is absent.
Cell Text(std::string_view text) {
  return {.type = text.empty() ? Cell::Type::kNull : Cell::Type::kText,
          .octets = text};
}

std::string TimeOf(int64_t ns) {
  constexpr int64_t kSecond = 1'000'000'000;
  if (ns == 0) return "";
  return mail::FormatTime(ns / kSecond - (ns % kSecond < 0 ? 1 : 0));
}

}  // namespace

std::span<const Column> InputColumns() { return kInputColumns; }
std::span<const Column> FileHashColumns() { return kFileHashColumns; }

std::string QueryTables::Sql(std::span<const std::string_view> gap_names) {
  return CreateTables(gap_names);
}

QueryTables::QueryTables(BulkFile& file)
    : messages_{&file.Table("message")},
      signatures_{&file.Table("signature")},
      senders_{&file.Table("sender")},
      keys_{&file.Table("key")},
      key_findings_{&file.Table("key_finding")},
      errors_{&file.Table("error")},
      inputs_(&file.Table("input")),
      file_hashes_(&file.Table("file_hash")) {}

absl::Status QueryTables::Add(std::string_view records) {
  audit::RecordReader reader(records);
  while (reader.Next()) {
    absl::Status added = AddRecord(reader);
    if (!added.ok()) return added;
  }
  return reader.ok() ? absl::OkStatus()
                     : absl::InternalError("malformed record of a row");
}

// A column that is the row's own id is NULL in it.
absl::Status QueryTables::AddRecord(const audit::RecordReader& record) {
  Rows* rows = nullptr;
  row_.Clear();
  switch (record.table()) {
    case Table::kMessages:
      rows = &messages_;
      row_.Add({});
      break;
    case Table::kSignatures:
      if (messages_.count == 0) {
        return absl::InternalError("signature of no message");
      }
      rows = &signatures_;
      row_.Add({});
      row_.Add(Integer(static_cast<uint64_t>(messages_.count)));
      break;
    case Table::kSenders:
      rows = &senders_;
      break;
    case Table::kKeys:
      rows = &keys_;
      break;
    case Table::kKeyFindings:
      rows = &key_findings_;
      break;
    case Table::kErrors:
      rows = &errors_;
      break;
    case Table::kExceptions:
    case Table::kCount:
      return absl::InternalError("record of a table that has no rows");
  }
  for (const Cell& cell : record.cells()) row_.Add(cell);
  return rows->tree->Add(++rows->count, row_);
}

absl::Status QueryTables::Add(const InputRow& row) {
  const std::string file = SafeText(row.input.file);
  const std::string archive = SafeText(row.input.archive);
  const std::string modified = TimeOf(row.input.modified_ns);
  row_.Clear();
  for (const Cell& cell : {Cell(), Text(file), Text(archive),
                           Text(audit::FormatName(row.input.format)),
                           Integer(row.input.stored_bytes), Text(modified),
                           Integer(row.stream_bytes), Integer(row.messages),
                           Integer(row.message_bytes)}) {
    row_.Add(cell);
  }
  for (const uint64_t gap : row.gaps) row_.Add(Integer(gap));
  return inputs_->Add(static_cast<int64_t>(row.input.ordinal), row_);
}

absl::Status QueryTables::Add(const audit::FileHash& hash) {
  const std::string file = SafeText(hash.file);
  const std::span<const uint8_t> octets = hash.sha256.span();
  row_.Clear();
  row_.Add({});
  row_.Add(Text(file));
  row_.Add({.type = Cell::Type::kBlob,
            .octets = {reinterpret_cast<const char*>(octets.data()),
                       octets.size()}});
  return file_hashes_->Add(static_cast<int64_t>(hash.number), row_);
}

absl::Status QueryTables::Complete(
    Database& database, std::span<const std::string_view> gap_names) {
  absl::Status made = database.Execute(CreateIndexes());
  return made.ok() ? database.Execute(CreateViews(gap_names)) : made;
}

}  // namespace mailassay::store
