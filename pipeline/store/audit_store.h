// audit.sqlite: one audit in one file.
//
// While the archive is read it is a log: batch by batch what reading has found,
// with the position behind each and the key answers at hand.  A run that ends
// at any instant goes on behind the last batch (promise P11).  When all is read
// and every key answered, the finished audit is written in its place, once and
// from the beginning (audit_writer.h): so it does not show how often the run
// was interrupted.
//
// The tables of both:
//   audit(name, value)       program, options, inputs, state
//   batch(id, facts, notes, file, member, position)
//                            what was read (batch_table.h)
//   answer(name, answer)     a name of DNS and its answer as --keys-out writes
//                            it; NULL: asked, not answered yet
// Each row has a seal: what is not as it was written is refused (seal.h), and
// so is what was read and is not there any more (setting_table.h).  While the
// archive is read, the log may end behind any batch.
//
// A log is locked and has a write-ahead log of its own beside it; a finished
// audit is one plain file.  Used by one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/source/position.h"
#include "pipeline/store/batch_table.h"
#include "pipeline/store/database.h"
#include "pipeline/store/setting_table.h"

namespace mailassay::store {

inline constexpr std::string_view kAuditFile = "audit.sqlite";
// With ".partial", a log that is being made.
inline constexpr std::string_view kBegunFile = "audit.sqlite.begun";

// Of the file's content.  Another one is refused: it is never read as if it
// were this.
inline constexpr int kFormat = 3;

// Blobs of 100 KiB and more lie in chains of pages.
inline constexpr int kPageBytes = 16384;

class AuditStore {
 public:
  // Makes the log DIR/audit.sqlite.  It appears whole: before that DIR holds
  // nothing of that name.  Then audit.sqlite.partial goes, which is what is
  // left of an earlier audit.  AlreadyExists: it is there.
  static absl::StatusOr<std::unique_ptr<AuditStore>> Create(
      const std::string& dir, const Settings& settings);

  enum class Access : uint8_t { kGoOn, kRead };
  // NotFound: no audit is there.  DataLoss: the file is none of ours, of
  // another format, or damaged.  FailedPrecondition: a run is at work on it.
  static absl::StatusOr<std::unique_ptr<AuditStore>> Open(
      const std::string& dir, Access access);

  State state() const { return stored_.state; }
  const Settings& settings() const { return stored_.settings; }
  // Of the settings and, when all is read, of the batches and answers: another
  // audit has another.
  const std::string& seal() const { return stored_.seal; }
  // Adds to the settings or changes them.
  absl::Status Set(const Settings& more);

  // Behind the last batch; the beginning when there is none.
  const source::Position& checkpoint() const { return checkpoint_; }

  // What became known of names: JSON line, or nullopt while it is only asked.
  struct Name {
    std::string name;
    std::optional<std::string> answer;
  };
  // Gives names one by one.
  using NameSource =
      std::function<void(const std::function<void(const Name&)>&)>;
  // One batch: its parts in order (each with its facts; the first with the
  // notes), and what is new of names.  In one transaction.
  absl::Status Append(std::span<const std::string> parts,
                      std::string_view notes, const source::Position& next,
                      std::span<const Name> names);
  // All input is read, and with these names all are answered.
  absl::Status FinishReading(std::span<const Name> names, const Settings& more);

  // In byte order.  DataLoss: an answer is not what it was, or is not there,
  // which may show behind the last; or what `visit` says, which ends it.
  absl::Status ForEachName(
      const std::function<absl::Status(const Name&)>& visit) const;

  // All batches, from the first one on.
  absl::StatusOr<BatchReader> Batches() const;
  absl::StatusOr<int64_t> CountParts() const;

  // As one plain file.  Nothing can be done afterwards.  A store that is not
  // closed leaves its files as they are: one that was only looked at has not
  // changed an octet.
  absl::Status Close();

  const std::string& path() const { return database_->path(); }

 private:
  explicit AuditStore(std::unique_ptr<Database> database)
      : database_(std::move(database)) {}
  absl::Status Load(Access access);
  absl::Status LoadCheckpoint();
  absl::Status PrepareWriting();
  // Adds `more` to the settings.
  absl::Status Commit(Transaction& transaction, Settings more, State state);

  std::unique_ptr<Database> database_;
  StoredSettings stored_;
  source::Position checkpoint_;
  std::string last_seal_;  // of the last batch
  std::optional<BatchWriter> batches_;
};

// Of an empty audit.sqlite: its tables, and what tells it from other files.
std::string SchemaSql();

// Adds answers or changes them.
absl::Status PutNames(Database& database, const AuditStore::NameSource& names);
// `names` must outlive it.
AuditStore::NameSource EachOf(std::span<const AuditStore::Name> names);

// DIR/NAME.
std::string PathIn(const std::string& dir, std::string_view name);
// Renames `from` to `to`, both in `dir`, and syncs `dir`.
absl::Status RenameInto(const std::string& from, const std::string& to,
                        const std::string& dir);

// Is this file an audit of ours, of whatever format?  False for one that is
// not there or can't be read.
bool IsAuditFile(const std::string& path);

}  // namespace mailassay::store
