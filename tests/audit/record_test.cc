#include "lib/audit/record.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

#include "absl/strings/escaping.h"
#include "lib/audit/csv.h"
#include "lib/audit/ledger.h"
#include "lib/audit/plain_text.h"
#include "lib/audit/tables.h"
#include "lib/base/safe_text.h"
#include "tests/audit/made_up.h"
#include "tests/base/keep.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;
using Type = Cell::Type;

struct Owned {
  Table table{};
  std::vector<Type> types{};
  std::vector<int64_t> integers{};
  std::vector<std::string> octets{};
};

std::vector<Owned> ReadAll(std::string_view records, bool* ok = nullptr) {
  std::vector<Owned> all;
  RecordReader reader(records);
  while (reader.Next()) {
    all.push_back({.table = reader.table()});
    for (const Cell& cell : reader.cells()) {
      all.back().types.push_back(cell.type);
      all.back().integers.push_back(cell.integer);
      all.back().octets.emplace_back(cell.octets);
    }
  }
  if (ok != nullptr) *ok = reader.ok();
  EXPECT_TRUE(ok != nullptr || reader.ok());
  return all;
}

std::vector<Column> StoredColumns(Table table) {
  std::vector<Column> columns;
  for (const Column& column : ColumnsOf(table)) {
    if (column.in_record()) columns.push_back(column);
  }
  return columns;
}

// Errors have six cells: what a writer puts into them is read back.
std::vector<Cell> RoundTrip(void (*put)(RecordWriter&), std::string* out) {
  {
    RecordWriter writer(Table::kErrors, out);
    put(writer);
  }
  RecordReader reader(*out);
  EXPECT_TRUE(reader.Next());
  const std::vector<Cell> cells(reader.cells().begin(), reader.cells().end());
  EXPECT_FALSE(reader.Next());
  EXPECT_TRUE(reader.ok());
  return cells;
}

TEST(Record, NumbersAtTheirEdges) {
  std::string out;
  const auto cells = RoundTrip(
      [](RecordWriter& writer) {
        writer.Number(uint64_t{0})
            .Signed(std::numeric_limits<int64_t>::min())
            .Signed(std::numeric_limits<int64_t>::max())
            .Number(uint64_t{1} << 63)
            .Number(std::optional<uint64_t>())
            .Signed(std::nullopt);
      },
      &out);
  ASSERT_EQ(cells.size(), 6u);
  EXPECT_EQ(cells[0].integer, 0);
  EXPECT_EQ(cells[1].integer, std::numeric_limits<int64_t>::min());
  EXPECT_EQ(cells[2].integer, std::numeric_limits<int64_t>::max());
  EXPECT_EQ(cells[3].type, Type::kText);
  EXPECT_EQ(cells[3].octets, "9223372036854775808");
  EXPECT_EQ(cells[4].type, Type::kNull);
  EXPECT_EQ(cells[5].type, Type::kNull);
}

TEST(Record, EverySmallNumber) {
  for (int64_t i = -70000; i <= 70000; ++i) {
    std::string out;
    RecordWriter(Table::kErrors, &out)
        .Signed(i)
        .Bool(true)
        .Bool(false)
        .Time(i)
        .Word("")
        .Text("");
    RecordReader reader(out);
    ASSERT_TRUE(reader.Next());
    ASSERT_EQ(reader.cells()[0].integer, i);
    ASSERT_EQ(reader.cells()[0].type, Type::kInteger);
    ASSERT_EQ(reader.cells()[1].integer, 1);
    ASSERT_EQ(reader.cells()[2].integer, 0);
    ASSERT_EQ(reader.cells()[3].octets.size(), 20u);
    ASSERT_EQ(reader.cells()[4].type, Type::kNull);
    ASSERT_EQ(reader.cells()[5].type, Type::kNull);
  }
}

TEST(Record, TextsAndOctetsOfAnySize) {
  for (const size_t size : {1u, 7u, 8u, 62u, 63u, 64u, 127u, 128u, 1u << 20}) {
    std::string all(size, '\0');
    for (size_t i = 0; i < size; ++i) all[i] = static_cast<char>(i);
    std::string out;
    RecordWriter(Table::kErrors, &out)
        .Text(std::string(size, 'a'))
        .Octets({reinterpret_cast<const uint8_t*>(all.data()), all.size()})
        .Text(all)
        .Word(std::string(size, '='))
        .Octets({})
        .Text(std::string(size, '='));
    RecordReader reader(out);
    ASSERT_TRUE(reader.Next());
    const auto cells = reader.cells();
    EXPECT_EQ(cells[0].octets, std::string(size, 'a'));
    EXPECT_EQ(cells[1].type, Type::kBlob);
    EXPECT_EQ(cells[1].octets, all);
    EXPECT_EQ(cells[2].type, Type::kText);
    EXPECT_EQ(cells[2].octets, SafeText(all));
    EXPECT_EQ(cells[3].octets, std::string(size, '='));
    EXPECT_EQ(cells[4].type, Type::kNull);
    EXPECT_EQ(cells[5].octets, std::string(size, '='));  // no guard, no cut
  }
}

TEST(Record, PlainTextIsPrintableAscii) {
  const auto plain = [](std::string_view text, auto look) {
    std::string copy(std::max<size_t>(text.size(), 8), '?');
    const bool found = !CopyPlain<decltype(look)>(text, copy.data());
    EXPECT_EQ(copy.substr(0, text.size()), text);
    return !found;
  };
  for (int octet = 0; octet < 256; ++octet) {
    for (size_t size = 1; size < 20; ++size) {
      for (size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(octet);
        const bool printable = octet >= 0x20 && octet < 0x7f;
        ASSERT_EQ(plain(text, NotPrintable()), printable)
            << octet << ' ' << size;
        ASSERT_EQ(plain(text, NotPrintableUnquoted()),
                  printable && octet != '"' && octet != ',')
            << octet << ' ' << size;
      }
    }
  }
  EXPECT_TRUE(plain("", NotPrintable()));
  EXPECT_TRUE(plain(std::string_view(), NotPrintable()));
}

// Texts longer than the writers' buffer, and rows that fill it bit by bit.
TEST(Record, RowsOfAnySize) {
  for (size_t size = 1; size < 5000; size += size < 1100 ? 1 : 97) {
    const std::string text(size, 'a');
    std::string out;
    std::string csv;
    {
      RecordWriter record(Table::kErrors, &out);
      CsvWriter writer(&csv, {});
      for (int i = 0; i < 3; ++i) {
        record.Text(text).Number(size);
        writer.Word(text).Number(size);
      }
    }
    RecordReader reader(out);
    ASSERT_TRUE(reader.Next());
    std::string expected;
    for (size_t i = 0; i < 6; i += 2) {
      ASSERT_EQ(reader.cells()[i].octets, text);
      ASSERT_EQ(reader.cells()[i + 1].integer, static_cast<int64_t>(size));
      expected += (i > 0 ? "," : "") + text + ',' + std::to_string(size);
    }
    ASSERT_EQ(csv, expected);
  }
}

// Rows of many kinds, of every table.
struct Rows {
  std::vector<std::string> csv;  // of messages, then of each signature ...
  std::string records;
};

void AddMessage(const MessageRow& row, Rows* rows) {
  const CsvOptions raw{.raw = true};
  rows->csv.emplace_back();
  WriteMessage(row, raw, &rows->csv.back());
  WriteMessageRecord(row, &rows->records);
  std::string signatures;
  WriteSignatures(row, raw, &signatures);
  for (size_t begin = 0; begin < signatures.size();) {
    const size_t end = signatures.find('\n', begin) + 1;
    rows->csv.push_back(signatures.substr(begin, end - begin));
    begin = end;
  }
  WriteSignatureRecords(row, &rows->records);
}

// As a field of CSV would have it.
std::string FieldOf(const Owned& record, size_t i, const Column& column,
                    const std::string& field) {
  switch (record.types[i]) {
    case Type::kNull:
      return "";
    case Type::kInteger:
      if (field == "true" || field == "false") {
        EXPECT_LE(record.integers[i], 1);
        return record.integers[i] != 0 ? "true" : "false";
      }
      return std::to_string(record.integers[i]);
    case Type::kText:
      return record.octets[i];
    case Type::kBlob:
      break;
  }
  EXPECT_TRUE(column.name == "key_id" || column.name == "raw_sha256")
      << column.name;
  return absl::BytesToHexString(record.octets[i]);
}

bool Fits(Type type, Column::Type declared) {
  switch (type) {
    case Type::kNull:
      return true;
    case Type::kInteger:
      return declared == Column::Type::kInteger ||
             declared == Column::Type::kAny;
    case Type::kText:
      return declared == Column::Type::kText || declared == Column::Type::kAny;
    case Type::kBlob:
      break;
  }
  return declared == Column::Type::kBlob;
}

// What stands in both forms is equal, and of the type that its column has.
void ExpectEqual(const Rows& rows) {
  const std::vector<Owned> records = ReadAll(rows.records);
  ASSERT_EQ(records.size(), rows.csv.size());
  for (size_t r = 0; r < records.size(); ++r) {
    const Owned& record = records[r];
    const auto fields = ReadCsv(rows.csv[r]);
    ASSERT_EQ(fields.size(), 1u);
    size_t cell = 0;
    size_t field = 0;
    for (const Column& column : ColumnsOf(record.table)) {
      if (column.in_record() && column.in_csv()) {
        EXPECT_EQ(FieldOf(record, cell, column, fields[0][field]),
                  fields[0][field])
            << TableName(record.table) << ' ' << column.name;
      }
      if (column.in_record()) {
        EXPECT_TRUE(Fits(record.types[cell], column.type)) << column.name;
        ++cell;
      }
      field += column.in_csv() ? 1 : 0;
    }
    EXPECT_EQ(cell, record.types.size());
    EXPECT_EQ(field, fields[0].size());
  }
}

TEST(Record, MessagesAndSignaturesAreThoseOfTheCsv) {
  const MadeUp made = MakeMany(500, 3);
  Rows rows;
  for (const MessageRow& row : made.rows) AddMessage(row, &rows);
  ExpectEqual(rows);
}

TEST(Record, SendersKeysAndErrorsAreThoseOfTheCsv) {
  const MadeUp made = MakeMany(500, 4);
  BatchTally batch;
  for (const MessageRow& row : made.rows) batch.Add(row);
  const CsvOptions raw{.raw = true};
  Rows rows;
  for (const auto& [from, tally] : batch.senders) {
    rows.csv.emplace_back();
    WriteSender(from, tally, raw, &rows.csv.back());
    WriteSenderRecord(from, tally, &rows.records);
  }
  for (const auto& [key, tally] : batch.keys) {
    rows.csv.emplace_back();
    WriteKey(key, tally, raw, &rows.csv.back());
    WriteKeyRecord(key, tally, &rows.records);
  }
  ErrorRow error = MakeError(ErrorCode::kNotMail, "a\x1b", "mbx", "=a,\"b\"");
  error.offset = 7;
  error.length = 8;
  rows.csv.emplace_back();
  WriteError(error, raw, &rows.csv.back());
  WriteErrorRecord(error, &rows.records);
  ExpectEqual(rows);
}

// A message and signature in which no cell is absent: nothing is shifted, and
// a column that nobody fills is seen.
TEST(Record, EveryColumnOfMessageAndSignature) {
  MessageFacts facts = MakeFacts("a.example", 77);
  Input input = *facts.input;
  input.ordinal = uint64_t{3} << 32 | 4;
  input.archive = "a.zip";
  facts.input = std::make_shared<const Input>(input);
  facts.envelope_from = "=bounce@a.example";
  facts.envelope_from_source = EnvelopeFromSource::kReturnPath;
  facts.list_id = "list.example";
  facts.body_encoding = "7bit";
  facts.raw_sha256.size = 32;
  facts.raw_sha256.bytes.fill(0xa5);
  facts.duplicate_of = "b.mbox@7";
  facts.has_8bit = facts.list_unsubscribe = true;
  facts.anomalies.Add(mail::Anomaly::kBareCr);
  facts.anomalies.Add(mail::Anomaly::kDupTo);
  facts.signatures = {MakeEvidence("a.example")};
  dkim::Evidence& evidence = facts.signatures[0];
  dkim::Signature& signature = evidence.signature;
  signature.header_i = "@a.example";
  signature.query = "dns/txt";
  signature.timestamp = 1;
  signature.expiration = 2;
  signature.body_length = UINT64_MAX;
  evidence.oversigned = "from";
  evidence.missing_recommended = "to;cc";
  evidence.unsigned_names = "x-a;x-b";
  facts.via_list = "lists.example";
  facts.author_original = "b@a.example";
  facts.author_original_source = mail::ListAuthorSource::kReplyTo;
  MessageRow row = MakeRow(facts, Reason::kOk);
  row.signatures[0].verdict.flags.Add(dkim::Flag::kTesting);
  auto answer = std::make_shared<dkim::KeyAnswer>(*row.signatures[0].answer);
  answer->origins[0] = {
      .source = "dns", .first_seen = 3, .last_seen = 4, .recovered_from = 5};
  row.signatures[0].answer = answer;
  Rows rows;
  AddMessage(row, &rows);
  ExpectEqual(rows);
  std::map<std::string, std::string, std::less<>> seen;
  for (const Owned& record : ReadAll(rows.records)) {
    const auto columns = StoredColumns(record.table);
    for (size_t i = 0; i < columns.size(); ++i) {
      EXPECT_NE(record.types[i], Type::kNull) << columns[i].name;
      seen[std::string(TableName(record.table)) + '.' +
           std::string(columns[i].name)] =
          record.types[i] == Type::kInteger ? std::to_string(record.integers[i])
                                            : record.octets[i];
    }
  }
  EXPECT_EQ(seen["messages.input"], "12884901892");
  EXPECT_EQ(seen["messages.offset"], "77");
  EXPECT_EQ(seen["messages.evaluated_at"], "2023-11-14T22:13:30Z");
  EXPECT_EQ(seen["messages.envelope_from"], "=bounce@a.example");
  EXPECT_EQ(seen["signatures.l"], "18446744073709551615");
  EXPECT_EQ(seen["signatures.h"], "from;to;subject;date;message-id");
  EXPECT_EQ(seen["signatures.unsigned_fields"], "x-a;x-b");
  const auto octets = [](std::span<const uint8_t> span) {
    return std::string(span.begin(), span.end());
  };
  EXPECT_EQ(seen["signatures.header_hash"],
            octets(evidence.header_hash.span()));
  EXPECT_EQ(seen["signatures.b"], octets(signature.signature));
}

TEST(Record, HostileTextsAreMadeSafeAndStayWhole) {
  std::string hostile("=\r\n,\"\x1b[2J\xFF\0\xE2\x80\xAE", 14);
  MessageFacts facts = MakeFacts("a.example");
  facts.message_id = facts.envelope_from = facts.list_id = hostile;
  facts.signatures = {MakeEvidence("a.example")};
  dkim::Evidence& evidence = facts.signatures[0];
  evidence.signature.header_i = evidence.signature.query = hostile;
  evidence.oversigned = evidence.signed_names = hostile;
  Rows rows;
  AddMessage(MakeRow(facts, Reason::kOk), &rows);
  ExpectEqual(rows);
  const std::string long_text = std::string(5000, 'a') + hostile;
  facts.message_id = long_text;
  std::string records;
  WriteMessageRecord(MakeRow(facts, Reason::kOk), &records);
  const auto read = ReadAll(records);
  bool found = false;
  for (const std::string& octets : read.at(0).octets) {
    EXPECT_EQ(SafeText(octets), octets);
    found |= octets == SafeText(long_text);
  }
  EXPECT_TRUE(found);
}

// Any octets: the reader says no, or gives cells that lie inside them.
TEST(Record, DamagedRecordsAreRefused) {
  const MadeUp made = MakeMany(5, 5);
  Rows rows;
  for (const MessageRow& row : made.rows) AddMessage(row, &rows);
  const size_t all = ReadAll(rows.records).size();
  size_t refused = 0;
  for (size_t size = 0; size < rows.records.size(); ++size) {
    const std::string cut = rows.records.substr(0, size);
    bool ok = true;
    EXPECT_LE(ReadAll(cut, &ok).size(), all);
    refused += ok ? 0 : 1;
  }
  // But for a cut between two records.
  EXPECT_EQ(refused, rows.records.size() - all);
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i) {
    std::string damaged = rows.records;
    for (int n = 0; n < 3; ++n) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    bool ok = true;
    ReadAll(damaged, &ok);
  }
  bool ok = true;
  EXPECT_TRUE(ReadAll(std::string(1, '\x06'), &ok).empty());  // no such table
  EXPECT_FALSE(ok);
}

}  // namespace
}  // namespace mailassay::audit
