// The tables of a stored audit again, all of them or of a part of its messages.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/audit/groups.h"
#include "lib/audit/row_filter.h"
#include "pipeline/run/options.h"

namespace mailassay::run {

struct ReportOptions {
  std::string dir;  // of a finished audit
  audit::RowFilter filter;
  std::optional<audit::Grouping> grouping;  // groups.csv, too
};

inline constexpr std::string_view kGroupsName = "groups";  // of its file

// Prints the summary.  Without a filter and without options.out_dir the files
// in `dir` are made again, to the same octets; a part of the messages goes only
// to options.out_dir (or, with options.csv, to standard output); so
// does groups.csv with options.own_csv.  Gives the
// exit code.
int Report(const ReportOptions& report, const Options& options);

}  // namespace mailassay::run
