#include "pipeline/store/audit_store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "absl/memory/memory.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/store/seal.h"

namespace mailassay::store {
namespace {

constexpr int64_t kApplicationId = 0x6d6c6173;  // "mlas"

constexpr std::string_view kSchema = R"sql(
CREATE TABLE audit(
  -- What this audit is: program and format, options, inputs, state.
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  seal BLOB NOT NULL  -- SHA-256 of this row; of a batch, and the seal before
) WITHOUT ROWID;
CREATE TABLE batch(
  -- What reading has found, some MiB of archive a row, in archive order.
  id INTEGER PRIMARY KEY,
  facts BLOB NOT NULL,  -- messages and the evidence of their signatures
  notes BLOB NOT NULL,  -- errors, and what lies between the messages
  file INTEGER,         -- where reading goes on behind it: the number of the
  member INTEGER,       -- file, of the member in a container, and the octet;
  position INTEGER,     -- NULL: the batch goes on in the next row
  seal BLOB NOT NULL
);
CREATE TABLE answer(
  -- The names whose keys were asked for, and what they publish.
  name TEXT PRIMARY KEY,
  answer TEXT,  -- JSON, as --keys-out writes it; NULL: not answered yet
  seal BLOB NOT NULL
) WITHOUT ROWID;
)sql";

absl::Status NotOurs(const std::string& path, std::string_view why) {
  return absl::DataLossError(Concat(SafeText(path), ": ", why));
}

}  // namespace

std::string PathIn(const std::string& dir, std::string_view name) {
  return Concat(dir, dir.ends_with('/') ? "" : "/", name);
}

absl::Status RenameInto(const std::string& from, const std::string& to,
                        const std::string& dir) {
  if (rename(from.c_str(), to.c_str()) != 0) {
    return absl::UnavailableError(
        Concat(SafeText(to), ": rename: ", strerror(errno)));
  }
  const int fd = open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return absl::OkStatus();
  const int synced = fsync(fd);
  close(fd);
  // Some file systems cannot sync a directory.
  if (synced != 0 && errno != EINVAL) {
    return absl::UnavailableError(
        Concat(SafeText(dir), ": sync: ", strerror(errno)));
  }
  return absl::OkStatus();
}

std::string SchemaSql() {
  return Concat(kSchema, "PRAGMA application_id = ", kApplicationId,
                "; PRAGMA user_version = ", kFormat, ";");
}

absl::StatusOr<std::unique_ptr<AuditStore>> AuditStore::Create(
    const std::string& dir, const Settings& settings) {
  const std::string path = PathIn(dir, kAuditFile);
  const std::string partial = Concat(PathIn(dir, kBegunFile), ".partial");
  if (access(path.c_str(), F_OK) == 0) {
    return absl::AlreadyExistsError(Concat(SafeText(path), ": is there"));
  }
  // What a run that never began has left; and a write-ahead log without its
  // file, which would be taken for that of the new one.
  unlink(partial.c_str());
  for (const char* suffix : {"-journal", "-wal"}) {
    unlink((partial + suffix).c_str());
    unlink((path + suffix).c_str());
  }
  auto database = Database::Open(partial, Database::Mode::kCreate);
  if (!database.ok()) return database.status();
  absl::Status made = (*database)->Execute(
      Concat("PRAGMA page_size = ", kPageBytes,
             "; PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = FULL;"
             "BEGIN;",
             SchemaSql()));
  if (!made.ok()) return made;
  auto store = absl::WrapUnique(new AuditStore(*std::move(database)));
  absl::Status done =
      PutSettings(*store->database_, settings, State::kReading).status();
  if (done.ok()) {
    done = store->database_->Execute("COMMIT; PRAGMA journal_mode = WAL;");
  }
  if (done.ok()) done = store->Close();
  if (done.ok()) done = RenameInto(partial, path, dir);
  if (!done.ok()) return done;
  unlink((path + ".partial").c_str());  // of the audit that was replaced
  return Open(dir, Access::kGoOn);
}

absl::StatusOr<std::unique_ptr<AuditStore>> AuditStore::Open(
    const std::string& dir, Access access) {
  const std::string path = PathIn(dir, kAuditFile);
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    return absl::NotFoundError(
        Concat(SafeText(dir), ": holds no audit (no ", kAuditFile, ")"));
  }
  if (!S_ISREG(status.st_mode)) return NotOurs(path, "is no regular file");
  // A log that a stopped run has left can only be read by one who may write.
  auto database = Database::Open(path, Database::Mode::kReadWrite);
  if (!database.ok() && access == Access::kRead) {
    database = Database::Open(path, Database::Mode::kReadOnly);
  }
  if (!database.ok()) return database.status();
  auto store = absl::WrapUnique(new AuditStore(*std::move(database)));
  absl::Status loaded = store->Load(access);
  if (!loaded.ok()) return loaded;
  return store;
}

// Without shared memory (EXCLUSIVE, before anything is read) the log works on
// network file systems too.
absl::Status AuditStore::Load(Access access) {
  const std::string& path = database_->path();
  absl::Status alone = database_->Execute("PRAGMA locking_mode = EXCLUSIVE;");
  if (!alone.ok()) return alone;
  // A log that is left to go on with stays as it is; the empty one that opening
  // makes goes.
  struct stat log {};
  const bool left = stat((path + "-wal").c_str(), &log) == 0;
  database_->KeepLogOnClose(left && log.st_size > 0);
  auto application = database_->Query("PRAGMA application_id");
  if (absl::IsFailedPrecondition(application.status())) {
    return absl::FailedPreconditionError(
        Concat(SafeText(path), ": a run is at work on it"));
  }
  if (!application.ok()) return application.status();
  if (*application != kApplicationId) {
    return NotOurs(path, "is no audit of mailassay");
  }
  auto format = database_->Query("PRAGMA user_version");
  if (!format.ok()) return format.status();
  if (*format != kFormat) {
    return NotOurs(path,
                   Concat("is of format ", *format,
                          "; this program reads and writes format ", kFormat));
  }
  auto stored = ReadSettings(*database_);
  if (!stored.ok()) return stored.status();
  stored_ = *std::move(stored);
  if (absl::Status loaded = LoadCheckpoint(); !loaded.ok()) return loaded;
  const bool read = state() != State::kReading;
  // Those before it are sealed by it.
  if (read && SealText(last_seal_) != stored_.last_batch) {
    return NotOurs(path, "its last batch is missing; it is damaged");
  }
  // A finished audit stays as it is, to the octet.
  const bool writes = access == Access::kGoOn && state() != State::kDone;
  return writes ? PrepareWriting() : absl::OkStatus();
}

absl::Status AuditStore::LoadCheckpoint() {
  auto last = database_->Prepare(
      "SELECT file, member, position, seal FROM batch "
      "ORDER BY id DESC LIMIT 1");
  if (!last.ok()) return last.status();
  auto row = last->Step();
  if (!row.ok()) return row.status();
  if (!*row) return absl::OkStatus();
  if (last->IsNull(0)) {
    return NotOurs(database_->path(), "ends inside a batch; it is damaged");
  }
  checkpoint_ = {static_cast<uint64_t>(last->Integer(0)),
                 static_cast<uint64_t>(last->Integer(1)),
                 static_cast<uint64_t>(last->Integer(2))};
  last_seal_ = last->Text(3);
  return absl::OkStatus();
}

// A commit into the log is not synced by itself: after a power failure the last
// ones may be missing, never a part of one.
absl::Status AuditStore::PrepareWriting() {
  absl::Status prepared = database_->Execute(
      "PRAGMA journal_mode = WAL;"
      "PRAGMA synchronous = NORMAL;"
      "PRAGMA wal_autocheckpoint = 1024;"
      "PRAGMA cache_size = -16384;"
      // Takes the lock now.
      "BEGIN IMMEDIATE; COMMIT;");
  if (absl::IsFailedPrecondition(prepared)) {
    return absl::FailedPreconditionError(
        Concat(SafeText(database_->path()), ": a run is at work on it"));
  }
  if (!prepared.ok()) return prepared;
  auto batches = BatchWriter::Open(*database_, last_seal_);
  if (!batches.ok()) return batches.status();
  batches_.emplace(*std::move(batches));
  return absl::OkStatus();
}

AuditStore::NameSource EachOf(std::span<const AuditStore::Name> names) {
  return [names](const auto& put) { std::ranges::for_each(names, put); };
}

absl::Status PutNames(Database& database, const AuditStore::NameSource& names) {
  auto put = database.Prepare(
      "INSERT INTO answer(name, answer, seal) VALUES(?1, ?2, ?3) "
      "ON CONFLICT(name) DO UPDATE SET answer = excluded.answer, "
      "seal = excluded.seal");
  if (!put.ok()) return put.status();
  absl::Status done;
  names([&](const AuditStore::Name& name) {
    if (!done.ok()) return;
    put->Bind(1, std::string_view(name.name));
    if (name.answer) {
      put->Bind(2, std::string_view(*name.answer));
    } else {
      put->BindNull(2);
    }
    const std::string seal = Seal({name.name, name.answer.value_or("")});
    put->BindBlob(3, seal);
    done = put->Run();
  });
  return done;
}

absl::Status AuditStore::Commit(Transaction& transaction, Settings more,
                                State state) {
  more.insert(settings().begin(), settings().end());
  auto stored = PutSettings(*database_, more, state);
  if (!stored.ok()) return stored.status();
  if (absl::Status done = transaction.Commit(); !done.ok()) return done;
  stored_ = *std::move(stored);
  return absl::OkStatus();
}

absl::Status AuditStore::Set(const Settings& more) {
  auto transaction = Transaction::Begin(*database_);
  if (!transaction.ok()) return transaction.status();
  return Commit(*transaction, more, state());
}

absl::Status AuditStore::Append(std::span<const std::string> parts,
                                std::string_view notes,
                                const source::Position& next,
                                std::span<const Name> names) {
  auto transaction = Transaction::Begin(*database_);
  if (!transaction.ok()) return transaction.status();
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    absl::Status done =
        batches_->Add(parts[i], i == 0 ? notes : std::string_view(),
                      last ? std::optional(next) : std::nullopt);
    if (!done.ok()) return done;
  }
  if (absl::Status put = PutNames(*database_, EachOf(names)); !put.ok())
    return put;
  if (absl::Status done = transaction->Commit(); !done.ok()) return done;
  checkpoint_ = next;
  return absl::OkStatus();
}

absl::Status AuditStore::FinishReading(std::span<const Name> names,
                                       const Settings& more) {
  auto transaction = Transaction::Begin(*database_);
  if (!transaction.ok()) return transaction.status();
  absl::Status put = PutNames(*database_, EachOf(names));
  return put.ok() ? Commit(*transaction, more, State::kRead) : put;
}

absl::Status AuditStore::ForEachName(
    const std::function<absl::Status(const Name&)>& visit) const {
  auto rows =
      database_->Prepare("SELECT name, answer, seal FROM answer ORDER BY name");
  if (!rows.ok()) return rows.status();
  std::string all;
  while (true) {
    auto row = rows->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    const std::string seal = Seal({rows->Text(0), rows->Text(1)});
    all = Seal({all, seal});
    if (rows->Text(2) != seal) {
      return NotOurs(database_->path(),
                     "an answer is not as it was written; it is damaged");
    }
    Name name{std::string(rows->Text(0)), {}};
    if (!rows->IsNull(1)) name.answer = std::string(rows->Text(1));
    if (absl::Status visited = visit(name); !visited.ok()) return visited;
  }
  const bool read = state() != State::kReading;
  if (read && SealText(all) != stored_.answers) {
    return NotOurs(
        database_->path(),
        "its answers are not those that were written; it is damaged");
  }
  return absl::OkStatus();
}

absl::StatusOr<BatchReader> AuditStore::Batches() const {
  return BatchReader::Open(*database_);
}

absl::StatusOr<int64_t> AuditStore::CountParts() const {
  return database_->Query("SELECT count(*) FROM batch");
}

absl::Status AuditStore::Close() {
  batches_.reset();
  // Closing would not tell that the log can't be brought home.
  absl::Status home = database_->Execute("PRAGMA wal_checkpoint(TRUNCATE)");
  if (!home.ok()) return home;
  database_->KeepLogOnClose(false);
  return database_->Close();
}

bool IsAuditFile(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    return false;
  // The application id stands in the header (sqlite.org/fileformat2, 1.3.14).
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return false;
  std::array<unsigned char, 72> head{};
  const size_t size = std::fread(head.data(), 1, head.size(), file);
  std::fclose(file);
  int64_t id = 0;
  for (size_t i = 68; i < 72; ++i) id = id << 8 | head[i];
  return size == head.size() && id == kApplicationId &&
         std::memcmp(head.data(), "SQLite format 3", 16) == 0;
}

}  // namespace mailassay::store
