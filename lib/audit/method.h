// method.txt: the page to hand over with the numbers of an audit.  What was
// read, with which program, keys and rules, what each class means, what was not
// read, and the command that repeats it; for people who know neither DKIM nor
// this program.  Pure text making: the same audit makes the same octets.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/audit/books.h"
#include "lib/audit/facts.h"
#include "lib/audit/ledger.h"
#include "lib/audit/notes.h"
#include "lib/audit/row_filter.h"
#include "lib/audit/summary.h"

namespace mailassay::audit {

// A file that was read; a container with all its members.
struct MethodInput {
  std::string path;           // raw octets; "-": standard input
  uint64_t stored_bytes = 0;  // of the file, as stored
  int64_t modified_ns = 0;    // since 1970; 0: not known
  std::string sha256;         // hexadecimal; empty: not computed
  uint64_t messages = 0;
};

// The files of an audit, told in the order of reading.  Of many only the first
// are kept.
class MethodInputs {
 public:
  static constexpr size_t kKept = 50;

  // One stream of mail.
  void Add(const Input& input, const Books& books);
  // Of a file, told before or behind its streams.
  void AddHash(const FileHash& hash);

  const std::vector<MethodInput>& first() const { return first_; }
  uint64_t count() const { return count_; }

 private:
  std::vector<MethodInput> first_;
  uint64_t count_ = 0;
  std::vector<uint64_t> numbers_;  // of the files in first_
  uint64_t last_ = 0;              // number of the file told last
  // By number, of files not told yet; none once enough are.
  std::map<uint64_t, std::string> early_;
};

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

// A filter in words; empty for one that admits all.
std::string DescribeFilter(const RowFilter& filter);

// Words as a POSIX shell takes them; what can't be seen as $'\NNN' (bash, zsh,
// ksh, POSIX 2024).
std::string ShellWord(std::string_view word);
std::string ShellCommand(std::span<const std::string> words);

}  // namespace mailassay::audit
