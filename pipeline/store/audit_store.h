// audit.sqlite: one audit in one file.  While the archive is read it holds what
// reading has found, batch by batch, with the position behind each and the key
// answers at hand; a run that ends at any instant goes on behind the last batch
// (promise P11).  When all is read and every key answered, the query tables
// are made in one transaction (query_tables.h).
//
// The tables of this file:
//   audit(name, value)       program and format, options, inputs, state
//   batch(id, facts, notes, file, member, position)
//                            facts: audit::EncodeFacts; notes:
//                            audit::EncodeNotes; then where reading goes on
//                            (NULL in the parts of a batch before its last)
//   answer(name, answer)     a name of DNS and its answer as --keys-out writes
//                            it; NULL: asked, not answered yet
//
// While a run is at work the file is locked and has a write-ahead log beside
// it; finished, it is one plain file.  Reading and writing may be done by two
// threads at once; each function locks.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/source/position.h"
#include "pipeline/store/database.h"

namespace mailassay::store {

inline constexpr std::string_view kAuditFile = "audit.sqlite";

// Of the file's content.  Another one is refused: it is never read as if it
// were this.
inline constexpr int kFormat = 1;

enum class State : uint8_t {
  kReading,  // input is left, or answers are
  kRead,     // all that will be judged is there
  kDone,     // tables and CSV files are made
};

// Names and values that say what an audit is: program, options, inputs.  In
// the order of their names.
using Settings = std::map<std::string, std::string>;

class AuditStore {
 public:
  // Makes DIR/audit.sqlite.  It appears whole: before that DIR holds nothing of
  // that name.  AlreadyExists: it is there.
  static absl::StatusOr<std::unique_ptr<AuditStore>> Create(
      const std::string& dir, const Settings& settings);

  enum class Access : uint8_t { kGoOn, kRead };
  // NotFound: no audit is there.  DataLoss: the file is none of ours, of
  // another format, or damaged.  FailedPrecondition: a run is at work on it.
  static absl::StatusOr<std::unique_ptr<AuditStore>> Open(
      const std::string& dir, Access access);

  State state() const { return state_; }
  const Settings& settings() const { return settings_; }
  // Adds to the settings or changes them.
  absl::Status Set(const Settings& more);

  // Behind the last batch; the beginning when there is none.
  const source::Position& checkpoint() const { return checkpoint_; }

  // What became known of names: JSON line, or nullopt while it is only asked.
  struct Name {
    std::string name;
    std::optional<std::string> answer;
  };
  // One batch: its parts in order (each with its facts; the first with the
  // notes), and what is new of names.  In one transaction.
  absl::Status Append(std::span<const std::string> parts,
                      std::string_view notes, const source::Position& next,
                      std::span<const Name> names);
  // All input is read and all names are answered: these, in the order given,
  // are now all the answers.
  absl::Status FinishReading(std::span<const Name> names, const Settings& more);

  absl::StatusOr<std::vector<Name>> Names() const;

  // The parts of all batches in order, beginning behind part `after` (0: from
  // the beginning); nullopt at the end.
  struct Part {
    int64_t id = 0;
    std::string facts;
    std::string notes;
    std::optional<source::Position> next;
  };
  absl::StatusOr<std::optional<Part>> NextPart(int64_t after);
  absl::StatusOr<int64_t> CountParts() const;

  // For the query tables: from BeginTables on everything is one transaction,
  // which FinishTables ends, with the state kDone.  Without it the store is as
  // it was before.  `Lock` guards the database against NextPart.
  absl::Status BeginTables();
  absl::Status FinishTables();
  Database& database() { return *database_; }
  absl::Mutex& mutex() { return mutex_; }

  // As one plain file.  Nothing can be done afterwards.
  absl::Status Close();

  const std::string& path() const { return database_->path(); }

 private:
  explicit AuditStore(std::unique_ptr<Database> database)
      : database_(std::move(database)) {}
  absl::Status Load(Access access);
  absl::Status LoadCheckpoint();
  absl::Status PrepareWriting();
  absl::Status PutNames(std::span<const Name> names);
  absl::Status PutSettings(const Settings& settings);

  std::unique_ptr<Database> database_;
  mutable absl::Mutex mutex_;
  Settings settings_;
  State state_ = State::kReading;
  source::Position checkpoint_;
  std::optional<Statement> add_part_;
  std::optional<Statement> add_name_;
  std::optional<Statement> next_part_;
  std::optional<Transaction> tables_;
};

// Is this file an audit of ours, of whatever format?  False for one that is
// not there or can't be read.
bool IsAuditFile(const std::string& path);

}  // namespace mailassay::store
