// What was typed behind a command, checked and turned into run::Options.  The
// commands share their options: each adds those that it has.
#pragma once

#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "lib/audit/row_filter.h"
#include "pipeline/run/check_keys.h"
#include "pipeline/run/options.h"
#include "pipeline/run/recover_keys.h"

namespace mailassay::cmd {

// The words of the command line as they stand; lives as long as its App.
struct Flags {
  std::vector<std::string> inputs;
  std::string audit;                // that a command looks at again
  std::vector<std::string> audits;  // that become one
  std::vector<std::string> key_files;
  bool strict_keys = false;
  bool offline = false;
  std::vector<std::string> resolvers;
  int dns_rate = 500;
  std::string key_history;
  int dns_zone_limit = static_cast<int>(run::kMostOfZone);
  bool dnssec = false;
  std::string dnssec_anchor = keys::kRootAnchor;
  std::string keys_out;
  std::vector<std::string> domains;
  std::vector<std::string> selectors;
  std::string severity = "info";
  int limit = 0;  // 0: none
  std::string budget;
  int tries = 20;
  std::vector<std::string> from;
  std::string at = "received";
  int min_rsa_bits = 1024;
  std::string shard;
  std::string sample;
  bool custody = false;
  std::string dedupe;
  bool count_duplicates = false;
  std::vector<std::string> classes;
  std::vector<std::string> reasons;
  std::string since;
  std::string until;
  std::string by;
  std::string period;
  bool forget = false;
  std::string out;
  bool force = false;
  bool resume = false;
  bool append = false;
  bool ignore_space = false;
  bool rows = false;
  bool raw_csv = false;
  std::string csv;
  std::string own_csv;  // the table that only this command has
  bool json = false;
  int jobs = 0;  // 0: all cores
  std::string memory = "512M";
  std::string max_message = "256M";
  std::string block = "8M";
  bool follow = false;
  std::string progress = "auto";
  bool quiet = false;
  bool strict_dns = false;
  double fail_under = -1;  // below 0: not given
};

// Options of a subject, to `app`; `flags` must outlive it.
void AddAuditArgument(CLI::App& app, Flags& flags);   // DIR of an audit
void AddKeyOptions(CLI::App& app, Flags& flags);      // where keys come from
void AddReadingOptions(CLI::App& app, Flags& flags);  // of archives
void AddPolicyOptions(CLI::App& app, Flags& flags);   // --at, --min-rsa-bits
void AddFilterOptions(CLI::App& app, Flags& flags);   // of messages, for tables
void AddDuplicateOptions(CLI::App& app, Flags& flags);
void AddWorkOptions(CLI::App& app, Flags& flags);    // -j, --memory
void AddDirOptions(CLI::App& app, Flags& flags);     // -o and what goes there
void AddStdoutOptions(CLI::App& app, Flags& flags);  // tables, totals, quiet

// All that verify has, with its inputs.
void AddVerifyOptions(CLI::App& app, Flags& flags);

// All that keys fetch has, with its inputs.
void AddFetchOptions(CLI::App& app, Flags& flags);

// --key-history, where the command does nothing without it.
void AddHistoryOption(CLI::App& app, Flags& flags);
// All that keys list has, with its inputs.
void AddListOptions(CLI::App& app, Flags& flags);
// All that keys check has, with its inputs.
void AddCheckOptions(CLI::App& app, Flags& flags);
// All that keys recover has, with its inputs.
void AddRecoverOptions(CLI::App& app, Flags& flags);

// InvalidArgument with one line that says which option makes no sense and why.
absl::StatusOr<run::Options> OptionsOf(const CLI::App& command,
                                       const Flags& flags);
absl::StatusOr<audit::RowFilter> FilterOf(const Flags& flags);
absl::StatusOr<run::CheckOptions> CheckOptionsOf(const Flags& flags);
absl::StatusOr<run::RecoverOptions> RecoverOptionsOf(const Flags& flags);

}  // namespace mailassay::cmd
