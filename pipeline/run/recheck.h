// Judges a stored audit again, without its archive: with other keys, what DNS
// says today, another evaluation time or another limit for weak keys; and says
// what changed.
#pragma once

#include <string>
#include <string_view>

#include "pipeline/run/options.h"

namespace mailassay::run {

inline constexpr std::string_view kChangesName = "changes";  // of its file

// `dir` holds a finished audit and stays as it is.  Which keys:
// options.key_files first; then what the audit had found, unless `forget`; then
// DNS, unless options.offline.  With options.out_dir the new audit is kept
// there, changes.csv beside it.  Rules that `options` does not name are the
// audit's.  Gives the exit code.
struct RecheckOptions {
  std::string dir;
  bool forget = false;
  // options.own_csv: changes.csv to standard output.
  bool at_given = false;  // options.judge's time is asked for, not the audit's
  bool bits_given = false;  // options.judge's min_rsa_bits, likewise
};
int Recheck(const RecheckOptions& recheck, const Options& options);

}  // namespace mailassay::run
