#include "pipeline/run/results.h"

#include <algorithm>
#include <utility>

#include "lib/base/concat.h"

namespace mailassay::run {
using audit::Table;

Results::Results(const Options& options, const MemoryPlan& plan)
    : temp_(options.out_dir),
      ledger_(plan.ledger_bytes, &temp_),
      groups_bytes_(plan.ledger_bytes / 2),
      tables_(options),
      compared_bytes_(plan.ledger_bytes),
      suffixes_(dmarc::PublicSuffixList::Load()),
      context_{.suffixes = *suffixes_,
               .options = options.judge,
               .csv = {.raw = options.raw_csv},
               .wants_facts_bytes = !options.sample.all(),
               .counts_duplicates = options.count_duplicates} {}

void Results::GroupBy(const audit::Grouping& grouping) {
  context_.grouping = grouping;
  groups_ = std::make_unique<audit::SpillMap<audit::SenderTally>>(groups_bytes_,
                                                                  &temp_);
}

absl::Status Results::Open() {
  absl::Status opened = tables_.Open();
  if (!opened.ok()) return opened;
  for (size_t t = 0; t < Judged::kTables; ++t) {
    // Of a sample all are counted.
    context_.wanted[t] =
        tables_.Wants(static_cast<Table>(t)) || context_.wants_facts_bytes;
  }
  return absl::OkStatus();
}

void Results::AddSums(const Judged& judged) {
  ledger_.Merge(judged.tally);
  temporary_ += judged.temporary;
  if (groups_) audit::MergeGroups(judged.groups.encoded(), groups_.get());
  rows_.facts += judged.facts_bytes;
}

void Results::CountRows(Table table, size_t octets) {
  switch (table) {
    case Table::kMessages:
    case Table::kSignatures:
      rows_.row_files += octets;
      return;
    case Table::kExceptions:
      rows_.exceptions += octets;
      return;
    default:
      rows_.others += octets;
  }
}

void Results::AddRows(Table table, const Judged::Rows& rows) {
  CountRows(table, rows.text.size());
  tables_.Add(table, rows.text, rows.count);
}

void Results::AddAllRows(const Judged& judged) {
  for (size_t t = 0; t < Judged::kTables; ++t) {
    AddRows(static_cast<Table>(t), judged.rows[t]);
  }
  if (writer_ != nullptr) writer_->AddRecords(judged.records);
}

void Results::AddNotes(const audit::Notes& notes) {
  filtered_out_ += notes.filtered_out;
  named_.Add(notes);
  AddErrors(notes.errors);
  for (const auto& [input, books] : notes.books) AddBooks(input, books);
  for (const audit::FileHash& hash : notes.hashes) {
    method_inputs_.AddHash(hash);
    if (writer_ != nullptr) writer_->AddFileHash(hash);
  }
}

void Results::AddErrors(std::span<const audit::ErrorRow> errors) {
  std::string rows;
  std::string records;
  for (const audit::ErrorRow& error : errors) {
    // It is told by the books, and is no trouble of reading.
    if (error.code != audit::ErrorCode::kFromLines) ledger_.AddError(error);
    sample_.Add(error);
    audit::WriteError(error, context_.csv, &rows);
    if (writer_ != nullptr) audit::WriteErrorRecord(error, &records);
    changed_ |= error.code == audit::ErrorCode::kChanged;
    damaged_ |= error.damages();
  }
  CountRows(Table::kErrors, rows.size());
  tables_.Add(Table::kErrors, rows, errors.size());
  if (writer_ != nullptr) writer_->AddRecords(records);
}

void Results::AddBooks(const std::shared_ptr<const audit::Input>& input,
                       const audit::Books& books) {
  if (input_ == nullptr || input_->ordinal != input->ordinal) {
    CloseBooks();
    input_ = input;
    next_file_ = std::max(next_file_, (input->ordinal >> 32) + 1);
  }
  input_books_.Merge(books);
}

void Results::CloseBooks() {
  if (input_ == nullptr) return;
  // The end of a stream that was not reached is in nobody's books.
  const bool ended = input_books_.stream_bytes > 0;
  if (ended && !input_books_.balanced() && unbalanced_.empty()) {
    unbalanced_ = input_->file;
  }
  if (writer_ != nullptr) {
    writer_->AddInput({.input = *input_,
                       .stream_bytes = input_books_.stream_bytes,
                       .messages = input_books_.messages,
                       .message_bytes = input_books_.message_bytes,
                       .gaps = input_books_.gaps});
  }
  NotePassedLines();
  method_inputs_.Add(*input_, input_books_);
  sample_.Add(*input_, input_books_);
  books_.Merge(std::exchange(input_books_, {}));
  input_.reset();
}

// Of more inputs than these, which an opponent may have made, the totals tell.
void Results::NotePassedLines() {
  constexpr size_t kKept = 10'000;
  const uint64_t lines = input_books_.passed_lines;
  if (lines == 0 || passed_lines_.size() == kKept) return;
  const uint64_t offset = input_books_.passed_in;
  passed_lines_.push_back(
      {.code = audit::ErrorCode::kFromLines,
       .file = input_->file,
       .offset = offset,
       .kind = {},
       .text = Concat(input_->file, ": ", lines,
                      lines == 1 ? " line looks like a From_ line and was"
                                 : " lines look like From_ lines and were",
                      " taken for text, the first in the message at octet ",
                      offset)});
}

void Results::AddAggregates(keys::KeyStore& keys) {
  CloseBooks();
  AddErrors(passed_lines_);
  std::string row;
  const auto add = [&](Table table, auto* write, auto* write_record) {
    return [=, this, &row](std::string_view key, const auto& tally) {
      row.clear();
      write(key, tally, context_.csv, &row);
      CountRows(table, row.size());
      tables_.Add(table, row, 1);
      if (writer_ == nullptr) return;
      row.clear();
      write_record(key, tally, &row);
      writer_->AddRecords(row);
    };
  };
  ledger_.senders().ForEach(
      add(Table::kSenders, audit::WriteSender, audit::WriteSenderRecord));
  ledger_.keys().ForEach(
      add(Table::kKeys, audit::WriteKey, audit::WriteKeyRecord));
  AddKeyFindings(keys);
}

void Results::AddKeyFindings(keys::KeyStore& keys) {
  std::string row;
  const auto add = [&](const audit::KeyFinding& finding) {
    key_findings_.Add(finding);
    row.clear();
    audit::WriteKeyFinding(finding, context_.csv, &row);
    CountRows(Table::kKeyFindings, row.size());
    tables_.Add(Table::kKeyFindings, row, 1);
    if (writer_ == nullptr) return;
    row.clear();
    audit::WriteKeyFindingRecord(finding, &row);
    writer_->AddRecords(row);
  };
  audit::FindKeyFindings(
      ledger_.keys(),
      [&](const std::string& name) { return keys.Request(name); },
      compared_bytes_, add);
}

absl::Status Results::Commit(std::string_view method,
                             std::string_view run_json) {
  return tables_.Commit(method, run_json);
}

absl::Status Results::status() const {
  return tables_.status().ok() ? temp_.status() : tables_.status();
}

}  // namespace mailassay::run
