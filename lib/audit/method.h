// method.txt: the page to hand over with the numbers of an audit.  What was
// read, with which program, keys and rules, what each class means, what was not
// read, and the command that repeats it; for people who know neither DKIM nor
// this program.  Pure text making: the same audit makes the same octets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/audit/ledger.h"
#include "lib/audit/method_inputs.h"
#include "lib/audit/summary.h"

namespace mailassay::audit {

// What the page says beside the facts and settings of the run.
struct MethodFacts {
  struct KeyFile {
    std::string path, sha256;
  };
  std::vector<KeyFile> key_files;  // in the order of asking
  std::string dns;                 // who was asked; empty: nobody
  uint64_t dns_names = 0;          // whose answers are those of DNS
  // When DNS gave the first and the last of them.
  std::optional<std::pair<int64_t, int64_t>> answered;
  uint32_t min_rsa_bits = 1024;
  std::string shard;                  // "2/4": the audit is one part of four
  uint64_t merged = 0;                // the audit was added up from so many
  std::vector<std::string> rechecks;  // commands that judged it again, in order
  std::string part;                   // which messages (DescribeFilter); empty:
                                      // all
  std::vector<std::string> notes;     // of the reading
  MethodInputs inputs;
};

// REQUIRES: run.books.
std::string MethodText(Ledger& ledger, const RunFacts& run,
                       const RunSettings& settings, const MethodFacts& method);

}  // namespace mailassay::audit
