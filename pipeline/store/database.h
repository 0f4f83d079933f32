// SQLite with Status errors: one file, one connection, used by one thread at a
// time.  Every error names the file.
//
// Unavailable: the file or its disk (full, unreadable, I/O error).  DataLoss:
// it is no SQLite database, or a damaged one.  FailedPrecondition: somebody
// else has it open.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pipeline/store/spill_vfs.h"

struct sqlite3;
struct sqlite3_stmt;

namespace mailassay::store {

class Database;

// A prepared statement, used again and again.  Values bound as views must stay
// until the row is done.  The first error is kept by the statement: binding
// cannot fail otherwise, and the next Run or Step gives it.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters count from 1.
  void Bind(int index, int64_t value);
  void Bind(int index, std::string_view text);
  void BindBlob(int index, std::string_view octets);
  void BindNull(int index);

  // One that gives no rows; ready for the next afterwards.
  absl::Status Run();
  // True: a row stands.  False: no more; ready to be run again.
  absl::StatusOr<bool> Step();
  void Reset();

  // Of the row that stands; columns count from 0.  Views until the next call.
  int64_t Integer(int column) const;
  std::string_view Text(int column) const;  // text or blob; empty for NULL
  bool IsNull(int column) const;

 private:
  friend class Database;
  Statement(const Database* database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  void Keep(int code);

  const Database* database_;
  sqlite3_stmt* statement_;
  absl::Status status_;
};

class Database {
 public:
  enum class Mode : uint8_t {
    kCreate,
    kFill,
    kReadWrite,
    kReadOnly,
    kImmutable,
  };

  // kImmutable takes no locks and makes no files: nobody may write meanwhile.
  // kCreate makes an empty file; one that exists is an error.  kFill is for
  // one that was made and is not finished.  What SQLite can't hold in memory
  // while it is filled lies beside it.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path,
                                                        Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // One or more statements without parameters.
  absl::Status Execute(const std::string& sql);
  absl::StatusOr<Statement> Prepare(std::string_view sql) const;
  // The first column of the first row, as a number.
  absl::StatusOr<int64_t> Query(std::string_view sql) const;

  // Whether closing leaves a write-ahead log as it is, so that no octet of the
  // files changes unless something is written.
  void KeepLogOnClose(bool keep);

  // After it the file is whole by itself, unless its log is kept; errors of
  // closing are told.
  absl::Status Close();

  const std::string& path() const { return path_; }

 private:
  friend class Statement;
  Database(std::string path, std::unique_ptr<SpillVfs> spill, sqlite3* handle)
      : path_(std::move(path)), spill_(std::move(spill)), handle_(handle) {}
  absl::Status Error(int code) const;

  std::string path_;
  std::unique_ptr<SpillVfs> spill_;  // of a file that was made, else null
  sqlite3* handle_;
};

// BEGIN IMMEDIATE ... COMMIT; rolled back when it goes out of scope before
// Commit.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(Database& database);
  Transaction(Transaction&& other) noexcept
      : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  absl::Status Commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace mailassay::store
