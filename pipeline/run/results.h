// What comes of an audit's judged batches: the sums, the tables and the books,
// the same whether the batches come from the archive or from a store.  One
// thread at a time; batches come in archive order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lib/audit/books.h"
#include "lib/audit/key_findings.h"
#include "lib/audit/ledger.h"
#include "lib/audit/method.h"
#include "lib/audit/notes.h"
#include "lib/audit/sample.h"
#include "lib/dmarc/organizational_domain.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/run/batch.h"
#include "pipeline/run/memory_plan.h"
#include "pipeline/run/named_inputs.h"
#include "pipeline/run/options.h"
#include "pipeline/run/table_writer.h"
#include "pipeline/run/temp_file.h"
#include "pipeline/store/audit_writer.h"

namespace mailassay::run {

class Results {
 public:
  // `options` must outlive it.  Large sums spill to a temporary file in
  // options.out_dir, or where that is empty in $TMPDIR.
  Results(const Options& options, const MemoryPlan& plan);

  // Opens the tables that the options ask for.
  absl::Status Open();
  // How to judge for these tables.
  const JudgeContext& context() const { return context_; }
  void SetFilter(audit::RowFilter filter) {
    context_.filter = std::move(filter);
  }
  // Sums of the messages by group, too.
  void GroupBy(const audit::Grouping& grouping);
  // REQUIRES: GroupBy was called.
  audit::SpillMap<audit::SenderTally>& groups() { return *groups_; }
  // The inputs that were named.
  NamedInputs& named() { return named_; }
  void WantOutcomes() { context_.wants_outcomes = true; }

  // A finished audit that gets the rows, too; must outlive the results.
  void KeepIn(store::AuditWriter* writer) {
    writer_ = writer;
    context_.wants_records = true;
  }

  // Sums; the rows too, but for those that must wait: see AddRows.
  void AddSums(const Judged& judged);
  void AddRows(audit::Table table, const Judged::Rows& rows);
  void AddAllRows(const Judged& judged);
  void AddNotes(const audit::Notes& notes);

  // The books of the last input; senders.csv, keys.csv and key_findings.csv in
  // the order of their keys.  `keys`: by which was judged.
  void AddAggregates(keys::KeyStore& keys);
  // All files under their names, run.json last.
  absl::Status Commit(std::string_view method, std::string_view run_json);

  // The first fault of a file; Cancelled: the reader of standard output has
  // gone away.
  absl::Status status() const;

  // Not const: looking at sums may read what was spilled.
  audit::Ledger& ledger() { return ledger_; }
  // Of a sample: what it is of.  Together with rows(), what the whole would be.
  const audit::SampleSums& sample() const { return sample_; }
  const audit::SampleRows& rows() const { return rows_; }
  const audit::KeyFindingSums& key_findings() const { return key_findings_; }
  const TableWriter& tables() const { return tables_; }
  const dmarc::PublicSuffixList& suffixes() const { return *suffixes_; }
  uint64_t temporary() const {
    return temporary_;
  }  // messages left with a
     // temporary failure
  uint64_t filtered_out() const { return filtered_out_; }
  bool damaged() const { return damaged_; }  // an input, in part or whole
  bool changed() const { return changed_; }  // while it was read
  // Of all inputs together; every input whose end was reached balances.
  const audit::Books& books() const { return books_; }
  const audit::MethodInputs& method_inputs() const { return method_inputs_; }
  // Behind the files of all inputs (audit::Input::ordinal).
  uint64_t next_file() const { return next_file_; }
  bool balanced() const { return unbalanced_.empty(); }
  const std::string& unbalanced() const { return unbalanced_; }

 private:
  void AddKeyFindings(keys::KeyStore& keys);
  void CountRows(audit::Table table, size_t octets);
  void AddBooks(const std::shared_ptr<const audit::Input>& input,
                const audit::Books& books);
  void CloseBooks();
  void NotePassedLines();
  void AddErrors(std::span<const audit::ErrorRow> errors);

  TempFile temp_;
  NamedInputs named_;
  audit::Ledger ledger_;
  // Beside the ledger, of which it has half the size.
  std::unique_ptr<audit::SpillMap<audit::SenderTally>> groups_;
  const size_t groups_bytes_;
  TableWriter tables_;
  const size_t compared_bytes_;  // of keys that are compared with each other
  std::unique_ptr<const dmarc::PublicSuffixList> suffixes_;
  JudgeContext context_;
  uint64_t temporary_ = 0;
  uint64_t filtered_out_ = 0;
  bool damaged_ = false;
  bool changed_ = false;
  store::AuditWriter* writer_ = nullptr;
  audit::Books books_;
  audit::SampleSums sample_;
  audit::SampleRows rows_;
  audit::KeyFindingSums key_findings_;
  // Of the input in hand: its batches come one behind the other.
  std::shared_ptr<const audit::Input> input_;
  audit::Books input_books_;
  audit::MethodInputs method_inputs_;
  uint64_t next_file_ = 0;
  // Of inputs with lines that look like From_ lines: the first ones' rows,
  // which stand behind all others whatever the size of the batches.
  std::vector<audit::ErrorRow> passed_lines_;
  std::string unbalanced_;  // the first input whose books do not balance
};

}  // namespace mailassay::run
