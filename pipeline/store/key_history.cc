#include "pipeline/store/key_history.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "lib/audit/tally.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::store {
namespace {

using dkim::KeyAnswer;
using dkim::KeyOrigin;
using dkim::KeyStatus;

constexpr int kApplicationId = 0x6d616b68;  // "makh"
constexpr int kFormat = 1;

constexpr char kSchema[] = R"(
CREATE TABLE answer(
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  record TEXT NOT NULL,
  source TEXT NOT NULL,
  first_seen INTEGER,
  last_seen INTEGER,
  ttl INTEGER,
  cname_chain TEXT,
  dnssec TEXT,
  PRIMARY KEY(name, source, status, record)) WITHOUT ROWID;
CREATE TABLE disclosed(
  key_id TEXT NOT NULL PRIMARY KEY,
  source TEXT,
  seen INTEGER) WITHOUT ROWID;
)";

constexpr std::string_view kColumns =
    "name, status, record, source, first_seen, last_seen, ttl, cname_chain, "
    "dnssec";

// What was seen published goes before what a message shows, and what was seen
// late before what was seen early.
constexpr std::string_view kOrder =
    "source = 'message_proved', last_seen DESC, source, status, record";

constexpr std::string_view kAdd = R"(
INSERT INTO answer VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT DO UPDATE SET
  first_seen = min(ifnull(first_seen, ?5), ifnull(?5, first_seen)),
  ttl = iif(ifnull(?6, 0) >= ifnull(last_seen, 0), ?7, ttl),
  cname_chain = iif(ifnull(?6, 0) >= ifnull(last_seen, 0), ?8, cname_chain),
  dnssec = iif(ifnull(?6, 0) >= ifnull(last_seen, 0), ?9, dnssec),
  last_seen = max(ifnull(last_seen, ?6), ifnull(?6, last_seen)))";

absl::Status NotOurs(const std::string& path, std::string_view why) {
  return absl::DataLossError(Concat(SafeText(path), ": ", why));
}

// An empty one that appears whole: of two runs that begin at once, the second
// finds that of the first.
absl::Status MakeFile(const std::string& path) {
  const std::string partial = Concat(path, ".", getpid(), ".partial");
  auto database = Database::Open(partial, Database::Mode::kCreate);
  if (!database.ok()) return database.status();
  absl::Status made = (*database)->Execute(
      Concat("BEGIN;", kSchema, "PRAGMA application_id = ", kApplicationId,
             "; PRAGMA user_version = ", kFormat,
             "; COMMIT; PRAGMA journal_mode = WAL;"));
  if (made.ok()) made = (*database)->Close();
  if (made.ok() && link(partial.c_str(), path.c_str()) != 0 &&
      access(path.c_str(), F_OK) != 0) {
    made = absl::UnavailableError(
        Concat(SafeText(path), ": create: ", strerror(errno)));
  }
  unlink(partial.c_str());
  return made;
}

// A write-ahead log that is not empty holds what the file does not.
bool IsBeingWritten(const std::string& path) {
  struct stat log {};
  return stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0;
}

void BindTime(Statement& statement, int index, int64_t seconds) {
  seconds == 0 ? statement.BindNull(index) : statement.Bind(index, seconds);
}

KeyOrigin OriginOf(const Statement& row) {
  return {.source = std::string(row.Text(3)),
          .first_seen = row.Integer(4),
          .last_seen = row.Integer(5),
          .earlier = true};
}

bool IsAbsence(std::string_view status) {
  return status == dkim::KeyStatusName(KeyStatus::kNxDomain) ||
         status == dkim::KeyStatusName(KeyStatus::kNoData);
}

// Of no use to any signature, and no word of the domain about its key.
bool SaysNothing(const dkim::KeyRecord& record) {
  return record.defect != dkim::Reason::kOk &&
         record.defect != dkim::Reason::kRevoked;
}

// Records beyond the limit are the oldest.
void AddRecord(dkim::KeyRecord record, const KeyOrigin& origin,
               KeyAnswer* answer) {
  for (size_t i = 0; i < answer->records.size(); ++i) {
    if (answer->records[i].text != record.text) continue;
    return dkim::Join(origin, answer->origins[i]);
  }
  if (answer->records.size() == dkim::kMaxRecords) return;
  answer->records.push_back(std::move(record));
  answer->origins.push_back(origin);
}

// The facts of the newest answer; rows come newest first.
void TakeFacts(const Statement& row, KeyAnswer* answer) {
  if (!answer->source.empty() || row.Text(3) == dkim::kMessageProved) return;
  const auto status = dkim::KeyStatusFromName(row.Text(1));
  if (!status || dkim::IsTemporary(*status)) return;
  const bool dns = row.Text(3) == dkim::kFromDns;
  answer->source = dns ? dkim::kFromHistory : row.Text(3);
  answer->answered_at = row.Integer(5);
  answer->ttl = static_cast<uint32_t>(row.Integer(6));
  if (!row.Text(7).empty()) {
    answer->cname_chain = absl::StrSplit(std::string(row.Text(7)), ' ');
  }
  answer->dnssec =
      dkim::DnssecFromName(row.Text(8)).value_or(dkim::Dnssec::kUnknown);
  if (*status != KeyStatus::kFound) answer->status = *status;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeyHistory>> KeyHistory::Open(
    const std::string& path, Access access) {
  const bool adds = access == Access::kAdd;
  if (!adds && IsBeingWritten(path)) {
    return absl::FailedPreconditionError(
        Concat(SafeText(path),
               ": somebody is writing it; a part of a run reads it as "
               "it is and needs one that stays"));
  }
  struct stat status {};
  if (adds && stat(path.c_str(), &status) != 0 && errno == ENOENT) {
    if (absl::Status made = MakeFile(path); !made.ok()) return made;
  }
  auto database = Database::Open(
      path, adds ? Database::Mode::kReadWrite : Database::Mode::kImmutable);
  if (!database.ok()) return database.status();
  auto history = absl::WrapUnique(new KeyHistory(path, *std::move(database)));
  absl::Status prepared = history->Prepare(access);
  if (!prepared.ok()) return prepared;
  return history;
}

absl::Status KeyHistory::Prepare(Access access) {
  auto application = database_->Query("PRAGMA application_id");
  if (!application.ok()) return application.status();
  if (*application != kApplicationId) {
    return NotOurs(path_, "is no key history of mailassay");
  }
  auto format = database_->Query("PRAGMA user_version");
  if (!format.ok()) return format.status();
  if (*format != kFormat) {
    return NotOurs(path_,
                   Concat("is a key history of format ", *format,
                          "; this program reads and writes format ", kFormat));
  }
  auto find = database_->Prepare(Concat(
      "SELECT ", kColumns, " FROM answer WHERE name = ?1 ORDER BY ", kOrder));
  if (!find.ok()) return find.status();
  find_.emplace(*std::move(find));
  auto disclosed =
      database_->Prepare("SELECT 1 FROM disclosed WHERE key_id = ?1");
  if (!disclosed.ok()) return disclosed.status();
  disclosed_.emplace(*std::move(disclosed));
  if (access == Access::kRead) return absl::OkStatus();
  // The first look fixes what is seen.
  absl::Status begun = database_->Execute("BEGIN");
  return begun.ok() ? database_->Query("SELECT 1 FROM answer LIMIT 1").status()
                    : begun;
}

absl::StatusOr<int64_t> KeyHistory::CountNames() const {
  return database_->Query("SELECT count(DISTINCT name) FROM answer");
}

absl::StatusOr<bool> KeyHistory::IsDisclosed(std::string_view key_id) {
  disclosed_->Bind(1, key_id);
  auto row = disclosed_->Step();
  disclosed_->Reset();
  return row;
}

absl::StatusOr<KeyAnswer> KeyHistory::Find(std::string_view name) {
  KeyAnswer answer;
  answer.name = name;
  find_->Bind(1, name);
  std::vector<int64_t> absences;  // when a source was told first of nothing
  int64_t last_there = 0;         // when a record was last seen
  while (true) {
    auto row = find_->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    TakeFacts(*find_, &answer);
    if (IsAbsence(find_->Text(1))) absences.push_back(find_->Integer(4));
    if (find_->Text(1) != dkim::KeyStatusName(KeyStatus::kFound)) continue;
    last_there = std::max(last_there, find_->Integer(5));
    dkim::KeyRecord record = dkim::ParseKeyRecord(find_->Text(2));
    if (SaysNothing(record)) continue;
    AddRecord(std::move(record), OriginOf(*find_), &answer);
  }
  // Asked again later, it is not gone later.
  if (IsAbsence(dkim::KeyStatusName(answer.status))) {
    std::erase_if(absences, [&](int64_t at) { return at <= last_there; });
    for (const int64_t at : absences) {
      answer.answered_at = std::min(answer.answered_at, at);
    }
  }
  for (size_t i = 0; i < answer.records.size(); ++i) {
    if (answer.records[i].key == nullptr) continue;
    auto disclosed = IsDisclosed(audit::HexOf(answer.records[i].key->id()));
    if (!disclosed.ok()) return disclosed.status();
    answer.origins[i].disclosed = *disclosed;
  }
  return answer;
}

absl::Status KeyHistory::ForEach(
    const std::function<absl::Status(const KeyAnswer&)>& visit) {
  auto names =
      database_->Prepare("SELECT DISTINCT name FROM answer ORDER BY name");
  if (!names.ok()) return names.status();
  while (true) {
    auto row = names->Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    auto answer = Find(names->Text(0));
    if (!answer.ok()) return answer.status();
    absl::Status visited = visit(*answer);
    if (!visited.ok()) return visited;
  }
}

absl::StatusOr<KeyHistory::Adding> KeyHistory::Begin() {
  absl::Status ended = database_->Execute("COMMIT");
  if (!ended.ok()) return ended;
  auto transaction = Transaction::Begin(*database_);
  if (!transaction.ok()) return transaction.status();
  auto add = database_->Prepare(kAdd);
  if (!add.ok()) return add.status();
  auto disclose = database_->Prepare(
      "INSERT OR IGNORE INTO disclosed VALUES(?1, ?2, ?3) RETURNING 1");
  if (!disclose.ok()) return disclose.status();
  return Adding(*std::move(transaction), *std::move(add), *std::move(disclose));
}

absl::Status KeyHistory::Adding::Put(const KeyAnswer& answer, KeyStatus status,
                                     std::string_view record,
                                     const KeyOrigin& origin) {
  const std::string chain = absl::StrJoin(answer.cname_chain, " ");
  add_.Bind(1, answer.name);
  add_.Bind(2, dkim::KeyStatusName(status));
  add_.Bind(3, record);
  add_.Bind(4, origin.source);
  BindTime(add_, 5, origin.first_seen);
  BindTime(add_, 6, origin.last_seen);
  BindTime(add_, 7, answer.ttl);
  chain.empty() ? add_.BindNull(8) : add_.Bind(8, chain);
  add_.Bind(9, dkim::DnssecName(answer.dnssec));
  return add_.Run();
}

absl::Status KeyHistory::Adding::Add(const KeyAnswer& answer) {
  bool has_records = false;
  for (size_t i = 0; i < answer.records.size(); ++i) {
    KeyOrigin origin = answer.origins[i];
    if (origin.earlier || origin.source == dkim::kRecovered) continue;
    has_records = true;
    // What DNS said now has no times of its own.
    if (origin.first_seen == 0) origin.first_seen = answer.answered_at;
    origin.last_seen = std::max(origin.last_seen, answer.answered_at);
    absl::Status put =
        Put(answer, KeyStatus::kFound, answer.records[i].text, origin);
    if (!put.ok()) return put;
  }
  // Found, and nothing of it published: recovered keys alone.
  if (has_records || answer.status == KeyStatus::kFound ||
      answer.status == KeyStatus::kNotAsked ||
      answer.status == KeyStatus::kZoneLimit ||
      answer.source == dkim::kFromHistory) {
    return absl::OkStatus();
  }
  return Put(answer, answer.status, "",
             {.source = answer.source,
              .first_seen = answer.answered_at,
              .last_seen = answer.answered_at});
}

absl::Status KeyHistory::Adding::Prove(std::string_view name,
                                       std::string_view record, int64_t first,
                                       int64_t last) {
  KeyAnswer answer;
  answer.name = name;
  return Put(answer, KeyStatus::kFound, record,
             {.source = std::string(dkim::kMessageProved),
              .first_seen = first,
              .last_seen = last});
}

absl::StatusOr<bool> KeyHistory::Adding::Disclose(std::string_view key_id,
                                                  std::string_view source,
                                                  int64_t seen) {
  disclose_.Bind(1, key_id);
  disclose_.Bind(2, source);
  BindTime(disclose_, 3, seen);
  auto row = disclose_.Step();
  disclose_.Reset();
  return row;
}

}  // namespace mailassay::store
