#include "pipeline/run/results.h"

namespace mailassay::run {

using audit::Table;

Results::Results(const Options& options, const MemoryPlan& plan)
    : temp_(options.out_dir),
      ledger_(plan.ledger_bytes, &temp_),
      tables_(options),
      suffixes_(dmarc::PublicSuffixList::Load()),
      context_{.suffixes = *suffixes_,
               .options = options.judge,
               .csv = {.raw = options.raw_csv}} {}

absl::Status Results::Open() {
  absl::Status opened = tables_.Open();
  if (!opened.ok()) return opened;
  for (size_t t = 0; t < Judged::kTables; ++t) {
    context_.wanted[t] = tables_.Wants(static_cast<Table>(t));
  }
  return absl::OkStatus();
}

void Results::AddSums(const Judged& judged) {
  ledger_.Merge(judged.tally);
  temporary_ += judged.temporary;
}

void Results::AddRows(Table table, const Judged::Rows& rows) {
  tables_.Add(table, rows.text, rows.count);
}

void Results::AddAllRows(const Judged& judged) {
  for (size_t t = 0; t < Judged::kTables; ++t) {
    AddRows(static_cast<Table>(t), judged.rows[t]);
  }
}

void Results::AddNotes(const audit::Notes& notes) {
  filtered_out_ += notes.filtered_out;
  std::string rows;
  for (const audit::ErrorRow& error : notes.errors) {
    ledger_.AddError(error);
    audit::WriteError(error, context_.csv, &rows);
    changed_ |= error.code == audit::ErrorCode::kChanged;
    damaged_ |= error.damages();
  }
  tables_.Add(Table::kErrors, rows, notes.errors.size());
}

void Results::AddAggregates() {
  std::string row;
  if (tables_.Wants(Table::kSenders)) {
    ledger_.senders().ForEach(
        [&](std::string_view key, const audit::SenderTally& tally) {
          row.clear();
          audit::WriteSender(key, tally, context_.csv, &row);
          tables_.Add(Table::kSenders, row, 1);
        });
  }
  if (tables_.Wants(Table::kKeys)) {
    ledger_.keys().ForEach(
        [&](std::string_view key, const audit::KeyTally& tally) {
          row.clear();
          audit::WriteKey(key, tally, context_.csv, &row);
          tables_.Add(Table::kKeys, row, 1);
        });
  }
}

absl::Status Results::Commit(std::string_view run_json) {
  return tables_.Commit(run_json);
}

absl::Status Results::status() const {
  return tables_.status().ok() ? temp_.status() : tables_.status();
}

}  // namespace mailassay::run
