// The rows of a key file as they are read: a name and a record each, with the
// line it stands in; and what is wrong with rows that are none, which is a
// fault of the file and of nobody else.  Bounded: of the faults the first are
// kept and all are counted.  One thread at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "pipeline/keys/answer.h"

namespace mailassay::keys {

enum class RowFault : uint8_t {
  kLeftOut,  // no row that says a name and a record
  kMended,   // read in the one way that makes sense, which is not as written
  kNoKey,    // taken as it is; the record is no key that can be used
  kCount,
};

struct KeyFileFaults {
  static constexpr size_t kShown = 20;  // of each kind
  struct Row {
    size_t line = 0;   // from 1; 0: of several
    std::string text;  // what it is, and what to write; raw octets may stand
  };
  struct Rows {
    uint64_t count = 0;
    std::vector<Row> first;
  };
  std::array<Rows, static_cast<size_t>(RowFault::kCount)> kinds;

  const Rows& of(RowFault kind) const {
    return kinds[static_cast<size_t>(kind)];
  }
};

class KeyRows {
 public:
  // `source`: of the records, "import:" and the file's name.
  explicit KeyRows(std::string source) : answers_(std::move(source)) {}

  AnswerList& answers() { return answers_; }
  const KeyFileFaults& faults() const { return faults_; }
  void SetLine(size_t line) { line_ = line; }  // of the rows to come
  size_t line() const { return line_; }

  // How the text of a record stands in the file.
  enum class Text : uint8_t {
    kVerbatim,  // as DNS has it
    kQuoted,    // strings in quotes and escapes (RFC 1035 5.1) are its form
    kWritten,   // as DNS has it; by mistake as kQuoted, or with more columns
  };
  // The name as somebody wrote it: U-labels and a dot at the end are taken.
  // A text of !NXDOMAIN and the like is an outcome, where the form is kWritten.
  void Add(std::string_view name, std::string_view text, Text form) {
    Add(name, text, form, {.source = answers_.source()});
  }
  void Add(std::string_view name, std::string_view text, Text form,
           dkim::KeyOrigin origin);
  void AddTtl(std::string_view name, uint32_t ttl);
  void AddStatus(std::string_view name, dkim::KeyStatus status);
  // A CNAME, followed inside the file by FollowAliases; false: there is
  // another for the name already (RFC 2181 10.1: one a name).
  bool AddAlias(std::string_view name, std::string_view target, uint32_t ttl);
  void FollowAliases();
  // Behind all rows: of names whose records are parts of one.
  void NoteSplitRecords();

  // The row at hand is no row; in words: what it is, and what to write.
  void LeaveOut(std::string what) { Note(RowFault::kLeftOut, std::move(what)); }
  void Mend(std::string what) { Note(RowFault::kMended, std::move(what)); }

 private:
  struct Alias {
    std::string name, target;
    uint32_t ttl;
  };

  void Note(RowFault kind, std::string what);
  void AddOutcome(const std::string& name, std::string_view word);
  // The text without what is not of the record.
  std::string Mended(const std::string& name, std::string_view text, Text form);
  void FollowAlias(const Alias& alias);

  AnswerList answers_;
  KeyFileFaults faults_;
  size_t line_ = 1;
  std::vector<Alias> aliases_;
  absl::flat_hash_map<std::string, size_t> alias_of_;
};

// As NormalName, and with U-labels (RFC 8616) in selector and domain.
std::optional<std::string> WrittenName(std::string_view name);
// s._domainkey.d; nullopt when they make no name.
std::optional<std::string> WrittenName(std::string_view selector,
                                       std::string_view domain);
bool IsKeyName(std::string_view name);  // "s._domainkey.d", any case

// A key, or a revoked one: what a row is expected to hold.
bool IsKeyText(std::string_view text);

}  // namespace mailassay::keys
