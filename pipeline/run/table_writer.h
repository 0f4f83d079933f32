// Where table rows go: the CSV files of -o, and the one table that --csv sends
// to standard output.  One thread at a time; rows come in archive order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "lib/audit/tables.h"
#include "pipeline/run/options.h"
#include "pipeline/run/output_file.h"

namespace mailassay::run {

inline constexpr std::string_view kMethodFile = "method.txt";
inline constexpr uint64_t kMaxRowMessages = 1'000'000;    // without --rows
inline constexpr uint64_t kMaxExceptionRows = 1'000'000;  // of one file

// The note of files that were left out.
inline constexpr std::string_view kRowsLeftOut =
    "messages.csv and signatures.csv left out: over 1,000,000 messages "
    "(--rows keeps them)";

// NAME.csv; of a sample NAME.sample.csv, which nobody takes for the whole.
std::string CsvFileName(std::string_view name, const Options& options);

class TableWriter {
 public:
  explicit TableWriter(const Options& options);

  // Opens the files of options.out_dir, which must exist, and writes the
  // header lines.
  absl::Status Open();

  // Is this table asked for?  Rows of others need not be made.
  bool Wants(audit::Table table) const;

  // `rows`: `count` whole lines.  The first error is kept: see status().
  void Add(audit::Table table, std::string_view rows, uint64_t count);

  // Cancelled: the reader of standard output has gone away.  Else an output
  // fault.
  const absl::Status& status() const { return status_; }

  // All files whole under their names, then method.txt, and run.json last.
  absl::Status Commit(std::string_view method, std::string_view run_json);

  // Of the files that Commit will leave, in the order of the tables.
  std::vector<std::string> FileNames() const;
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  static constexpr size_t kTables = static_cast<size_t>(audit::Table::kCount);

  void Keep(const absl::Status& status);
  void WriteStdout(std::string_view bytes);
  void WriteFile(std::string_view name, std::string_view text);
  absl::Status OpenFile(audit::Table table, std::string name);
  void AddToFiles(audit::Table table, std::string_view rows, uint64_t count);
  void AddExceptions(std::string_view rows, uint64_t count);
  void DropRowFiles();

  struct Named {
    std::string name;
    std::unique_ptr<OutputFile> file;
  };

  const Options& options_;
  std::array<std::vector<Named>, kTables> files_;
  uint64_t messages_ = 0;
  uint64_t exception_rows_ = 0;  // in the last exceptions file
  std::vector<std::string> notes_;
  absl::Status status_;
};

}  // namespace mailassay::run
