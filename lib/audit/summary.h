// What a person reads at the end of a run: about 25 lines, under 100 columns,
// safe for any terminal.  Pure text making.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/audit/books.h"
#include "lib/audit/duplicates.h"
#include "lib/audit/key_findings.h"
#include "lib/audit/ledger.h"
#include "lib/audit/sample.h"

namespace mailassay::audit {

struct RunFacts {
  std::vector<std::string> inputs;  // as given
  // Of each input what it repeats: the name under which the same file or
  // directory was read; empty: none.  Or no entries.
  std::vector<std::string> repeats;
  uint64_t input_bytes = 0;  // read
  uint64_t total_bytes = 0;  // of all inputs; 0: unknown (a pipe)
  bool partial = false;      // stopped by a signal
  double seconds = 0;
  double reading_seconds = 0;  // of these, until all was read; 0: unknown
  int jobs = 1;
  uint64_t filtered_out = 0;  // messages that --from left aside
  std::vector<std::string> from_filter;
  DuplicateRule duplicates = DuplicateRule::kNone;
  bool counts_duplicates = false;  // each time; else once
  std::string keys;                // "2 key files, then DNS at 127.0.0.1@53"
  uint64_t names_asked = 0;
  std::string judged_at;           // "time of receipt", "2026-01-01T00:00:00Z"
  std::string out_dir;             // empty: nothing saved
  std::vector<std::string> saved;  // file names in out_dir
  std::vector<std::string> notes;  // "messages.csv left out: over 1,000,000
                                   // messages (--rows)"
  std::optional<SampleFacts> sample;  // all figures are of a sample
  KeyFindingSums key_findings;
  // Promise P7: of all streams of mail together, uncompressed.
  std::optional<Books> books;
};

// What run.json says beside the totals and the run's facts.
struct RunSettings {
  std::string version;                    // of the program
  std::vector<std::string> options;       // the command line as given
  std::vector<std::string> key_sources;   // in the order of asking
  std::string public_suffix_list;         // path; empty: built in
  std::string public_suffix_list_sha256;  // hex; empty: unknown
  std::vector<std::pair<std::string, uint64_t>> limits;  // by name, in order
};

// First the classes of all messages with share and main reasons, then the top
// senders with their shares, then the three findings that touch most messages
// in plain words with FILE@OFFSET, then what was not read and what was saved.
// A partial run is headed "PARTIAL: first X of Y bytes", a sample "SAMPLE of N
// %: X of Y bytes"; each block of a sample's figures says that it is one.
std::string Summary(Ledger& ledger, const RunFacts& run);

// The totals as one JSON document (--json): the same bytes for the same audit,
// so without elapsed time and the like.
std::string TotalsJson(Ledger& ledger, const RunFacts& run);

// run.json: the totals with the run's facts and settings.
std::string RunJson(Ledger& ledger, const RunFacts& run,
                    const RunSettings& settings);

// The detail of one message: author, receipt, each signature with domain,
// selector, algorithm, key and where from, what is signed and what not, and
// the verdict in a sentence.
std::string Detail(const MessageRow& row);

}  // namespace mailassay::audit
