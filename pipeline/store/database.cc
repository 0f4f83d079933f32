#include "pipeline/store/database.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::store {
namespace {

// A reader of a finished audit may hold it for a moment.
constexpr int kBusyMilliseconds = 2000;

// SQLite itself would take a file that is there.
absl::Status MakeFile(const std::string& path) {
  const int fd = open(path.c_str(),
                      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd >= 0) close(fd);
  return fd >= 0 ? absl::OkStatus()
                 : absl::UnavailableError(
                       Concat(SafeText(path), ": create: ", strerror(errno)));
}

// https://www.sqlite.org/uri.html
std::string ImmutableUri(const std::string& path) {
  std::string uri = "file:";
  for (char c : path) {
    switch (c) {
      case '%':
        uri += "%25";
        break;
      case '?':
        uri += "%3f";
        break;
      case '#':
        uri += "%23";
        break;
      default:
        uri += c;
    }
  }
  return uri + "?immutable=1";
}

absl::StatusCode CodeOf(int code) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
      return absl::StatusCode::kDataLoss;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::StatusCode::kFailedPrecondition;
    case SQLITE_NOMEM:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_INTERNAL:
    case SQLITE_ERROR:
    case SQLITE_CONSTRAINT:
      return absl::StatusCode::kInternal;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      status_(std::move(other.status_)) {}

Statement::~Statement() { sqlite3_finalize(statement_); }

void Statement::Keep(int code) {
  if (code != SQLITE_OK && status_.ok()) status_ = database_->Error(code);
}

void Statement::Bind(int index, int64_t value) {
  Keep(sqlite3_bind_int64(statement_, index, value));
}

// A null pointer would be bound as NULL.
void Statement::Bind(int index, std::string_view text) {
  Keep(sqlite3_bind_text64(statement_, index,
                           text.data() == nullptr ? "" : text.data(),
                           text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::BindBlob(int index, std::string_view octets) {
  Keep(sqlite3_bind_blob64(statement_, index,
                           octets.data() == nullptr ? "" : octets.data(),
                           octets.size(), SQLITE_STATIC));
}

void Statement::BindNull(int index) {
  Keep(sqlite3_bind_null(statement_, index));
}

absl::StatusOr<bool> Statement::Step() {
  if (!status_.ok()) return status_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) status_ = database_->Error(code);
  sqlite3_reset(statement_);
  if (!status_.ok()) return status_;
  return false;
}

absl::Status Statement::Run() { return Step().status(); }

void Statement::Reset() { sqlite3_reset(statement_); }

int64_t Statement::Integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::Text(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(data), static_cast<size_t>(size)};
}

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(
    const std::string& path, Mode mode) {
  int flags = SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX;
  std::unique_ptr<SpillVfs> spill;
  switch (mode) {
    case Mode::kCreate:
      if (absl::Status made = MakeFile(path); !made.ok()) return made;
      [[fallthrough]];
    case Mode::kFill:
      flags |= SQLITE_OPEN_READWRITE;
      if (auto made = SpillVfs::Create(path + "-spill"); made.ok()) {
        spill = *std::move(made);
      } else {
        return made.status();
      }
      break;
    case Mode::kReadWrite:
      flags |= SQLITE_OPEN_READWRITE;
      break;
    case Mode::kReadOnly:
      flags |= SQLITE_OPEN_READONLY;
      break;
    case Mode::kImmutable:
      flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
      break;
  }
  const std::string file = mode == Mode::kImmutable ? ImmutableUri(path) : path;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags,
                                   spill ? spill->name() : nullptr);
  auto database =
      absl::WrapUnique(new Database(path, std::move(spill), handle));
  if (code != SQLITE_OK) return database->Error(code);
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  // What an audit holds comes from mail: nothing in a database file that
  // somebody hands over may run code or change the schema behind its back.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

absl::Status Database::Error(int code) const {
  std::string text = Concat(SafeText(path_), ": ", sqlite3_errstr(code & 0xff));
  if (handle_ != nullptr) {
    const std::string_view more = sqlite3_errmsg(handle_);
    if (more != sqlite3_errstr(code & 0xff)) text += Concat(" (", more, ")");
    const int cause = sqlite3_system_errno(handle_);
    const bool disk = (code & 0xff) == SQLITE_IOERR ||
                      (code & 0xff) == SQLITE_FULL ||
                      (code & 0xff) == SQLITE_CANTOPEN;
    if (disk && cause != 0) text += Concat(": ", strerror(cause));
  }
  return {CodeOf(code), text};
}

absl::Status Database::Execute(const std::string& sql) {
  const int code =
      sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code);
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Error(code);
  return Statement(this, statement);
}

absl::StatusOr<int64_t> Database::Query(std::string_view sql) const {
  auto statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  auto row = statement->Step();
  if (!row.ok()) return row.status();
  return *row ? statement->Integer(0) : 0;
}

void Database::KeepLogOnClose(bool keep) {
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0,
                    nullptr);
}

absl::Status Database::Close() {
  const int code = sqlite3_close(handle_);
  if (code != SQLITE_OK) return Error(code);
  handle_ = nullptr;
  return absl::OkStatus();
}

absl::StatusOr<Transaction> Transaction::Begin(Database& database) {
  absl::Status begun = database.Execute("BEGIN IMMEDIATE");
  if (!begun.ok()) return begun;
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) database_->Execute("ROLLBACK").IgnoreError();
}

absl::Status Transaction::Commit() {
  absl::Status done = database_->Execute("COMMIT");
  if (done.ok()) database_ = nullptr;
  return done;
}

}  // namespace mailassay::store
