#include "pipeline/store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/run/temp_dir.h"

namespace mailassay::store {
namespace {

using ::testing::HasSubstr;
using Mode = Database::Mode;

class DatabaseTest : public testing::Test {
 protected:
  std::unique_ptr<Database> Make() {
    auto database = Database::Open(dir_.File("a"), Mode::kCreate);
    EXPECT_TRUE(database.ok()) << database.status();
    EXPECT_TRUE((*database)->Execute("CREATE TABLE t(a PRIMARY KEY, b)").ok());
    return *std::move(database);
  }
  TempDir dir_;
};

TEST_F(DatabaseTest, KeepsWhatIsBound) {
  auto database = Make();
  const std::string octets("\0x'\xff", 4);
  auto put = database->Prepare("INSERT INTO t VALUES(?1, ?2)");
  ASSERT_TRUE(put.ok());
  put->Bind(1, int64_t{INT64_MIN});
  put->BindBlob(2, octets);
  ASSERT_TRUE(put->Run().ok());
  put->Bind(1, std::string_view("'); DROP TABLE t; --"));
  put->BindNull(2);
  ASSERT_TRUE(put->Run().ok());
  put->Bind(1, std::string_view());
  put->BindBlob(2, std::string_view());
  ASSERT_TRUE(put->Run().ok());
  auto rows = database->Prepare("SELECT a, b FROM t ORDER BY rowid");
  ASSERT_TRUE(*rows->Step());
  EXPECT_EQ(rows->Integer(0), INT64_MIN);
  EXPECT_EQ(rows->Text(1), octets);
  ASSERT_TRUE(*rows->Step());
  EXPECT_EQ(rows->Text(0), "'); DROP TABLE t; --");
  EXPECT_TRUE(rows->IsNull(1));
  EXPECT_EQ(rows->Text(1), "");
  ASSERT_TRUE(*rows->Step());
  EXPECT_FALSE(rows->IsNull(0)) << "empty, not NULL";
  EXPECT_FALSE(rows->IsNull(1)) << "empty, not NULL";
  EXPECT_FALSE(*rows->Step());
}

TEST_F(DatabaseTest, AStatementRunsAgain) {
  auto database = Make();
  auto query = database->Prepare("SELECT ?1 + 1");
  for (int64_t i : {1, 5, 7}) {
    query->Bind(1, i);
    ASSERT_TRUE(*query->Step());
    EXPECT_EQ(query->Integer(0), i + 1);
    query->Reset();
  }
  EXPECT_EQ(*database->Query("SELECT 6 * 7"), 42);
  EXPECT_EQ(*database->Query("SELECT a FROM t"), 0) << "no row";
}

TEST_F(DatabaseTest, AnErrorNamesTheFileAndStays) {
  auto database = Make();
  EXPECT_THAT(std::string(database->Execute("NONSENSE").message()),
              HasSubstr(dir_.File("a")));
  EXPECT_FALSE(database->Prepare("SELECT nothing").ok());
  auto put = database->Prepare("INSERT INTO t VALUES(?1, 0)");
  put->Bind(2, int64_t{1});  // there is no such parameter
  EXPECT_FALSE(put->Run().ok());
  EXPECT_FALSE(put->Run().ok());
  EXPECT_EQ(*database->Query("SELECT count(*) FROM t"), 0);
}

TEST_F(DatabaseTest, NeverMakesAnotherFile) {
  Make();
  EXPECT_FALSE(Database::Open(dir_.File("a"), Mode::kCreate).ok());
  for (Mode mode : {Mode::kReadOnly, Mode::kReadWrite}) {
    EXPECT_FALSE(Database::Open(dir_.File("b"), mode).ok());
    EXPECT_FALSE(dir_.Has("b"));
  }
  EXPECT_FALSE(Database::Open(dir_.File("x/b"), Mode::kCreate).ok());
}

TEST_F(DatabaseTest, ReadOnlyWritesNothing) {
  Make();
  auto database = Database::Open(dir_.File("a"), Mode::kReadOnly);
  ASSERT_TRUE(database.ok());
  EXPECT_EQ(*(*database)->Query("SELECT count(*) FROM t"), 0);
  EXPECT_FALSE((*database)->Execute("INSERT INTO t VALUES(1, 2)").ok());
}

TEST_F(DatabaseTest, OthersAreDataLoss) {
  dir_.Write("text", std::string(4096, 'x'));
  auto text = Database::Open(dir_.File("text"), Mode::kReadWrite);
  ASSERT_TRUE(text.ok()) << "opened when it is read first";
  EXPECT_TRUE(absl::IsDataLoss((*text)->Query("PRAGMA user_version").status()));
}

TEST_F(DatabaseTest, SomebodyElseAtWork) {
  auto first = Make();
  ASSERT_TRUE(first->Execute("BEGIN EXCLUSIVE").ok());
  auto second = Database::Open(dir_.File("a"), Mode::kReadWrite);
  ASSERT_TRUE(second.ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      (*second)->Query("SELECT count(*) FROM t").status()));
}

TEST_F(DatabaseTest, ATransactionIsAllOrNothing) {
  auto database = Make();
  {
    auto transaction = Transaction::Begin(*database);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(database->Execute("INSERT INTO t VALUES(1, 1)").ok());
    EXPECT_FALSE(Transaction::Begin(*database).ok()) << "one at a time";
  }
  EXPECT_EQ(*database->Query("SELECT count(*) FROM t"), 0);
  auto transaction = Transaction::Begin(*database);
  ASSERT_TRUE(database->Execute("INSERT INTO t VALUES(1, 1)").ok());
  Transaction moved = *std::move(transaction);
  ASSERT_TRUE(moved.Commit().ok());
  EXPECT_EQ(*database->Query("SELECT count(*) FROM t"), 1);
}

TEST_F(DatabaseTest, ClosingTellsOfWhatIsLeftOpen) {
  auto database = Make();
  auto open = database->Prepare("SELECT 1");
  EXPECT_FALSE(database->Close().ok());
  { Statement gone = *std::move(open); }
  EXPECT_TRUE(database->Close().ok());
}

// What a file that somebody hands over can't do to its reader.
TEST_F(DatabaseTest, RunsNothingThatAFileHolds) {
  auto database = Make();
  ASSERT_TRUE(database
                  ->Execute("CREATE TRIGGER x AFTER INSERT ON t BEGIN "
                            "DELETE FROM t; END")
                  .ok());
  ASSERT_TRUE(database->Execute("INSERT INTO t VALUES(1, 1)").ok());
  EXPECT_EQ(*database->Query("SELECT count(*) FROM t"), 1);
  // A defensive connection leaves the schema alone.
  database->Execute("PRAGMA writable_schema = ON").IgnoreError();
  EXPECT_FALSE(database->Execute("UPDATE sqlite_schema SET sql = 'x'").ok());
}

TEST_F(DatabaseTest, ALogIsKeptOrBroughtHome) {
  for (bool keep : {true, false}) {
    TempDir dir;
    auto database = Database::Open(dir.File("a"), Mode::kCreate);
    ASSERT_TRUE((*database)
                    ->Execute("PRAGMA journal_mode = WAL;"
                              "CREATE TABLE t(a); INSERT INTO t VALUES(1);")
                    .ok());
    (*database)->KeepLogOnClose(keep);
    ASSERT_TRUE((*database)->Close().ok());
    EXPECT_EQ(dir.Has("a-wal"), keep);
    auto again = Database::Open(dir.File("a"), Mode::kReadWrite);
    EXPECT_EQ(*(*again)->Query("SELECT count(*) FROM t"), 1);
  }
}

// The names that came and went in a directory while it was watched.
class Watch {
 public:
  explicit Watch(const std::string& dir) : fd_(inotify_init1(IN_NONBLOCK)) {
    EXPECT_GE(inotify_add_watch(fd_, dir.c_str(), IN_CREATE | IN_DELETE), 0);
  }
  ~Watch() { close(fd_); }

  // "+name" and "-name", in order.
  std::vector<std::string> Take() {
    std::vector<std::string> all;
    alignas(inotify_event) char buffer[4096];
    for (ssize_t n; (n = read(fd_, buffer, sizeof buffer)) > 0;) {
      for (const char* at = buffer; at < buffer + n;) {
        const auto* event = reinterpret_cast<const inotify_event*>(at);
        const char* sign = (event->mask & IN_CREATE) != 0 ? "+" : "-";
        all.push_back(sign + std::string(event->name));
        at += sizeof(inotify_event) + event->len;
      }
    }
    return all;
  }

 private:
  int fd_;
};

// An index larger than what a sort may hold in memory.
constexpr char kLargeSort[] =
    "PRAGMA page_size = 512; PRAGMA cache_size = 10;"
    "PRAGMA journal_mode = MEMORY; PRAGMA locking_mode = EXCLUSIVE;"
    "CREATE TABLE n(i);"
    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
    " WHERE i < 3000) INSERT INTO n SELECT i FROM c;"
    "CREATE INDEX large ON n(printf('%0400d', i * 7919 % 3001));";

TEST(DatabaseSpill, LiesBesideWhatIsMade) {
  TempDir dir;
  auto database = Database::Open(dir.File("a"), Mode::kCreate);
  ASSERT_TRUE(database.ok()) << database.status();
  Watch watch(dir.path());
  ASSERT_TRUE((*database)->Execute(kLargeSort).ok());
  const auto seen = watch.Take();
  ASSERT_GE(seen.size(), 2u) << "it has spilled elsewhere, or not at all";
  // Each is unlinked before anything else is done.
  for (size_t i = 0; i < seen.size(); ++i) {
    EXPECT_EQ(seen[i], i % 2 == 0 ? "+a-spill" : "-a-spill");
  }
  EXPECT_EQ(*(*database)->Query("SELECT count(*) FROM n"), 3000);
  EXPECT_EQ(*(*database)->Query("SELECT i * 7919 % 3001 FROM n INDEXED BY large"
                                " ORDER BY printf('%0400d', i * 7919 % 3001)"),
            1);
  ASSERT_TRUE((*database)->Close().ok());
  EXPECT_FALSE(dir.Has("a-spill"));
}

TEST(DatabaseSpill, WhatAnotherProcessHasLeftGoes) {
  TempDir dir;
  dir.Write("a-spill", "");
  auto database = Database::Open(dir.File("a"), Mode::kCreate);
  EXPECT_FALSE(dir.Has("a-spill"));
  EXPECT_TRUE((*database)->Execute(kLargeSort).ok());
}

TEST(DatabaseSpill, ManyAtOnce) {
  TempDir one;
  TempDir other;
  auto first = Database::Open(one.File("a"), Mode::kCreate);
  auto second = Database::Open(other.File("a"), Mode::kCreate);
  Watch watch(other.path());
  EXPECT_TRUE((*first)->Execute(kLargeSort).ok());
  EXPECT_TRUE(watch.Take().empty());
  first->reset();
  EXPECT_TRUE((*second)->Execute(kLargeSort).ok());
  EXPECT_FALSE(watch.Take().empty());
}

TEST(DatabaseSpill, ADiskThatIsFull) {
  TempDir dir;
  auto database = Database::Open(dir.File("a"), Mode::kCreate);
  struct rlimit before {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  struct rlimit small = before;
  small.rlim_cur = 300'000;  // the table has a tenth of it
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  Watch watch(dir.path());
  const absl::Status full = (*database)->Execute(kLargeSort);
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  EXPECT_FALSE(watch.Take().empty());
  EXPECT_TRUE(absl::IsUnavailable(full)) << full;
  EXPECT_THAT(std::string(full.message()), HasSubstr(dir.File("a")));
}

TEST(DatabaseSpill, ADirectoryThatIsGone) {
  TempDir dir;
  auto database = Database::Open(dir.File("a"), Mode::kCreate);
  std::filesystem::remove_all(dir.path());
  const absl::Status gone = (*database)->Execute(kLargeSort);
  EXPECT_TRUE(absl::IsUnavailable(gone)) << gone;
}

}  // namespace
}  // namespace mailassay::store
