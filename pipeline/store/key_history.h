// The key history: every answer about a key that was ever seen, in one SQLite
// file that outlives audits.  What DNS has forgotten stays known here, with the
// times it was seen.
//
// Its tables, for looking at by hand:
//   answer(name, status, record, source, first_seen, last_seen, ttl,
//          cname_chain, dnssec)
//     a name, what was answered (dkim::KeyStatusName), a TXT record of it as
//     text ("" when there is none), who said so ("dns", "import:NAME",
//     "message_proved"), and when first and last (Unix seconds, NULL unknown);
//     TTL (seconds), CNAME targets (joined by blanks) and DNSSEC as last seen
//   disclosed(key_id, source, seen)
//     keys whose private half has been published, by the SHA-256 of the
//     SubjectPublicKeyInfo in hex
//
// Several runs may use one file at the same time: each sees it as it was when
// it opened it, until it adds something.  Used by one thread at a time.  Errors
// name the file: as Database; DataLoss also for a file that is no key history,
// or one of another format.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/dkim/key_answer.h"
#include "pipeline/store/database.h"

namespace mailassay::store {

class KeyHistory {
 public:
  enum class Access : uint8_t {
    kAdd,   // makes the file when it is not there
    kRead,  // touches nothing, also on a disk that may not be written; refuses
            // a file that somebody is writing (FailedPrecondition)
  };
  static absl::StatusOr<std::unique_ptr<KeyHistory>> Open(
      const std::string& path, Access access);

  // Distinct names.
  absl::StatusOr<int64_t> CountNames() const;

  // What is known of a name: its usable and its revoked records, newest first,
  // each `earlier`; the status is that of the newest answer when it was an
  // outcome without records, else kNotAsked.
  absl::StatusOr<dkim::KeyAnswer> Find(std::string_view name);

  // Every name in byte order, as Find gives it.
  absl::Status ForEach(
      const std::function<absl::Status(const dkim::KeyAnswer&)>& visit);

  // From here on the file is seen as it is.  REQUIRES: kAdd.
  class Adding;
  absl::StatusOr<Adding> Begin();

 private:
  KeyHistory(std::string path, std::unique_ptr<Database> database)
      : path_(std::move(path)), database_(std::move(database)) {}
  absl::Status Prepare(Access access);
  absl::StatusOr<bool> IsDisclosed(std::string_view key_id);

  std::string path_;
  std::unique_ptr<Database> database_;
  std::optional<Statement> find_, disclosed_;
};

// Additions that are there all or not at all.  Must not outlive its history.
class KeyHistory::Adding {
 public:
  // What was answered in this run or by a file; what is only known from earlier
  // and what was recovered is left out, and so is a name that nobody answered.
  absl::Status Add(const dkim::KeyAnswer& answer);

  // A message verified with the record, signed at `first` and another at
  // `last`: the key was in use then.
  absl::Status Prove(std::string_view name, std::string_view record,
                     int64_t first, int64_t last);

  // True: that was not known yet.
  absl::StatusOr<bool> Disclose(std::string_view key_id,
                                std::string_view source, int64_t seen);

  absl::Status Commit() { return transaction_.Commit(); }

 private:
  friend class KeyHistory;
  Adding(Transaction transaction, Statement add, Statement disclose)
      : transaction_(std::move(transaction)),
        add_(std::move(add)),
        disclose_(std::move(disclose)) {}
  absl::Status Put(const dkim::KeyAnswer& answer, dkim::KeyStatus status,
                   std::string_view record, const dkim::KeyOrigin& origin);

  Transaction transaction_;
  Statement add_, disclose_;
};

}  // namespace mailassay::store
