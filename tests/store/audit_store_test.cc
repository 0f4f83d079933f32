#include "pipeline/store/audit_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "tests/run/temp_dir.h"
#include "tests/store/made_up_audit.h"

namespace mailassay::store {
namespace {

using ::testing::HasSubstr;
using Access = AuditStore::Access;

constexpr char kFile[] = "audit.sqlite";
constexpr char kLog[] = "audit.sqlite-wal";

std::unique_ptr<AuditStore> Made(const TempDir& dir) {
  auto store = AuditStore::Create(dir.path(), MadeUpSettings());
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

std::unique_ptr<AuditStore> Opened(const TempDir& dir,
                                   Access access = Access::kGoOn) {
  auto store = AuditStore::Open(dir.path(), access);
  EXPECT_TRUE(store.ok()) << store.status();
  return *std::move(store);
}

// A log of `batches`, by a process that dies with it open.
void LeaveLog(const TempDir& dir, uint64_t batches) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = AuditStore::Create(dir.path(), MadeUpSettings());
    bool good = store.ok();
    for (uint64_t i = 1; good && i <= batches; ++i) {
      good = AddBatch(**store, i).ok();
    }
    if (good) raise(SIGKILL);
    _exit(1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
}

TEST(AuditStore, BeginsEmpty) {
  TempDir dir;
  auto store = Made(dir);
  EXPECT_EQ(store->state(), State::kReading);
  EXPECT_EQ(store->settings(), MadeUpSettings());
  EXPECT_EQ(store->checkpoint(), source::Position{});
  EXPECT_EQ(*store->CountParts(), 0);
  EXPECT_TRUE(AllParts(*store).empty());
  EXPECT_TRUE(NamesOf(*store)->empty());
  EXPECT_TRUE(IsAuditFile(dir.File(kFile)));
}

TEST(AuditStore, GivesBackWhatIsAppended) {
  TempDir dir;
  auto store = Made(dir);
  for (uint64_t i = 1; i <= 4; ++i) ASSERT_TRUE(AddBatch(*store, i).ok());
  EXPECT_EQ(store->checkpoint(), (source::Position{4, 2, 4000}));
  const auto parts = AllParts(*store);
  ASSERT_EQ(parts.size(), 6u);  // the third batch has three
  EXPECT_EQ(*store->CountParts(), 6);
  for (size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(parts[i].id, static_cast<int64_t>(i) + 1);
    // Only the last part of a batch has a position, only the first the notes.
    EXPECT_EQ(parts[i].next.has_value(), i != 2 && i != 3) << i;
    EXPECT_EQ(parts[i].notes.empty(), i == 3 || i == 4) << i;
  }
  EXPECT_EQ(parts[4].next, (source::Position{3, 2, 3000}));
  EXPECT_EQ(parts[0].facts,
            "facts 1" + std::string(1, '\0') + std::string(5000, 'a'));
}

TEST(AuditStore, NamesAreAskedThenAnswered) {
  TempDir dir;
  auto store = Made(dir);
  const std::string part[] = {"x"};
  const AuditStore::Name asked[] = {{"b.example", std::nullopt},
                                    {"a.example", std::nullopt}};
  ASSERT_TRUE(store->Append(part, "", {1, 0, 0}, asked).ok());
  const AuditStore::Name answered[] = {{"b.example", "{\"b\":1}"}};
  ASSERT_TRUE(store->Append(part, "", {2, 0, 0}, answered).ok());
  store.reset();
  const auto names = *NamesOf(*Opened(dir));
  ASSERT_EQ(names.size(), 2u);
  EXPECT_EQ(names[0].name, "a.example");
  EXPECT_EQ(names[0].answer, std::nullopt);
  EXPECT_EQ(names[1].answer, "{\"b\":1}");
}

TEST(AuditStore, StatesAndSettingsStay) {
  TempDir dir;
  auto store = Made(dir);
  ASSERT_TRUE(store->Set({{"more", "1"}, {"program", "other"}}).ok());
  const AuditStore::Name name[] = {{"a", "{}"}};
  ASSERT_TRUE(store->FinishReading(name, {{"end", "x"}}).ok());
  EXPECT_EQ(store->state(), State::kRead);
  const Settings settings = store->settings();
  store.reset();
  store = Opened(dir);
  EXPECT_EQ(store->state(), State::kRead);
  EXPECT_EQ(store->settings(), settings);
  EXPECT_EQ(settings.at("more"), "1");
  EXPECT_EQ(settings.at("program"), "other");
  EXPECT_EQ(settings.at("end"), "x");
  EXPECT_FALSE(settings.contains("state")) << "is no setting";
}

TEST(AuditStore, GoesOnAfterItsWriterDied) {
  TempDir dir;
  LeaveLog(dir, 7);
  EXPECT_TRUE(dir.Has(kLog));
  auto store = Opened(dir);
  EXPECT_EQ(store->checkpoint(), (source::Position{7, 2, 7000}));
  EXPECT_EQ(*store->CountParts(), 11);
  ASSERT_TRUE(AddBatch(*store, 8).ok());
  ASSERT_TRUE(store->Close().ok());
  EXPECT_FALSE(dir.Has(kLog)) << "one plain file";
  EXPECT_EQ(Opened(dir)->checkpoint(), (source::Position{8, 2, 8000}));
}

TEST(AuditStore, ALookChangesNoOctet) {
  TempDir dir;
  LeaveLog(dir, 5);
  const std::string file = dir.Read(kFile);
  const std::string log = dir.Read(kLog);
  ASSERT_FALSE(log.empty());
  for (Access access : {Access::kRead, Access::kGoOn, Access::kRead}) {
    EXPECT_EQ(AllParts(*Opened(dir, access)).size(), 7u);
    EXPECT_EQ(dir.Read(kFile), file);
    EXPECT_EQ(dir.Read(kLog), log);
    EXPECT_FALSE(dir.Has("audit.sqlite-shm"));
  }
}

// A log cut short anywhere holds whole batches, from the first on.
TEST(AuditStore, ALogCutAnywhereHoldsWholeBatches) {
  TempDir dir;
  LeaveLog(dir, 6);
  const std::string file = dir.Read(kFile);
  const std::string log = dir.Read(kLog);
  uint64_t before = 0;
  for (size_t size = 0; size <= log.size(); size += 4099) {
    TempDir copy;
    copy.Write(kFile, file);
    copy.Write(kLog, std::string_view(log).substr(0, size));
    auto store = Opened(copy);
    const uint64_t batches = store->checkpoint().file;
    EXPECT_GE(batches, before) << size;
    before = batches;
    EXPECT_EQ(AllParts(*store).size(), batches + batches / 3 * 2) << size;
    EXPECT_EQ(NamesOf(*store)->size(), batches) << size;
  }
  EXPECT_GT(before, 4u);
}

TEST(AuditStore, OneWriterAtATime) {
  TempDir dir;
  auto store = Made(dir);
  for (Access access : {Access::kGoOn, Access::kRead}) {
    const pid_t child = fork();
    if (child == 0) {
      auto second = AuditStore::Open(dir.path(), access);
      const bool refused = absl::IsFailedPrecondition(second.status());
      _exit(refused ? 0 : 1);
    }
    int status = 1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_TRUE(AddBatch(*store, 1).ok());
  auto other = AuditStore::Create(dir.path(), {});
  EXPECT_TRUE(absl::IsAlreadyExists(other.status()));
}

TEST(AuditStore, CreateClearsWhatNeverBegan) {
  TempDir dir;
  for (const char* name :
       {"audit.sqlite.begun.partial", "audit.sqlite.begun.partial-journal",
        "audit.sqlite.partial", "audit.sqlite-wal"}) {
    dir.Write(name, "left");
  }
  auto store = Made(dir);
  EXPECT_TRUE(AllParts(*store).empty());
  ASSERT_TRUE(store->Close().ok());
  auto names = std::filesystem::directory_iterator(dir.path());
  EXPECT_EQ(std::distance(begin(names), end(names)), 1);
}

// A log of another audit beside the file would be taken for its own.
TEST(AuditStore, CreateTakesNoOthersLog) {
  TempDir other;
  LeaveLog(other, 3);
  TempDir dir;
  dir.Write(kLog, other.Read(kLog));
  EXPECT_TRUE(AllParts(*Made(dir)).empty());
}

// Else what replaces the file would stand beside a log that is none of its own.
TEST(AuditStore, ClosingTellsThatTheLogStays) {
  TempDir dir;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto store = AuditStore::Create(dir.path(), MadeUpSettings());
    bool good = store.ok();
    for (uint64_t i = 1; good && i < 20; ++i) good = AddBatch(**store, i).ok();
    // The file can't grow by what the log holds.
    const auto size = std::filesystem::file_size(dir.File(kFile));
    const rlimit limit = {size, size};
    signal(SIGXFSZ, SIG_IGN);
    good = good && setrlimit(RLIMIT_FSIZE, &limit) == 0;
    _exit(good && !(*store)->Close().ok() ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(Opened(dir)->checkpoint(), (source::Position{19, 2, 19000}));
}

void ExpectRefused(const TempDir& dir, absl::StatusCode code,
                   std::string_view why) {
  for (Access access : {Access::kGoOn, Access::kRead}) {
    auto store = AuditStore::Open(dir.path(), access);
    EXPECT_EQ(store.status().code(), code) << store.status();
    EXPECT_THAT(std::string(store.status().message()), HasSubstr(why));
    EXPECT_THAT(std::string(store.status().message()), HasSubstr(dir.path()));
  }
}

TEST(AuditStore, RefusesWhatIsNone) {
  TempDir dir;
  ExpectRefused(dir, absl::StatusCode::kNotFound, "no audit");
  std::filesystem::create_directory(dir.File(kFile));
  ExpectRefused(dir, absl::StatusCode::kDataLoss, "no regular file");
  std::filesystem::remove(dir.File(kFile));
  ASSERT_EQ(mkfifo(dir.File(kFile).c_str(), 0600), 0);
  ExpectRefused(dir, absl::StatusCode::kDataLoss, "no regular file");
  EXPECT_FALSE(IsAuditFile(dir.File(kFile)));
  std::filesystem::remove(dir.File(kFile));
  dir.Write(kFile, "");
  ExpectRefused(dir, absl::StatusCode::kDataLoss, "no audit of mailassay");
  dir.Write(kFile, std::string(100'000, 'x'));
  ExpectRefused(dir, absl::StatusCode::kDataLoss, "not a database");
}

void Change(const TempDir& dir, const std::string& sql) {
  auto database = Database::Open(dir.File(kFile), Database::Mode::kReadWrite);
  ASSERT_TRUE((*database)->Execute(sql).ok()) << sql;
}

TEST(AuditStore, RefusesOthersAndDamage) {
  const struct {
    const char* sql;
    const char* why;
  } kCases[] = {
      {"PRAGMA application_id = 1", "no audit of mailassay"},
      {"PRAGMA user_version = 1", "format 1"},
      {"PRAGMA user_version = 0", "format 0"},
      {"DELETE FROM audit WHERE name = 'state'", "damaged"},
      {"UPDATE audit SET value = 'readin' WHERE name = 'state'", "damaged"},
      {"UPDATE batch SET file = NULL WHERE id = 2", "ends inside a batch"},
  };
  for (const auto& [sql, why] : kCases) {
    TempDir dir;
    {
      auto store = Made(dir);
      for (uint64_t i : {1, 2}) ASSERT_TRUE(AddBatch(*store, i).ok());
      ASSERT_TRUE(store->Close().ok());
    }
    Change(dir, sql);
    ExpectRefused(dir, absl::StatusCode::kDataLoss, why);
  }
}

// Four batches in six parts, and four names.
void LeaveRead(const TempDir& dir) {
  auto store = Made(dir);
  for (uint64_t i = 1; i <= 4; ++i) ASSERT_TRUE(AddBatch(*store, i).ok());
  ASSERT_TRUE(store->FinishReading({}, {{"more", "x"}}).ok());
  EXPECT_EQ(NamesOf(*store)->size(), 4u);
  ASSERT_TRUE(store->Close().ok());
}

TEST(AuditStore, RefusesWhatIsMissingWhenAllIsRead) {
  const struct {
    const char* sql;
    const char* why;
  } kCases[] = {
      {"DELETE FROM batch WHERE id > 4", "ends inside a batch"},
      {"DELETE FROM batch WHERE id > 5", "last batch is missing"},
      {"DELETE FROM batch WHERE id > 1", "last batch is missing"},
      {"DELETE FROM batch", "last batch is missing"},
      {"DELETE FROM audit WHERE name = 'option --at'", "its settings"},
      {"DELETE FROM audit WHERE name = 'seal of answers'", "its settings"},
      {"DELETE FROM audit WHERE name = 'seal of last batch'", "its settings"},
      {"DELETE FROM audit WHERE name = 'seal of settings'", "its settings"},
      {"DELETE FROM audit WHERE name = 'state'", "how far"},
  };
  for (const auto& [sql, why] : kCases) {
    TempDir dir;
    LeaveRead(dir);
    EXPECT_EQ(AllParts(*Opened(dir)).size(), 6u);
    Change(dir, sql);
    ExpectRefused(dir, absl::StatusCode::kDataLoss, why);
  }
}

TEST(AuditStore, RefusesMissingAnswersWhenAllIsRead) {
  for (const char* sql :
       {"DELETE FROM answer WHERE name = 's4.example'",
        "DELETE FROM answer WHERE name = 's1.example'", "DELETE FROM answer"}) {
    TempDir dir;
    LeaveRead(dir);
    EXPECT_EQ(NamesOf(*Opened(dir))->size(), 4u);
    Change(dir, sql);
    const auto names = NamesOf(*Opened(dir));
    EXPECT_TRUE(absl::IsDataLoss(names.status())) << sql;
    EXPECT_THAT(std::string(names.status().message()),
                HasSubstr("its answers are not those"));
  }
}

// A power failure may take the end of a log, never a setting.
TEST(AuditStore, WhileItIsReadALogMayEndAnywhere) {
  TempDir dir;
  {
    auto store = Made(dir);
    for (uint64_t i = 1; i <= 4; ++i) ASSERT_TRUE(AddBatch(*store, i).ok());
    ASSERT_TRUE(store->Close().ok());
  }
  Change(dir, "DELETE FROM batch WHERE id = 6; DELETE FROM answer");
  EXPECT_EQ(AllParts(*Opened(dir)).size(), 5u);
  EXPECT_TRUE(NamesOf(*Opened(dir))->empty());
  Change(dir, "DELETE FROM audit WHERE name = 'option --at'");
  ExpectRefused(dir, absl::StatusCode::kDataLoss, "its settings");
}

TEST(AuditStore, ASealOfItsOwn) {
  TempDir dir;
  auto store = Made(dir);
  EXPECT_EQ(store->seal().size(), 64u);
  std::vector<std::string> seals = {store->seal()};
  ASSERT_TRUE(store->Set({{"more", "1"}}).ok());
  seals.push_back(store->seal());
  ASSERT_TRUE(AddBatch(*store, 1).ok());
  ASSERT_TRUE(store->FinishReading({}, {}).ok());
  seals.push_back(store->seal());
  store.reset();
  EXPECT_EQ(Opened(dir)->seal(), seals.back());
  EXPECT_NE(seals[0], seals[1]);
  EXPECT_NE(seals[1], seals[2]);
}

TEST(AuditStore, RefusesMissingTables) {
  for (const char* sql : {"DROP TABLE audit", "DROP TABLE batch"}) {
    TempDir dir;
    ASSERT_TRUE(Made(dir)->Close().ok());
    Change(dir, sql);
    EXPECT_FALSE(AuditStore::Open(dir.path(), Access::kGoOn).ok()) << sql;
  }
}

// Any octets: an error or an audit, never more.
TEST(AuditStore, SurvivesAnyDamage) {
  TempDir dir;
  {
    auto store = Made(dir);
    for (uint64_t i = 1; i < 9; ++i) ASSERT_TRUE(AddBatch(*store, i).ok());
    ASSERT_TRUE(store->Close().ok());
  }
  const std::string whole = dir.Read(kFile);
  int refused = 0;
  for (size_t at = 0; at < whole.size(); at += 1 + at / 37) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    for (const std::string& octets : {damaged, whole.substr(0, at)}) {
      dir.Write(kFile, octets);
      auto store = AuditStore::Open(dir.path(), Access::kRead);
      refused += !store.ok();
      if (store.ok()) {
        AllParts(**store);
        NamesOf(**store).status().IgnoreError();
      }
    }
  }
  EXPECT_GT(refused, 50);
}

TEST(AuditStore, IsAuditFileLooksAtTheHeader) {
  TempDir dir;
  Made(dir).reset();
  const std::string whole = dir.Read(kFile);
  for (size_t size : {0, 1, 15, 16, 68, 71}) {
    EXPECT_FALSE(IsAuditFile(dir.Write("cut", whole.substr(0, size)))) << size;
  }
  EXPECT_TRUE(IsAuditFile(dir.Write("head", whole.substr(0, 72))));
  for (size_t at : {0, 14, 68, 71}) {
    std::string other = whole;
    other[at] ^= 1;
    EXPECT_FALSE(IsAuditFile(dir.Write("other", other))) << at;
  }
  EXPECT_FALSE(IsAuditFile(dir.File("none")));
  EXPECT_FALSE(IsAuditFile(dir.path()));
}

TEST(AuditStore, PathInAddsOneSlash) {
  EXPECT_EQ(PathIn("a", "b"), "a/b");
  EXPECT_EQ(PathIn("a/", "b"), "a/b");
}

TEST(AuditStore, RenameIntoTells) {
  TempDir dir;
  EXPECT_FALSE(RenameInto(dir.File("a"), dir.File("b"), dir.path()).ok());
  dir.Write("a", "x");
  EXPECT_TRUE(RenameInto(dir.File("a"), dir.File("b"), dir.path()).ok());
  EXPECT_EQ(dir.Read("b"), "x");
}

}  // namespace
}  // namespace mailassay::store
