#include "lib/audit/tables.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "lib/audit/books.h"
#include "lib/audit/findings.h"
#include "lib/audit/ledger.h"
#include "tests/audit/made_up.h"
#include "tests/base/keep.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;
using Record = std::map<std::string, std::string>;

std::vector<std::string> CsvColumnsOf(Table table) {
  return ReadCsv(TableHeader(table)).at(0);
}

// The rows as column -> field.
std::vector<Record> Named(Table table, const std::string& rows) {
  const std::vector<std::string> columns = CsvColumnsOf(table);
  std::vector<Record> records;
  for (const auto& fields : ReadCsv(rows)) {
    EXPECT_EQ(fields.size(), columns.size()) << TableName(table);
    records.emplace_back();
    for (size_t i = 0; i < std::min(fields.size(), columns.size()); ++i) {
      records.back()[columns[i]] = fields[i];
    }
  }
  return records;
}

Record MessageRecord(const MessageRow& row) {
  std::string out;
  WriteMessage(row, {}, &out);
  return Named(Table::kMessages, out).at(0);
}

TEST(Tables, ColumnsAreDistinctAndMessagesComeFirst) {
  for (int i = 0; i < static_cast<int>(Table::kCount); ++i) {
    const auto table = static_cast<Table>(i);
    const auto columns = CsvColumnsOf(table);
    EXPECT_EQ(std::set<std::string>(columns.begin(), columns.end()).size(),
              columns.size());
    if (table == Table::kSenders || table == Table::kKeys ||
        table == Table::kKeyFindings) {
      continue;
    }
    EXPECT_EQ(columns[0], "file");
    EXPECT_EQ(columns[1], "offset");
    EXPECT_EQ(columns[2], "part_path");
  }
}

// The first line of a table is its columns, each with a meaning of one line
// that can stand in a comment of SQL.
TEST(Tables, ColumnsSayWhatTheyMean) {
  for (int i = 0; i < static_cast<int>(Table::kCount); ++i) {
    const auto table = static_cast<Table>(i);
    std::vector<std::string> csv;
    for (const Column& column : ColumnsOf(table)) {
      EXPECT_FALSE(column.meaning.empty()) << column.name;
      EXPECT_EQ(column.meaning.find_first_of("`\n|"), std::string::npos)
          << column.name;
      if (column.in_csv()) csv.emplace_back(column.name);
    }
    EXPECT_EQ(csv, CsvColumnsOf(table));
  }
}

TEST(Tables, Message) {
  MessageFacts facts = MakeFacts("mail.a.example", 77);
  facts.signatures = {MakeEvidence("b.example", "s1"),
                      MakeEvidence("mail.a.example", "s2")};
  facts.envelope_from = "=cmd";
  facts.envelope_from_source = EnvelopeFromSource::kReturnPath;
  facts.anomalies.Add(mail::Anomaly::kBareCr);
  facts.anomalies.Add(mail::Anomaly::kDupTo);
  MessageRow row = MakeRow(facts, Reason::kOk);
  row.best = 1;
  row.message_class = MessageClass::kVerifiedAligned;
  row.from_org = "a.example";
  Record record = MessageRecord(row);
  EXPECT_EQ(record["file"], "mail.mbox");
  EXPECT_EQ(record["offset"], "77");
  EXPECT_EQ(record["part_path"], "");
  EXPECT_EQ(record["received_at"], "2023-11-14T22:13:30Z");
  EXPECT_EQ(record["received_at_source"], "received");
  EXPECT_EQ(record["header_from"], "mail.a.example");
  EXPECT_EQ(record["header_from_org"], "a.example");
  EXPECT_EQ(record["envelope_from"], "'=cmd");
  EXPECT_EQ(record["sig_count"], "2");
  EXPECT_EQ(record["sig_pass"], "2");
  EXPECT_EQ(record["sig_aligned_relaxed"], "1");
  EXPECT_EQ(record["dkim"], "pass");
  EXPECT_EQ(record["dkim_domain"], "mail.a.example");
  EXPECT_EQ(record["dkim_selector"], "s2");
  EXPECT_EQ(record["dkim_aligned"], "true");
  EXPECT_EQ(record["verdict_class"], "verified_aligned");
  EXPECT_EQ(record["anomalies"],
            std::string(mail::AnomalyName(mail::Anomaly::kBareCr)) + ";" +
                std::string(mail::AnomalyName(mail::Anomaly::kDupTo)));
  EXPECT_EQ(record["line_endings"], "lf");
}

TEST(Tables, MessageWithoutSignature) {
  MessageFacts facts = MakeFacts("a.example");
  facts.received.source = mail::ReceivedSource::kNone;
  Record record = MessageRecord(MakeRow(facts, Reason::kOk));
  EXPECT_EQ(record["dkim"], "none");
  EXPECT_EQ(record["reason"], "");
  EXPECT_EQ(record["received_at"], "");
  EXPECT_EQ(record["verdict_class"], "unsigned");
  record = MessageRecord(MakeRow(facts, Reason::kLimitHeaderBytes));
  EXPECT_EQ(record["dkim"], "policy");
  EXPECT_EQ(record["reason"], "limit_header_bytes");
}

TEST(Tables, Signatures) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("a.example"), MakeEvidence("")};
  facts.signatures[0].signature.body_length = 0;
  facts.signatures[0].signature.timestamp = 1700000000;
  facts.signatures[1].index = 2;
  facts.signatures[1].signature.header_d = "not a domain\x1b";
  facts.signatures[1].signature.signature =
      KeepOctets(std::vector<uint8_t>{1, 2});
  MessageRow row = MakeRow(facts, Reason::kOk);
  row.signatures[1].verdict = {};
  row.signatures[1].verdict.reason = Reason::kBadDomain;
  row.signatures[1].verdict.result = dkim::Result::kPermError;
  row.signatures[1].answer = nullptr;
  std::string out;
  WriteSignatures(row, {}, &out);
  auto records = Named(Table::kSignatures, out);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0]["sig_index"], "1");
  EXPECT_EQ(records[0]["kind"], "dkim");
  EXPECT_EQ(records[0]["l"], "0");  // l=0 is not "no l="
  EXPECT_EQ(records[0]["x"], "");
  EXPECT_EQ(records[0]["t"], "1700000000");
  EXPECT_EQ(records[0]["header_b8"].size(), 8u);
  EXPECT_EQ(records[0]["bh"], records[0]["bh_computed"]);
  EXPECT_EQ(records[0]["result"], "pass");
  EXPECT_EQ(records[0]["reason"], "ok");
  EXPECT_EQ(records[0]["key_id"].size(), 64u);
  EXPECT_EQ(records[0]["key_bits"], "256");
  EXPECT_EQ(records[0]["key_source"], "import:keys.tsv");
  EXPECT_EQ(records[1]["sig_index"], "2");
  EXPECT_EQ(records[1]["l"], "");
  EXPECT_EQ(records[1]["key_id"], "");
  EXPECT_EQ(records[1]["key_source"], "none");
  EXPECT_EQ(records[1]["result"], "permerror");
  EXPECT_EQ(records[1]["header_d"].substr(0, 12), "not a domain");
  EXPECT_TRUE(IsSafe(out));
}

TEST(Tables, SendersAddUp) {
  const MadeUp made = MakeMany(2000, 12);
  BatchTally batch;
  for (const MessageRow& row : made.rows) batch.Add(row);
  for (const auto& [from, tally] : batch.senders) {
    std::string out;
    WriteSender(from, tally, {}, &out);
    Record record = Named(Table::kSenders, out).at(0);
    const auto sum = [&](std::initializer_list<const char*> columns) {
      uint64_t all = 0;
      for (const char* column : columns) all += std::stoull(record[column]);
      return all;
    };
    EXPECT_EQ(
        sum({"verified_aligned", "verified_unaligned", "refused", "broken",
             "body_changed_key_unknown", "unjudged", "unsigned", "never_sent"}),
        sum({"count"}));
    EXPECT_EQ(
        sum({"dkim_pass", "dkim_fail_body", "dkim_fail_signature",
             "dkim_fail_both", "dkim_wrong_key", "dkim_no_key", "dkim_revoked",
             "dkim_policy", "dkim_temperror", "dkim_permerror"}),
        sum({"signed"}));
    EXPECT_EQ(sum({"signed", "unsigned", "never_sent"}), sum({"count"}));
    EXPECT_EQ(sum({"dkim_aligned", "dkim_pass_unaligned"}), sum({"dkim_pass"}));
    EXPECT_EQ(record["example"].substr(0, 10), "mail.mbox@");
    EXPECT_NE(record["top_reason"], "");
  }
}

TEST(Tables, SenderNames) {
  SenderTally tally;
  tally.count = 1;
  tally.dkim_domains = {{"a.example", 2}, {"b.example", 10}};
  for (int i = 0; i < 30; ++i) {
    tally.selectors.emplace_back("s" + std::to_string(100 + i), 1);
  }
  std::string out;
  WriteSender("", tally, {}, &out);
  Record record = Named(Table::kSenders, out).at(0);
  EXPECT_EQ(record["dkim_domains"], "b.example:10;a.example:2");
  EXPECT_TRUE(record["selectors"].ends_with(";s119:1;..."));
  EXPECT_EQ(record["top_reason"], "");
  EXPECT_EQ(record["top_reason_count"], "0");
}

TEST(Tables, Keys) {
  MessageFacts facts = MakeFacts("a.example");
  facts.signatures = {MakeEvidence("a.example")};
  const MessageRow row = MakeRow(facts, Reason::kOk);
  BatchTally batch;
  batch.Add(row);
  ASSERT_EQ(batch.keys.size(), 1u);
  std::string out;
  WriteKey(batch.keys.begin()->first, batch.keys.begin()->second, {}, &out);
  Record record = Named(Table::kKeys, out).at(0);
  EXPECT_EQ(record["header_d"], "a.example");
  EXPECT_EQ(record["header_s"], "sel");
  EXPECT_EQ(record["key_id"].size(), 64u);
  EXPECT_EQ(record["k"], "ed25519");
  EXPECT_EQ(record["e"], "");
  EXPECT_EQ(record["status"], "given");
  EXPECT_EQ(record["count"], "1");
  EXPECT_EQ(record["pass"], "1");
  EXPECT_EQ(record["example"], "mail.mbox@0");
}

TEST(Tables, Errors) {
  std::string out;
  ErrorRow row = MakeError(ErrorCode::kDamaged, "a\x1b.mbox", "",
                           "a.mbox: offset 7: torn, \"quoted\"");
  row.offset = 7;
  row.length = 3;
  WriteError(row, {}, &out);
  Record record = Named(Table::kErrors, out).at(0);
  EXPECT_EQ(record["code"], "damaged");
  EXPECT_EQ(record["offset"], "7");
  EXPECT_EQ(record["text"], "a.mbox: offset 7: torn, \"quoted\"");
  EXPECT_TRUE(IsSafe(out));
}

TEST(Tables, Exceptions) {
  MessageFacts facts = MakeFacts("a.example");
  EXPECT_FALSE(IsException(MakeRow(facts, Reason::kOk)));  // unsigned
  EXPECT_TRUE(IsException(MakeRow(facts, Reason::kLimitHeaders)));
  facts.signatures = {MakeEvidence("a.example")};
  EXPECT_FALSE(IsException(MakeRow(facts, Reason::kOk)));
  for (const Reason reason :
       {Reason::kExpired, Reason::kBodyChanged, Reason::kNoKey}) {
    EXPECT_TRUE(IsException(MakeRow(facts, reason)));
  }
}

// Hostile octets in every text of a message stay inside their fields.
TEST(Tables, HostileTextsStayInTheirFields) {
  std::string hostile = "\r\n=x,\"\x1b[2J\xFF";
  hostile += std::string(5000, '"');
  MessageFacts facts = MakeFacts("a.example");
  Input input = *facts.input;
  input.file = input.archive = hostile;
  facts.input = std::make_shared<const Input>(input);
  facts.message_id = facts.envelope_from = facts.list_id = hostile;
  facts.via_list = facts.author_original = hostile;
  facts.body_encoding = facts.author.address = hostile;
  facts.signatures = {MakeEvidence("a.example")};
  dkim::Evidence& evidence = facts.signatures[0];
  evidence.signature.header_i = evidence.signature.header_a = hostile;
  evidence.signature.query = evidence.oversigned = hostile;
  evidence.missing_recommended = hostile;
  const MessageRow row = MakeRow(facts, Reason::kOk);
  std::string messages, signatures;
  WriteMessage(row, {}, &messages);
  WriteSignatures(row, {}, &signatures);
  EXPECT_EQ(Named(Table::kMessages, messages).size(), 1u);
  EXPECT_EQ(Named(Table::kSignatures, signatures).size(), 1u);
  EXPECT_TRUE(IsSafe(messages + signatures));
}

std::string Document() {
  std::ifstream file(std::string(MAILASSAY_SOURCE_DIR) +
                     "/lib/audit/formats.md");
  std::stringstream buffer;
  buffer << file.rdbuf();
  return buffer.str();
}

// The columns that a section's first table describes, in order, with what they
// mean; without marks and without a pointer to further text.
std::vector<std::pair<std::string, std::string>> DescribedIn(
    std::string_view document, const std::string& section) {
  std::vector<std::pair<std::string, std::string>> described;
  const size_t begin = document.find("\n" + section + "\n");
  if (begin == std::string::npos) return described;
  size_t end = document.find("\n#", begin + section.size());
  std::stringstream lines(std::string(document.substr(begin, end - begin)));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|") && !described.empty()) break;
    const size_t bar = line.find(" | ");
    if (!line.starts_with("| `") || bar == std::string::npos) continue;
    std::string meaning = line.substr(bar + 3, line.rfind(" |") - bar - 3);
    std::erase(meaning, '`');
    const size_t below = meaning.find(" (below)");
    if (below != std::string::npos) meaning.erase(below, 8);
    for (size_t at = 2; at < bar; ++at) {  // `a`, `b`
      const size_t close = line.find('`', at + 1);
      described.emplace_back(line.substr(at + 1, close - at - 1), meaning);
      at = close + 2;
    }
  }
  return described;
}

// The columns as data and the tables of formats.md say the same.
TEST(Formats, DocumentDescribesTheColumns) {
  const std::string document = Document();
  for (int i = 0; i < static_cast<int>(Table::kCount); ++i) {
    const auto table = static_cast<Table>(i);
    if (table == Table::kExceptions) continue;  // as messages
    const std::string name(TableName(table));
    std::vector<std::pair<std::string, std::string>> csv, stored;
    for (const Column& column : ColumnsOf(table)) {
      auto& columns = column.in_csv() ? csv : stored;
      columns.emplace_back(column.name, column.meaning);
    }
    EXPECT_EQ(DescribedIn(document, "## " + name + ".csv"), csv);
    EXPECT_EQ(DescribedIn(document, "### Only in `" + name + "`"), stored);
  }
}

// The reasons as data and the table of formats.md say the same.
TEST(Formats, DocumentDescribesTheReasons) {
  const std::string document = Document();
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i) {
    const auto reason = static_cast<Reason>(i);
    const std::string cause(dkim::CauseName(dkim::CauseOf(reason)));
    const std::string row =
        "| `" + std::string(dkim::ReasonCode(reason)) + "` | " +
        std::string(dkim::ResultName(dkim::ResultOf(reason))) + " | " + cause +
        (cause.empty() ? "| " : " | ") +
        std::string(dkim::ReasonSentence(reason)) + " |\n";
    EXPECT_NE(document.find(row), std::string::npos) << row;
  }
  for (int i = 1; i < static_cast<int>(dkim::Cause::kCount); ++i) {
    const auto cause = static_cast<dkim::Cause>(i);
    EXPECT_NE(document.find("| `" + std::string(dkim::CauseName(cause)) +
                            "` | " + std::string(dkim::CauseSentence(cause))),
              std::string::npos)
        << dkim::CauseName(cause);
  }
  for (int i = 0; i < static_cast<int>(mail::Trace::kCount); ++i) {
    const std::string name(mail::TraceName(static_cast<mail::Trace>(i)));
    EXPECT_NE(document.find("| `" + name + "` | "), std::string::npos) << name;
  }
}

// formats.md names every column, code and name that a table can hold.
TEST(Formats, DocumentNamesEverything) {
  const std::string document = Document();
  ASSERT_FALSE(document.empty());
  const auto expect = [&](std::string_view name) {
    if (name.empty()) return;
    EXPECT_NE(document.find("`" + std::string(name) + "`"), std::string::npos)
        << name;
  };
  for (int i = 0; i < static_cast<int>(Table::kCount); ++i) {
    const auto table = static_cast<Table>(i);
    expect(std::string(TableName(table)) + ".csv");
    for (const std::string& column : CsvColumnsOf(table)) expect(column);
  }
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i) {
    expect(dkim::ReasonCode(static_cast<Reason>(i)));
  }
  for (int i = 0; i < static_cast<int>(dkim::Flag::kCount); ++i) {
    expect(dkim::FlagName(static_cast<dkim::Flag>(i)));
  }
  for (int i = 0; i < static_cast<int>(Gap::kCount); ++i) {
    expect(GapName(static_cast<Gap>(i)));
  }
  for (int i = 0; i < static_cast<int>(mail::Anomaly::kCount); ++i) {
    expect(mail::AnomalyName(static_cast<mail::Anomaly>(i)));
  }
  for (int i = 0; i < static_cast<int>(MessageClass::kCount); ++i) {
    expect(MessageClassCode(static_cast<MessageClass>(i)));
  }
  for (int i = 0; i < static_cast<int>(ErrorCode::kCount); ++i) {
    expect(ErrorCodeName(static_cast<ErrorCode>(i)));
  }
  for (int i = 0; i <= static_cast<int>(dkim::KeyStatus::kZoneLimit); ++i) {
    expect(dkim::KeyStatusName(static_cast<dkim::KeyStatus>(i)));
  }
  for (int i = 0; i <= static_cast<int>(mail::AuthorDefect::kBadDomain); ++i) {
    expect(mail::AuthorDefectName(static_cast<mail::AuthorDefect>(i)));
  }
  for (int i = 0; i < static_cast<int>(mail::ReceivedSource::kCount); ++i) {
    expect(mail::ReceivedSourceName(static_cast<mail::ReceivedSource>(i)));
  }
  for (int i = 0; i < static_cast<int>(mail::ListAuthorSource::kCount); ++i) {
    expect(mail::ListAuthorSourceName(static_cast<mail::ListAuthorSource>(i)));
  }
  for (int i = 0; i <= static_cast<int>(Format::kEml); ++i) {
    expect(FormatName(static_cast<Format>(i)));
  }
  for (const std::string_view code : FindingCodes()) expect(code);
  for (int i = 0; i < static_cast<int>(KeyFault::kCount); ++i) {
    const auto fault = static_cast<KeyFault>(i);
    EXPECT_NE(document.find("| `" + std::string(KeyFaultCode(fault)) + "` | " +
                            std::string(KeyFaultText(fault)) + " |\n"),
              std::string::npos)
        << KeyFaultCode(fault);
  }
  for (int i = 0; i < static_cast<int>(Severity::kCount); ++i) {
    expect(SeverityName(static_cast<Severity>(i)));
  }
}

}  // namespace
}  // namespace mailassay::audit
