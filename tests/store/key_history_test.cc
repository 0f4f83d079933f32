#include "pipeline/store/key_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "lib/audit/tally.h"
#include "tests/keys/sample_keys.h"
#include "tests/run/temp_dir.h"

namespace mailassay::store {
namespace {

using dkim::KeyAnswer;
using dkim::KeyOrigin;
using dkim::KeyStatus;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Access = KeyHistory::Access;

constexpr char kName[] = "s._domainkey.example.com";
constexpr char kRevoked[] = "v=DKIM1; p=";

KeyAnswer Found(const std::vector<std::string>& records, int64_t at) {
  KeyAnswer answer;
  answer.name = kName;
  answer.status = KeyStatus::kFound;
  answer.source = "dns";
  answer.answered_at = at;
  for (const std::string& text : records) {
    answer.records.push_back(dkim::ParseKeyRecord(text));
    answer.origins.push_back({.source = "dns"});
  }
  return answer;
}

KeyAnswer Outcome(KeyStatus status, int64_t at) {
  KeyAnswer answer = Found({}, at);
  answer.status = status;
  return answer;
}

std::vector<std::string> Texts(const KeyAnswer& answer) {
  std::vector<std::string> texts;
  for (const auto& record : answer.records) texts.push_back(record.text);
  return texts;
}

class KeyHistoryTest : public testing::Test {
 protected:
  std::unique_ptr<KeyHistory> Open(Access access = Access::kAdd) {
    auto history = KeyHistory::Open(path_, access);
    EXPECT_TRUE(history.ok()) << history.status();
    return history.ok() ? *std::move(history) : nullptr;
  }
  void Add(const std::vector<KeyAnswer>& answers) {
    auto history = Open();
    auto adding = history->Begin();
    ASSERT_TRUE(adding.ok()) << adding.status();
    for (const KeyAnswer& answer : answers) {
      ASSERT_TRUE(adding->Add(answer).ok());
    }
    ASSERT_TRUE(adding->Commit().ok());
  }
  KeyAnswer Find(std::string_view name = kName) {
    auto answer = Open()->Find(name);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *answer : KeyAnswer();
  }

  TempDir dir_;
  const std::string path_ = dir_.File("history?100%#1.sqlite");
};

TEST_F(KeyHistoryTest, KeepsEveryKeyOfANameWithItsTimes) {
  Add({Found({keys::kRsaRecord}, 100)});
  Add({Found({keys::kRsaRecord}, 300), Found({keys::kEd25519Record}, 400)});
  Add({Found({keys::kRsaRecord}, 200)});
  const KeyAnswer answer = Find();
  EXPECT_EQ(answer.name, kName);
  EXPECT_EQ(answer.status, KeyStatus::kNotAsked);
  EXPECT_THAT(Texts(answer),
              ElementsAre(keys::kEd25519Record, keys::kRsaRecord));
  EXPECT_EQ(answer.origins[0], (KeyOrigin{.source = "dns",
                                          .first_seen = 400,
                                          .last_seen = 400,
                                          .earlier = true}));
  EXPECT_EQ(answer.origins[1], (KeyOrigin{.source = "dns",
                                          .first_seen = 100,
                                          .last_seen = 300,
                                          .earlier = true}));
  EXPECT_TRUE(Find("other._domainkey.example.com").records.empty());
  EXPECT_EQ(*Open()->CountNames(), 1);
}

TEST_F(KeyHistoryTest, TheNewestOutcomeIsTheStatus) {
  Add({Found({keys::kRsaRecord}, 100)});
  Add({Outcome(KeyStatus::kNxDomain, 200)});
  EXPECT_EQ(Find().status, KeyStatus::kNxDomain);
  EXPECT_EQ(Find().answered_at, 200);
  EXPECT_EQ(Find().records.size(), 1u);
  // P6: a failure is never "there is none", nor hides what was said.
  Add({Outcome(KeyStatus::kServfail, 300)});
  EXPECT_EQ(Find().status, KeyStatus::kNxDomain);
  Add({Found({kRevoked}, 400)});
  EXPECT_EQ(Find().status, KeyStatus::kNotAsked);
  EXPECT_THAT(Texts(Find()), ElementsAre(kRevoked, keys::kRsaRecord));
}

TEST_F(KeyHistoryTest, WhatIsNoKeyIsKeptAndIsNoCandidate) {
  Add({Found({"v=spf1 -all", "v=DKIM1; p=!!!", keys::kRsaRecord}, 100)});
  EXPECT_THAT(Texts(Find()), ElementsAre(keys::kRsaRecord));
}

TEST_F(KeyHistoryTest, OnlyWhatWasAnsweredIsAdded) {
  KeyAnswer answer = Found({keys::kRsaRecord, keys::kEd25519Record}, 100);
  answer.origins[0] = {
      .source = "dns", .first_seen = 1, .last_seen = 2, .earlier = true};
  answer.origins[1].source = dkim::kRecovered;
  answer.status = KeyStatus::kNotAsked;
  Add({answer});
  EXPECT_EQ(*Open()->CountNames(), 0);
  answer.status = KeyStatus::kNoData;
  Add({answer});
  EXPECT_EQ(*Open()->CountNames(), 1);
  EXPECT_TRUE(Find().records.empty());
}

TEST_F(KeyHistoryTest, ImportsHaveTheirOwnTimesOrNone) {
  KeyAnswer dated = Found({keys::kRsaRecord}, 0);
  dated.source = "import:f";
  dated.origins[0] = {.source = "import:f", .first_seen = 7, .last_seen = 9};
  KeyAnswer undated = dated;
  undated.records[0] = dkim::ParseKeyRecord(keys::kEd25519Record);
  undated.origins[0] = {.source = "import:f"};
  Add({dated, undated});
  EXPECT_EQ(Find().origins[0].first_seen, 7);
  EXPECT_EQ(Find().origins[0].last_seen, 9);
  EXPECT_EQ(Find().origins[1].source, "import:f");
  EXPECT_EQ(Find().origins[1].first_seen, 0);
}

TEST_F(KeyHistoryTest, AMessageNeverOutranksARecordThatWasSeen) {
  Add({Found({keys::kRsaRecord}, 100)});
  {
    auto history = Open();
    auto adding = history->Begin();
    ASSERT_TRUE(adding->Prove(kName, keys::kRsaRecord, 50, 900).ok());
    ASSERT_TRUE(adding->Prove(kName, keys::kEd25519Record, 60, 70).ok());
    ASSERT_TRUE(adding->Prove(kName, keys::kEd25519Record, 65, 75).ok());
    ASSERT_TRUE(adding->Commit().ok());
  }
  const KeyAnswer answer = Find();
  EXPECT_THAT(Texts(answer),
              ElementsAre(keys::kRsaRecord, keys::kEd25519Record));
  EXPECT_EQ(answer.origins[0].source, "dns");
  EXPECT_EQ(answer.origins[0].last_seen, 100);
  EXPECT_EQ(answer.origins[1],
            (KeyOrigin{.source = std::string(dkim::kMessageProved),
                       .first_seen = 60,
                       .last_seen = 75,
                       .earlier = true}));
}

TEST_F(KeyHistoryTest, DisclosedKeysAreDisclosedUnderEveryName) {
  Add({Found({keys::kRsaRecord}, 100)});
  const std::string id =
      audit::HexOf(dkim::ParseKeyRecord(keys::kRsaRecord).key->id());
  {
    auto history = Open();
    auto adding = history->Begin();
    EXPECT_TRUE(*adding->Disclose(id, "key.pem", 5));
    EXPECT_FALSE(*adding->Disclose(id, "again.pem", 6));
    ASSERT_TRUE(adding->Commit().ok());
  }
  KeyAnswer other = Found({keys::kRsaRecord}, 100);
  other.name = "t._domainkey.example.org";
  Add({other});
  EXPECT_TRUE(Find().origins[0].disclosed);
  EXPECT_TRUE(Find(other.name).origins[0].disclosed);
}

// As it stood at the start of a run.
TEST_F(KeyHistoryTest, WhatOthersAddMeanwhileIsNotSeen) {
  Add({Found({keys::kRsaRecord}, 100)});
  auto mine = Open();
  Add({Found({keys::kEd25519Record}, 200)});
  EXPECT_EQ(mine->Find(kName)->records.size(), 1u);
  auto adding = mine->Begin();
  ASSERT_TRUE(adding.ok()) << adding.status();
  ASSERT_TRUE(adding->Add(Outcome(KeyStatus::kNxDomain, 300)).ok());
  ASSERT_TRUE(adding->Commit().ok());
  EXPECT_EQ(Find().records.size(), 2u);
}

TEST_F(KeyHistoryTest, WhatIsNotCommittedIsNotThere) {
  {
    auto history = Open();
    auto adding = history->Begin();
    ASSERT_TRUE(adding->Add(Found({keys::kRsaRecord}, 1)).ok());
  }
  EXPECT_EQ(*Open()->CountNames(), 0);
}

TEST_F(KeyHistoryTest, ReadingTouchesNothing) {
  Add({Found({keys::kRsaRecord}, 100)});
  const auto files = [this] {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(dir_.path())) {
      names.push_back(entry.path().filename());
    }
    return names;
  };
  EXPECT_EQ(files().size(), 1u);
  auto reading = Open(Access::kRead);
  EXPECT_EQ(reading->Find(kName)->records.size(), 1u);
  EXPECT_EQ(files().size(), 1u);
  auto missing = KeyHistory::Open(dir_.File("none"), Access::kRead);
  EXPECT_FALSE(missing.ok());
  EXPECT_EQ(files().size(), 1u);
}

TEST_F(KeyHistoryTest, AFileThatIsBeingWrittenIsNotReadAsItIs) {
  auto history = Open();
  auto adding = history->Begin();
  ASSERT_TRUE(adding->Add(Found({keys::kRsaRecord}, 1)).ok());
  ASSERT_TRUE(adding->Commit().ok());
  auto reading = KeyHistory::Open(path_, Access::kRead);
  EXPECT_TRUE(absl::IsFailedPrecondition(reading.status())) << reading.status();
}

TEST_F(KeyHistoryTest, OtherFilesAreRefusedAndStayAsTheyAre) {
  const auto refused = [this](std::string_view why) {
    std::stringstream before, after;
    before << std::ifstream(path_).rdbuf();
    auto history = KeyHistory::Open(path_, Access::kAdd);
    EXPECT_TRUE(absl::IsDataLoss(history.status())) << history.status();
    EXPECT_THAT(std::string(history.status().message()), HasSubstr(why));
    EXPECT_THAT(std::string(history.status().message()), HasSubstr("history"));
    after << std::ifstream(path_).rdbuf();
    EXPECT_EQ(before.str(), after.str());
  };
  std::ofstream(path_) << "no database, and long enough to be sure of it: "
                       << std::string(600, 'x');
  refused("file is not a database");
  std::ofstream(path_) << "";
  refused("is no key history");
  std::filesystem::remove(path_);
  {
    auto other = Database::Open(path_, Database::Mode::kCreate);
    ASSERT_TRUE((*other)->Execute("CREATE TABLE t(a)").ok());
  }
  refused("is no key history");
  std::filesystem::remove(path_);
  Open();
  {
    auto later = Database::Open(path_, Database::Mode::kReadWrite);
    ASSERT_TRUE((*later)->Execute("PRAGMA user_version = 2").ok());
  }
  refused("format 2");
}

TEST_F(KeyHistoryTest, ForEachGivesNamesInOrder) {
  KeyAnswer other = Found({keys::kEd25519Record}, 5);
  other.name = "a._domainkey.example.com";
  Add({Found({keys::kRsaRecord}, 1), other});
  std::vector<std::string> names;
  ASSERT_TRUE(Open()
                  ->ForEach([&](const KeyAnswer& answer) {
                    names.push_back(answer.name);
                    EXPECT_EQ(answer.records.size(), 1u);
                    return absl::OkStatus();
                  })
                  .ok());
  EXPECT_THAT(names, ElementsAre(other.name, kName));
}

}  // namespace
}  // namespace mailassay::store
