// What a run is asked to do: options ready to use, checked by cmd.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "lib/audit/duplicates.h"
#include "lib/audit/head_examiner.h"
#include "lib/audit/ledger.h"
#include "lib/audit/row.h"
#include "lib/audit/tables.h"
#include "pipeline/keys/resolver.h"
#include "pipeline/source/source.h"

namespace mailassay::run {

class KeySources;

enum class ProgressMode : uint8_t {
  kAuto,   // a live line on a terminal, else as kPlain
  kPlain,  // a line every 30 s
  kNever,  // only on SIGUSR1
};

inline constexpr size_t kMostOfZone = 10'000;

struct Options {
  std::vector<std::string> inputs;
  std::vector<std::string> arguments;  // the command line, for run.json
  std::string version;                 // of the program

  std::vector<std::string> key_files;
  bool strict_keys = false;  // refuses a key file that is not good as a whole
  bool offline = false;
  keys::ResolverOptions resolver;
  std::string key_history;            // file of the key history; empty: none
  size_t most_of_zone = kMostOfZone;  // names asked of one zone; 0: no limit
  std::string keys_out;
  // Keys are all that is wanted: a temporary failure that a key file holds is
  // no answer.
  bool only_keys = false;

  source::Shard shard;   // of all inputs; 1/1: everything
  source::Share sample;  // of them that is read; all: no sample
  bool custody = false;  // SHA-256 of each file and each message
  audit::DuplicateRule duplicates = audit::DuplicateRule::kNone;
  bool count_duplicates = false;  // each time; else once
  audit::RawHash raw_hash() const {
    const bool exact = duplicates == audit::DuplicateRule::kRaw;
    return custody || exact ? audit::RawHash::kSha256 : audit::RawHash::kNone;
  }
  audit::FromFilter from;
  audit::JudgeOptions judge;
  std::string judged_at;  // "time of receipt" or the time, for people

  std::string out_dir;  // empty: nothing is saved
  enum class Existing : uint8_t {
    kRefuse,   // out_dir may hold nothing yet
    kReplace,  // --force: the audit that it holds goes
    kResume,   // --resume: the run that began there goes on
    kAppend,   // --append: what is new is added to the audit
  };
  Existing existing = Existing::kRefuse;
  bool ignore_space = false;
  bool all_rows = false;  // messages.csv and signatures.csv whatever the size
  bool raw_csv = false;
  std::optional<audit::Table> csv;  // one table to stdout
  bool json = false;                // the totals to stdout
  bool own_csv = false;             // a table that only its command has, there
  // Null: the summary.  What a command prints in its place, when all is done.
  std::function<void(audit::Ledger&)> print;
  // May be null.  What a command asks of its keys before that, when all is
  // judged.
  std::function<void(audit::Ledger&, KeySources&)> ask_more;

  int jobs = 1;
  size_t memory_bytes = 512u << 20;
  size_t block_bytes = 8u << 20;  // less when the memory demands it
  bool follow_links = false;
  audit::MessageLimits limits;

  ProgressMode progress = ProgressMode::kAuto;
  bool quiet = false;
  bool strict_dns = false;
  std::optional<double> fail_under;  // percent verified and aligned
  int64_t started_at = 0;            // Unix seconds, set by cmd
};

}  // namespace mailassay::run
