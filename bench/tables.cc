// What the tables of an audit cost for each message, once it is judged: its
// text in messages.csv and signatures.csv, its records, the rows of the
// database, their indexes.  One core; files in the working directory.
#include "lib/audit/tables.h"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/archive_writer.h"
#include "bench/message_maker.h"
#include "lib/audit/message_examiner.h"
#include "lib/audit/row.h"
#include "lib/base/concat.h"
#include "lib/dkim/key_record.h"
#include "pipeline/store/audit_store.h"
#include "pipeline/store/bulk_file.h"
#include "pipeline/store/database.h"
#include "pipeline/store/query_tables.h"

namespace mailassay::bench {
namespace {

using benchmark::State;

constexpr size_t kMade = 1000;  // messages that are really there
constexpr size_t kBatch = 200;  // about a block of 8 MiB of bulk mail

// Judged rows of generated mail.  A row is used again and again, each time with
// a Message-ID and an offset of its own.
class Rows {
 public:
  Rows() {
    const MessageMaker maker(
        {.shape = Shape::kList, .median_body = 300, .mean_body = 400});
    const auto suffixes = dmarc::PublicSuffixList::Load();
    const auto input = std::make_shared<const audit::Input>(
        audit::Input{.file = "archive/2025/list.mbox",
                     .archive = "",
                     .format = audit::Format::kMboxRd});
    audit::MessageExaminer examiner({}, {});
    for (size_t i = 0; i < kMade; ++i) {
      const MadeMessage made = maker.Make(i);
      for (const KeyUse& use : made.keys) Publish(use);
      facts_.push_back(std::make_unique<audit::MessageFacts>(
          *examiner.Examine({.input = input, .from_line = ""}, made.text)));
    }
    for (auto& facts : facts_) {
      std::vector<std::shared_ptr<const dkim::KeyAnswer>> answers;
      for (const dkim::Evidence& evidence : facts->signatures) {
        answers.push_back(AnswerOf(dkim::KeyName(evidence.signature)));
      }
      rows_.push_back(audit::Judge(*facts, answers, *suffixes, {}));
      signatures_ += answers.size();
    }
  }

  // The row of message `number` of the archive, until the next call.
  const audit::MessageRow& Row(uint64_t number) {
    audit::MessageFacts& facts = *facts_[number % kMade];
    facts.offset = number * 9500;
    message_id_ =
        Concat("<", Mixed(number), ".", Mixed(~number), "@mail.example.com>");
    facts.message_id = message_id_;
    return rows_[number % kMade];
  }

  double signatures_per_message() const {
    return static_cast<double>(signatures_) / static_cast<double>(kMade);
  }

 private:
  static uint64_t Mixed(uint64_t x) {
    x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15;
    return (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9;
  }

  void Publish(const KeyUse& use) {
    auto& answer = answers_[use.sender->KeyName(use.publication)];
    if (answer != nullptr) return;
    auto made = std::make_shared<dkim::KeyAnswer>();
    made->status = dkim::KeyStatus::kNxDomain;
    made->source = "import:keys.tsv";
    if (const auto record = use.sender->Record(use.publication)) {
      made->status = dkim::KeyStatus::kFound;
      made->records.push_back(dkim::ParseKeyRecord(*record));
      made->origins.push_back({.source = made->source});
    }
    answer = std::move(made);
  }

  std::shared_ptr<const dkim::KeyAnswer> AnswerOf(const std::string& name) {
    if (name.empty()) return nullptr;
    auto& answer = answers_[name];
    if (answer == nullptr) answer = std::make_shared<dkim::KeyAnswer>();
    return answer;
  }

  std::map<std::string, std::shared_ptr<const dkim::KeyAnswer>> answers_;
  std::vector<std::unique_ptr<audit::MessageFacts>> facts_;
  std::vector<audit::MessageRow> rows_;
  std::string message_id_;
  size_t signatures_ = 0;
};

Rows& TheRows() {
  static Rows rows;
  return rows;
}

void SetRate(State& state, uint64_t messages, size_t bytes) {
  const auto each = static_cast<double>(messages);
  state.counters["us_per_message"] = benchmark::Counter(
      each / 1e6, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["bytes_per_message"] = static_cast<double>(bytes) / each;
  state.counters["signatures"] = TheRows().signatures_per_message();
}

// `write` appends the row of a message.
template <typename Write>
void Format(State& state, Write write) {
  Rows& rows = TheRows();
  std::string out;
  uint64_t number = 0;
  size_t bytes = 0;
  for (auto _ : state) {
    out.clear();
    for (size_t i = 0; i < kBatch; ++i) write(rows.Row(number++), &out);
    benchmark::DoNotOptimize(out.data());
    bytes += out.size();
  }
  SetRate(state, number, bytes);
}

void NoText(State& state) {
  Format(state, [](const audit::MessageRow& row, std::string* out) {
    out->push_back(static_cast<char>(row.signatures.size()));
  });
}
BENCHMARK(NoText);

void CsvText(State& state) {
  Format(state, [](const audit::MessageRow& row, std::string* out) {
    audit::WriteMessage(row, {}, out);
    audit::WriteSignatures(row, {}, out);
  });
}
BENCHMARK(CsvText);

void AppendRecords(const audit::MessageRow& row, std::string* out) {
  audit::WriteMessageRecord(row, out);
  audit::WriteSignatureRecords(row, out);
}

void Records(State& state) { Format(state, AppendRecords); }
BENCHMARK(Records);

void ReadRecords(State& state) {
  std::string records;
  for (size_t i = 0; i < kBatch; ++i) {
    AppendRecords(TheRows().Row(i), &records);
  }
  uint64_t number = 0;
  for (auto _ : state) {
    audit::RecordReader reader(records);
    while (reader.Next()) benchmark::DoNotOptimize(reader.cells().data());
    number += kBatch;
  }
  SetRate(state, number, number / kBatch * records.size());
}
BENCHMARK(ReadRecords);

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  std::abort();
}

// The database as an audit makes it.
class Tables {
 public:
  Tables() {
    auto made = store::BulkFile::Create(path_, store::kPageBytes,
                                        store::QueryTables::Sql({}));
    Check(made.status());
    file_ = *std::move(made);
    tables_.emplace(*file_);
  }
  ~Tables() { unlink(path_.c_str()); }
  Tables(const Tables&) = delete;
  Tables& operator=(const Tables&) = delete;

  void Add(const std::string& records) { Check(tables_->Add(records)); }
  void FinishRows() {
    auto database = file_->Finish();
    Check(database.status());
    database_ = *std::move(database);
  }
  void MakeIndexes() {
    Check(store::QueryTables::Complete(*database_, {}));
    Check(database_->Execute("COMMIT"));
  }
  size_t Bytes() const {
    return static_cast<size_t>(
        *database_->Query("SELECT page_count * page_size FROM "
                          "pragma_page_count, pragma_page_size"));
  }

 private:
  std::string path_ = Concat("bench-tables-", getpid(), ".sqlite");
  std::unique_ptr<store::BulkFile> file_;
  std::optional<store::QueryTables> tables_;
  std::unique_ptr<store::Database> database_;
};

enum class Part : uint8_t { kRows, kIndexes };

// Argument: messages.
void Sqlite(State& state, Part part) {
  const auto messages = static_cast<uint64_t>(state.range(0));
  size_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    Tables tables;
    std::string records;
    for (uint64_t number = 0; number < messages;) {
      records.clear();
      for (size_t i = 0; i < kBatch; ++i) {
        AppendRecords(TheRows().Row(number++), &records);
      }
      if (part == Part::kRows) state.ResumeTiming();
      tables.Add(records);
      if (part == Part::kRows) state.PauseTiming();
    }
    if (part == Part::kRows) state.ResumeTiming();
    tables.FinishRows();
    if (part == Part::kRows) state.PauseTiming();
    const size_t before = tables.Bytes();
    if (part == Part::kIndexes) {
      state.ResumeTiming();
      tables.MakeIndexes();
      state.PauseTiming();
    }
    bytes += part == Part::kRows ? before : tables.Bytes() - before;
    state.ResumeTiming();
  }
  SetRate(state, messages * static_cast<uint64_t>(state.iterations()), bytes);
}

void SqliteRows(State& state) { Sqlite(state, Part::kRows); }
void SqliteIndexes(State& state) { Sqlite(state, Part::kIndexes); }

BENCHMARK(SqliteRows)
    ->Arg(200'000)
    ->Iterations(1)
    ->Repetitions(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(SqliteIndexes)
    ->Arg(200'000)
    ->Iterations(1)
    ->Repetitions(3)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mailassay::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  mailassay::bench::TheRows();
  benchmark::RunSpecifiedBenchmarks();
}
