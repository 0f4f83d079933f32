#include "pipeline/store/query_tables.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <set>

#include "lib/audit/ledger.h"
#include "lib/audit/tables.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"
#include "pipeline/store/audit_store.h"
#include "tests/audit/made_up.h"
#include "tests/run/temp_dir.h"

namespace mailassay::store {
namespace {

using audit::Column;
using audit::Table;
using dkim::Reason;
using std::literals::string_view_literals::operator""sv;
using Row = std::vector<std::string>;  // NULL is empty, as in CSV

constexpr std::string_view kGaps[] = {"separator", "damaged"};

class QueryTablesTest : public testing::Test {
 protected:
  void SetUp() override { Begin("audit.sqlite"); }

  void Begin(const std::string& name) {
    path_ = dir_.path() + "/" + name;
    auto made = BulkFile::Create(path_, kPageBytes, QueryTables::Sql(kGaps));
    ASSERT_TRUE(made.ok()) << made.status().message();
    file_ = *std::move(made);
    tables_.emplace(*file_);
  }

  void Add(const std::string& records) {
    const absl::Status added = tables_->Add(records);
    ASSERT_TRUE(added.ok()) << added.message();
  }

  void AddInput(audit::Input input, uint64_t stream_bytes,
                uint64_t separators = 0) {
    input.stored_bytes = 7;
    input.modified_ns = 1'700'000'000'999'999'999;
    const uint64_t gaps[] = {separators, 3};
    const absl::Status added =
        tables_->Add(InputRow{.input = input,
                              .stream_bytes = stream_bytes,
                              .messages = 2,
                              .message_bytes = 2000,
                              .gaps = gaps});
    ASSERT_TRUE(added.ok()) << added.message();
  }

  void Finish() {
    auto finished = file_->Finish();
    ASSERT_TRUE(finished.ok()) << finished.status().message();
    database_ = *std::move(finished);
    const absl::Status done = QueryTables::Complete(*database_, kGaps);
    ASSERT_TRUE(done.ok()) << done.message();
    ASSERT_TRUE(database_->Execute("COMMIT").ok());
  }

  std::vector<Row> Query(const std::string& sql, int columns) {
    std::vector<Row> rows;
    auto statement = database_->Prepare(sql);
    EXPECT_TRUE(statement.ok()) << sql << ": " << statement.status().message();
    if (!statement.ok()) return rows;
    for (;;) {
      auto row = statement->Step();
      EXPECT_TRUE(row.ok()) << sql << ": " << row.status().message();
      if (!row.ok() || !*row) return rows;
      rows.emplace_back();
      for (int i = 0; i < columns; ++i) {
        rows.back().emplace_back(statement->Text(i));
      }
    }
  }

  Row ColumnsOf(const std::string& table) {
    Row names;
    for (Row& row : Query(
             Concat("SELECT name FROM pragma_table_info('", table, "')"), 1)) {
      names.push_back(std::move(row[0]));
    }
    return names;
  }

  std::vector<Row> All(const std::string& table) {
    return Query("SELECT * FROM " + table,
                 static_cast<int>(ColumnsOf(table).size()));
  }

  // The value of each row by the value of its first column.
  std::map<std::string, Row> ByFirst(const std::string& table) {
    std::map<std::string, Row> rows;
    for (Row& row : All(table)) {
      const std::string first = row[0];
      EXPECT_TRUE(rows.emplace(first, std::move(row)).second) << first;
    }
    return rows;
  }

  TempDir dir_;
  std::string path_;
  std::unique_ptr<BulkFile> file_;
  std::optional<QueryTables> tables_;
  std::unique_ptr<Database> database_;
};

// The rows of an audit as CSV and as records.
struct Rows {
  std::map<Table, std::string> csv;
  std::string records;

  void Add(const audit::MessageRow& row) {
    const audit::CsvOptions raw{.raw = true};
    WriteMessage(row, raw, &csv[Table::kMessages]);
    if (IsException(row)) WriteMessage(row, raw, &csv[Table::kExceptions]);
    WriteSignatures(row, raw, &csv[Table::kSignatures]);
    WriteMessageRecord(row, &records);
    WriteSignatureRecords(row, &records);
  }

  void AddTallies(const std::vector<audit::MessageRow>& rows) {
    const audit::CsvOptions raw{.raw = true};
    audit::BatchTally batch;
    for (const audit::MessageRow& row : rows) batch.Add(row);
    for (const auto& [from, tally] : batch.senders) {
      WriteSender(from, tally, raw, &csv[Table::kSenders]);
      WriteSenderRecord(from, tally, &records);
    }
    for (const auto& [key, tally] : batch.keys) {
      WriteKey(key, tally, raw, &csv[Table::kKeys]);
      WriteKeyRecord(key, tally, &records);
    }
    audit::KeyFinding finding;
    finding.fault = audit::KeyFault::kNoRecord;
    finding.domain = "a.example";
    finding.messages = 3;
    finding.first_mail_at = 1700000000;
    finding.detail = "nothing, \x01 \"there\"";
    finding.fix = "publish it";
    WriteKeyFinding(finding, raw, &csv[Table::kKeyFindings]);
    WriteKeyFindingRecord(finding, &records);
  }

  void Add(const audit::ErrorRow& error) {
    WriteError(error, {.raw = true}, &csv[Table::kErrors]);
    WriteErrorRecord(error, &records);
  }
};

// Fields of CSV as the database has them.
std::vector<Row> Expected(Table table, const std::string& csv) {
  std::vector<Column> columns;
  for (const Column& column : audit::ColumnsOf(table)) {
    if (column.in_csv()) columns.push_back(column);
  }
  std::vector<Row> rows = audit::ReadCsv(csv);
  for (Row& row : rows) {
    EXPECT_EQ(row.size(), columns.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].type != Column::Type::kInteger) continue;
      if (row[i] == "true") row[i] = "1";
      if (row[i] == "false") row[i] = "0";
    }
  }
  return rows;
}

// A message in which little is absent.
audit::MessageFacts FullFacts() {
  audit::MessageFacts facts = audit::MakeFacts("a.example", 300'000);
  facts.envelope_from = "=bounce@a.example";
  facts.envelope_from_source = audit::EnvelopeFromSource::kReturnPath;
  facts.list_id = "-list\0\xFF\xE2\x80\xAE,\"x\r\n"sv;
  facts.body_encoding = "7bit";
  facts.has_8bit = true;
  facts.list_unsubscribe = true;
  facts.anomalies.Add(mail::Anomaly::kBareCr);
  facts.anomalies.Add(mail::Anomaly::kDupTo);
  facts.signatures = {audit::MakeEvidence("a.example")};
  dkim::Signature& signature = facts.signatures[0].signature;
  signature.header_i = "@a.example";
  signature.query = "dns/txt";
  signature.timestamp = -1;
  signature.expiration = INT64_MAX;
  signature.body_length = UINT64_MAX;
  facts.signatures[0].oversigned = "from";
  facts.signatures[0].missing_recommended = "to;cc";
  facts.signatures[0].unsigned_names = "x-a";
  return facts;
}

TEST_F(QueryTablesTest, ViewsAreTheCsvFiles) {
  audit::MadeUp made = audit::MakeMany(300, 6);
  const audit::MessageFacts full = FullFacts();
  made.rows.push_back(audit::MakeRow(full, Reason::kOk));
  made.rows.back().signatures[0].verdict.flags.Add(dkim::Flag::kTesting);
  const audit::MessageFacts limited = audit::MakeFacts("b.example", 400'000);
  made.rows.push_back(audit::MakeRow(limited, Reason::kLimitHeaders));
  Rows rows;
  for (const audit::MessageRow& row : made.rows) rows.Add(row);
  rows.AddTallies(made.rows);
  audit::ErrorRow error =
      audit::MakeError(audit::ErrorCode::kNotMail, "=a\x1b.mbx", "mbx", "+x");
  error.offset = 5;
  error.length = 1;
  rows.Add(error);
  Add(rows.records);
  AddInput(*full.input, 500'000);
  Finish();
  for (const auto& [table, csv] : rows.csv) {
    const std::string view(audit::TableName(table));
    SCOPED_TRACE(view);
    const std::vector<Row> expected = Expected(table, csv);
    ASSERT_GT(expected.size(), 0u);
    std::vector<Row> actual = All(view);
    Row names = ColumnsOf(view);
    const Row header = audit::ReadCsv(audit::TableHeader(table)).at(0);
    EXPECT_EQ(names.size(),
              header.size() + (table == Table::kSignatures ? 4 : 0));
    names.resize(header.size());
    EXPECT_EQ(names, header);
    for (Row& row : actual) row.resize(header.size());
    EXPECT_EQ(actual, expected);
  }
}

TEST_F(QueryTablesTest, SignaturesHaveTheirEvidence) {
  const audit::MessageFacts facts = FullFacts();
  Rows rows;
  rows.Add(audit::MakeRow(facts, Reason::kOk));
  Add(rows.records);
  Finish();
  const auto text = [](std::span<const uint8_t> octets) {
    return std::string(octets.begin(), octets.end());
  };
  const dkim::Evidence& evidence = facts.signatures[0];
  const std::vector<Row> read = Query(
      "SELECT h, unsigned_fields, header_hash, b, typeof(b), typeof(l) "
      "FROM signatures",
      6);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0], (Row{"from;to;subject;date;message-id", "x-a",
                          text(evidence.header_hash.span()),
                          text(evidence.signature.signature), "blob", "text"}));
}

// Nothing in a text ends it, changes its type or is cut.
TEST_F(QueryTablesTest, HostileTextsStayWhole) {
  std::string hostile("=cmd'); DROP TABLE message;--\0\x1b[2J\xFF\r\n"sv);
  hostile += std::string(1 << 20, '"');
  audit::MessageFacts facts = audit::MakeFacts("a.example");
  audit::Input input = *facts.input;
  input.file = input.archive = hostile;
  facts.input = std::make_shared<const audit::Input>(input);
  facts.message_id = facts.envelope_from = facts.list_id = hostile;
  facts.signatures = {audit::MakeEvidence("a.example")};
  facts.signatures[0].signature.header_i = hostile;
  Rows rows;
  rows.Add(audit::MakeRow(facts, Reason::kOk));
  rows.Add(audit::MakeError(audit::ErrorCode::kDamaged, hostile, "", hostile));
  Add(rows.records);
  AddInput(input, 9);
  Finish();
  const std::string safe = SafeText(hostile);
  ASSERT_GT(safe.size(), hostile.size());
  EXPECT_EQ(Query("SELECT file, archive, message_id, envelope_from, list_id, "
                  "typeof(message_id) FROM messages",
                  6),
            (std::vector<Row>{{safe, safe, safe, safe, safe, "text"}}));
  EXPECT_EQ(Query("SELECT header_i FROM signatures", 1),
            (std::vector<Row>{{safe}}));
  EXPECT_EQ(Query("SELECT file, text FROM errors", 2),
            (std::vector<Row>{{safe, safe}}));
}

TEST_F(QueryTablesTest, AbsentIsNull) {
  audit::MessageFacts facts = audit::MakeFacts("");
  facts.message_id = "";
  facts.received.source = mail::ReceivedSource::kNone;
  Rows rows;
  rows.Add(audit::MakeRow(facts, Reason::kOk));
  Add(rows.records);
  Finish();
  EXPECT_EQ(
      Query("SELECT count(*) FROM message WHERE message_id IS NULL AND "
            "header_from IS NULL AND received_at IS NULL AND reason IS NULL "
            "AND anomalies IS NULL AND has_8bit = 0",
            1),
      (std::vector<Row>{{"1"}}));
  EXPECT_EQ(Query("SELECT dkim, reason, file FROM messages", 3),
            (std::vector<Row>{{"none", "", ""}}));
}

// What the views say of made-up mail is what its rows say.
TEST_F(QueryTablesTest, ViewsAnswerTheirQuestions) {
  const audit::MadeUp made = audit::MakeMany(400, 7);
  Rows rows;
  std::map<std::string, int> classes, failures, unaligned, months;
  std::map<std::string, std::set<size_t>> without_key;
  for (size_t i = 0; i < made.rows.size(); ++i) {
    const audit::MessageRow& row = made.rows[i];
    rows.Add(row);
    const std::string code(audit::MessageClassCode(row.message_class));
    const bool judged = row.best >= 0;
    const std::string reason(judged ? dkim::ReasonCode(row.reason) : "");
    const std::string from = row.facts->author.domain;
    ++classes[code + reason];
    if (audit::IsException(row)) ++failures[from + code + reason];
    if (row.message_class == audit::MessageClass::kVerifiedUnaligned) {
      const auto& best = row.facts->signatures[static_cast<size_t>(row.best)];
      ++unaligned[from + std::string(best.signature.domain)];
    }
    ++months[mail::FormatTime(row.facts->received.seconds).substr(0, 7)];
    for (const dkim::Evidence& evidence : row.facts->signatures) {
      without_key[dkim::KeyName(evidence.signature)].insert(i);
    }
  }
  rows.AddTallies(made.rows);
  Add(rows.records);
  AddInput(*made.facts[0]->input, 400'000);
  Finish();

  std::map<std::string, int> read;
  double percent = 0;
  for (const Row& row : All("classes")) {
    read[row[0] + row[1]] = std::stoi(row[3]);
    percent += std::stod(row[4]);
    EXPECT_TRUE(row[6].starts_with("mail.mbox@")) << row[6];
  }
  EXPECT_EQ(read, classes);
  EXPECT_NEAR(percent, 100, 0.1);

  read.clear();
  for (const Row& row : All("failures_by_sender")) {
    read[row[0] + row[1] + row[2]] = std::stoi(row[3]);
    EXPECT_GE(std::stoi(row[4]), std::stoi(row[3]));
    EXPECT_LE(row[5], row[6]);
    EXPECT_FALSE(row[5].empty());
  }
  EXPECT_EQ(read, failures);

  read.clear();
  for (const Row& row : All("unaligned_senders")) {
    read[row[0] + row[1]] = std::stoi(row[2]);
  }
  EXPECT_EQ(read, unaligned);

  read.clear();
  for (const Row& row : All("timeline")) {
    read[row[0]] = std::stoi(row[1]);
    int sum = 0;
    for (size_t i = 2; i < row.size(); ++i) sum += std::stoi(row[i]);
    EXPECT_EQ(sum, std::stoi(row[1]));
  }
  EXPECT_EQ(read, months);

  // A name with a key in some row is not missing.
  const auto missing = ByFirst("keys_missing");
  for (const Row& row :
       Query("SELECT header_s || '._domainkey.' || header_d FROM keys WHERE "
             "key_id IS NULL",
             1)) {
    ASSERT_TRUE(missing.contains(row[0]));
    EXPECT_EQ(std::stoul(missing.at(row[0])[3]), without_key[row[0]].size());
  }
  EXPECT_EQ(All("signatures_without_key").size(),
            Query("SELECT 1 FROM signatures WHERE key_id IS NULL", 1).size());
}

TEST_F(QueryTablesTest, InputsSpansAndGaps) {
  audit::MessageFacts first = audit::MakeFacts("a.example", 10);
  audit::MessageFacts second = audit::MakeFacts("a.example", 1010);
  audit::MessageFacts third = audit::MakeFacts("a.example", 2020);
  Rows rows;
  for (const audit::MessageFacts* facts : {&first, &second, &third}) {
    rows.Add(audit::MakeRow(*facts, Reason::kOk));
  }
  Add(rows.records);
  audit::Input empty = *first.input;
  empty.ordinal = uint64_t{9} << 32;
  empty.file = "empty.mbox";
  empty.archive = "a.zip";
  AddInput(*first.input, 3033, 1030);
  AddInput(empty, 5);
  audit::FileHash hash = {.number = 9, .file = "a.zip", .sha256 = {}};
  hash.sha256.size = 32;
  hash.sha256.bytes[0] = 0xcd;
  ASSERT_TRUE(tables_->Add(hash).ok());
  Finish();
  EXPECT_EQ(ColumnsOf("inputs"),
            (Row{"id", "file", "archive", "format", "stored_bytes", "modified",
                 "stream_bytes", "messages", "message_bytes", "gap_separator",
                 "gap_damaged", "sha256"}));
  EXPECT_EQ(ByFirst("inputs").at("38654705664"),
            (Row{"38654705664", "empty.mbox", "a.zip", "mbox_rd", "7",
                 "2023-11-14T22:13:20Z", "5", "2", "2000", "0", "3",
                 "cd" + std::string(62, '0')}));
  EXPECT_EQ(All("spans"),
            (std::vector<Row>{{"mail.mbox", "10", "1000", "1"},
                              {"mail.mbox", "1010", "1000", "2"},
                              {"mail.mbox", "2020", "1000", "3"}}));
  EXPECT_EQ(All("gaps"), (std::vector<Row>{{"mail.mbox", "0", "10"},
                                           {"mail.mbox", "2010", "10"},
                                           {"mail.mbox", "3020", "13"},
                                           {"empty.mbox", "0", "5"}}));
  EXPECT_EQ(ByFirst("accounting").at("mail.mbox").back(), "0");
  EXPECT_EQ(ByFirst("accounting").at("empty.mbox").back(), "-1998");
}

std::string Octets(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The same rows give the same file, however they are divided.
TEST_F(QueryTablesTest, TheFileDependsOnTheRowsAlone) {
  const audit::MadeUp made = audit::MakeMany(2000, 8);
  Rows rows;
  std::vector<std::string> each;
  for (const audit::MessageRow& row : made.rows) {
    const size_t before = rows.records.size();
    rows.Add(row);
    each.push_back(rows.records.substr(before));
  }
  Add(rows.records);
  Finish();
  EXPECT_EQ(Query("PRAGMA integrity_check", 1), (std::vector<Row>{{"ok"}}));
  const std::string whole = Octets(path_);
  EXPECT_GT(whole.size(), 1u << 20);
  for (const size_t size : {1u, 3u, 255u, 1999u}) {
    Begin(Concat("pieces-", size, ".sqlite"));
    std::string records;
    for (size_t i = 0; i < each.size(); ++i) {
      records += each[i];
      if (i % size != size - 1 && i + 1 != each.size()) continue;
      Add(std::exchange(records, {}));
    }
    Finish();
    EXPECT_TRUE(Octets(path_) == whole) << size;
  }
}

TEST_F(QueryTablesTest, RefusesWhatIsNoRow) {
  audit::MessageFacts facts = audit::MakeFacts("a.example");
  facts.signatures = {audit::MakeEvidence("a.example")};
  const audit::MessageRow row = audit::MakeRow(facts, Reason::kOk);
  std::string signature, message;
  WriteSignatureRecords(row, &signature);
  WriteMessageRecord(row, &message);
  EXPECT_FALSE(tables_->Add(signature).ok());  // of no message
  EXPECT_FALSE(tables_->Add(message.substr(0, message.size() - 1)).ok());
  EXPECT_FALSE(tables_->Add("\x7f").ok());
  message[0] = static_cast<char>(Table::kExceptions);
  EXPECT_FALSE(tables_->Add(message).ok());
}

// Rows of many pages between the others.
TEST_F(QueryTablesTest, ManySignaturesAndLongTexts) {
  audit::MessageFacts facts = audit::MakeFacts("a.example");
  const std::string id(300'000, 'i');
  facts.message_id = id;
  for (int i = 0; i < 3000; ++i) {
    facts.signatures.push_back(audit::MakeEvidence("a.example"));
  }
  Rows rows;
  for (int i = 0; i < 5; ++i) rows.Add(audit::MakeRow(facts, Reason::kOk));
  Add(rows.records);
  Add(rows.records);
  Finish();
  EXPECT_EQ(
      Query("SELECT message, count(*) FROM signature GROUP BY 1", 2).size(),
      10u);
  EXPECT_EQ(Query("SELECT count(*), min(length(message_id)) FROM message", 2),
            (std::vector<Row>{{"10", "300000"}}));
}

// A questioner finds in the schema what each column and view means, and the
// indexes are used.
TEST_F(QueryTablesTest, SchemaSaysWhatItMeans) {
  Finish();
  const std::pair<Table, std::string> tables[] = {
      {Table::kMessages, "message"},        {Table::kSignatures, "signature"},
      {Table::kSenders, "sender"},          {Table::kKeys, "key"},
      {Table::kKeyFindings, "key_finding"}, {Table::kErrors, "error"},
  };
  for (const auto& [table, name] : tables) {
    const std::string sql =
        Query("SELECT sql FROM sqlite_schema WHERE name = '" + name + "'", 1)
            .at(0)[0];
    for (const Column& column : audit::ColumnsOf(table)) {
      if (!column.in_record()) continue;
      EXPECT_NE(sql.find(Concat("  ", column.name)), std::string::npos);
      EXPECT_NE(sql.find(Concat("-- ", column.meaning, "\n")),
                std::string::npos)
          << column.name;
    }
  }
  for (const Row& row :
       Query("SELECT name, sql FROM sqlite_schema WHERE type IN "
             "('table', 'view')",
             2)) {
    const std::string first_line = row[1].substr(0, row[1].find('\n'));
    EXPECT_NE(first_line.find("  -- "), std::string::npos) << row[0];
  }
  for (const auto& [query, index] : std::map<std::string, std::string>{
           {"messages WHERE header_from = 'a.example'", "message_by_sender"},
           {"messages WHERE message_id = '<1@a>'", "message_by_message_id"},
           {"message JOIN signature ON message = message.id "
            "WHERE message_id = '<1@a>'",
            "signature_by_message"},
       }) {
    std::string plan;
    for (const Row& row :
         Query("EXPLAIN QUERY PLAN SELECT * FROM " + query, 4)) {
      plan += row[3] + "\n";
    }
    EXPECT_NE(plan.find(index), std::string::npos) << query << "\n" << plan;
  }
}

TEST_F(QueryTablesTest, EveryReasonIsThere) {
  Finish();
  EXPECT_EQ(All("reason").size(), static_cast<size_t>(Reason::kCount));
  const auto reasons = ByFirst("reason");
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_EQ(reasons.at(std::string(dkim::ReasonCode(reason))),
              (Row{std::string(dkim::ReasonCode(reason)),
                   std::string(dkim::ResultName(dkim::ResultOf(reason))),
                   std::string(dkim::CauseName(dkim::CauseOf(reason))),
                   std::string(dkim::ReasonSentence(reason))}));
  }
}

// formats.md names every table, view and column, and says of inputs what the
// schema says.
TEST_F(QueryTablesTest, DocumentNamesEverything) {
  Finish();
  const std::string document =
      Octets(std::string(MAILASSAY_SOURCE_DIR) + "/lib/audit/formats.md");
  const size_t section = document.find("\n## audit.sqlite\n");
  ASSERT_NE(section, std::string::npos);
  for (const Row& row :
       Query("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'",
             1)) {
    EXPECT_NE(document.find("`" + row[0] + "`", section), std::string::npos)
        << row[0];
  }
  for (const Column& column : InputColumns()) {
    const size_t row = document.find(Concat("| `", column.name, "` | "),
                                     document.find("### Inputs"));
    ASSERT_NE(row, std::string::npos) << column.name;
    std::string line = document.substr(row, document.find('\n', row) - row);
    std::erase(line, '`');
    EXPECT_EQ(line, Concat("| ", column.name, " | ", column.meaning, " |"));
  }
}

}  // namespace
}  // namespace mailassay::store
