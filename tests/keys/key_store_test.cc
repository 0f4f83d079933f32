#include "pipeline/keys/key_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

#include "pipeline/keys/answer.h"
#include "pipeline/keys/key_file.h"
#include "tests/keys/sample_keys.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using std::chrono::milliseconds;
using testing::ElementsAre;

constexpr milliseconds kNoTime(0);
constexpr milliseconds kAmple(60000);

KeyAnswer WithStatus(KeyStatus status) {
  KeyAnswer answer;
  answer.status = status;
  return answer;
}

// Holds lookups until the test answers them.
class HandResolver : public Resolver {
 public:
  void Start(const std::string& name, Question, Callback done) override {
    std::lock_guard<std::mutex> lock(mutex_);
    open_[name].push_back(std::move(done));
    ++started_[name];
  }
  void Renew() override { ++renewals; }

  // Answers the oldest open lookup of the name.
  void Answer(const std::string& name, KeyStatus status) {
    Callback done;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ASSERT_FALSE(open_[name].empty());
      done = std::move(open_[name].front());
      open_[name].erase(open_[name].begin());
    }
    done(WithStatus(status));
  }
  int started(const std::string& name) {
    std::lock_guard<std::mutex> lock(mutex_);
    return started_[name];
  }

  int renewals = 0;

 private:
  std::mutex mutex_;
  std::map<std::string, std::vector<Callback>> open_;
  std::map<std::string, int> started_;
};

std::vector<KeyAnswer> File(const std::string& text, const char* name = "f") {
  return *ParseKeyFile(text, name);
}

TEST(KeyStore, OfflineNamesAreNotAsked) {
  KeyStore store(nullptr);
  store.Import(File("a.example\t" + kRsaRecord));
  EXPECT_EQ(store.Request("a.example")->status, KeyStatus::kFound);
  EXPECT_EQ(store.Request("b.example")->status, KeyStatus::kNotAsked);
  EXPECT_EQ(store.Request("c.example"), store.Request("b.example"));
  store.AwaitAll(kAmple, nullptr);
  store.RetryFailures(kAmple, nullptr);
  EXPECT_EQ(store.names(), 3u);
  EXPECT_EQ(store.asked(), 0u);
  EXPECT_EQ(store.failed(), 0u);
  std::vector<std::string> used;
  for (const auto& answer : store.Used()) used.push_back(answer->name);
  EXPECT_THAT(used, ElementsAre("a.example", "b.example", "c.example"));
}

TEST(KeyStore, ImportedAnswersAreFinalAndCandidatesTogether) {
  HandResolver dns;
  KeyStore store(&dns);
  store.Import(File("a\t" + kRsaRecord + "\nt\t!TIMEOUT\nn\t!NXDOMAIN\n", "f"));
  store.Import(File("a\t" + kEd25519Record + "\nn\t" + kRsaRecord, "g"));
  EXPECT_THAT(Sources(*store.Request("a")),
              ElementsAre("import:f", "import:g"));
  EXPECT_EQ(store.Request("t")->status, KeyStatus::kTimeout);
  EXPECT_EQ(store.Request("n")->status, KeyStatus::kFound);
  store.AwaitAll(kNoTime, nullptr);
  store.RetryFailures(kNoTime, nullptr);
  EXPECT_EQ(store.Request("t")->status, KeyStatus::kTimeout);
  EXPECT_EQ(dns.started("t") + dns.started("a") + dns.started("n"), 0);
  EXPECT_EQ(store.failed(), 1u);
}

// "Not asked" is no knowledge: a file that says so leaves DNS to be asked.
TEST(KeyStore, ImportedNotAskedIsAsked) {
  HandResolver dns;
  KeyStore store(&dns);
  store.Import({[] {
    KeyAnswer answer = WithStatus(KeyStatus::kNotAsked);
    answer.name = "a";
    return answer;
  }()});
  EXPECT_EQ(store.Request("a"), nullptr);
  EXPECT_EQ(dns.started("a"), 1);
}

TEST(KeyStore, AsksEachNameOnceAndKeepsTheAnswer) {  // D14, D18
  HandResolver dns;
  KeyStore store(&dns);
  EXPECT_EQ(store.Request("a"), nullptr);
  EXPECT_EQ(store.Request("a"), nullptr);
  dns.Answer("a", KeyStatus::kNxDomain);
  ASSERT_NE(store.Request("a"), nullptr);
  EXPECT_EQ(store.Request("a")->status, KeyStatus::kNxDomain);
  EXPECT_EQ(store.Request("a")->name, "a");
  store.AwaitAll(kAmple, nullptr);
  store.RetryFailures(kAmple, nullptr);
  EXPECT_EQ(dns.started("a"), 1);
  EXPECT_EQ(dns.renewals, 0);
}

TEST(KeyStore, TemporaryFailuresAreAskedOnceMore) {  // D2, P6
  HandResolver dns;
  KeyStore store(&dns);
  for (const char* name : {"heals", "fails", "silent"}) store.Request(name);
  dns.Answer("heals", KeyStatus::kServfail);
  dns.Answer("fails", KeyStatus::kServfail);
  dns.Answer("silent", KeyStatus::kMalformed);
  store.AwaitAll(kAmple, nullptr);  // at once: none is open
  EXPECT_EQ(store.Request("heals"), nullptr);
  std::thread later([&] {
    while (dns.started("silent") < 2) std::this_thread::yield();
    dns.Answer("heals", KeyStatus::kNoData);
    dns.Answer("fails", KeyStatus::kRefused);
  });
  store.RetryFailures(milliseconds(300), nullptr);
  later.join();
  EXPECT_EQ(dns.renewals, 1);
  EXPECT_EQ(store.Request("heals")->status, KeyStatus::kNoData);
  EXPECT_EQ(store.Request("fails")->status, KeyStatus::kRefused);
  EXPECT_EQ(store.Request("silent")->status, KeyStatus::kMalformed);
  EXPECT_EQ(store.failed(), 2u);
  EXPECT_EQ(store.asked(), 3u);
  EXPECT_EQ(dns.started("heals"), 2);
}

TEST(KeyStore, TheBudgetsEndMakesTimeouts) {  // D3, P15
  HandResolver dns;
  KeyStore store(&dns);
  store.Request("a");
  store.Request("b");
  store.AwaitAll(kNoTime, nullptr);
  EXPECT_EQ(store.Request("a"), nullptr);  // to be retried
  dns.Answer("a", KeyStatus::kNoData);     // late: dropped
  EXPECT_EQ(store.Request("a"), nullptr);
  store.RetryFailures(kNoTime, nullptr);
  EXPECT_EQ(store.Request("a")->status, KeyStatus::kTimeout);
  EXPECT_EQ(store.Request("b")->status, KeyStatus::kTimeout);
  EXPECT_EQ(dns.started("a"), 2);
  dns.Answer("a", KeyStatus::kNoData);  // later still
  dns.Answer("b", KeyStatus::kNoData);
  EXPECT_EQ(store.Request("a")->status, KeyStatus::kTimeout);
  EXPECT_EQ(store.failed(), 2u);
  EXPECT_EQ(store.Used().size(), 2u);
}

TEST(KeyStore, TheTickEndsTheWait) {
  HandResolver dns;
  KeyStore store(&dns);
  store.Request("a");
  int ticks = 0;
  store.AwaitAll(kAmple, [&] { return ++ticks < 2; });
  EXPECT_EQ(ticks, 2);
  store.RetryFailures(kAmple, [] { return false; });
  EXPECT_EQ(store.Request("a")->status, KeyStatus::kTimeout);
}

TEST(KeyStore, CallbacksMayOutliveTheStore) {
  HandResolver dns;
  {
    KeyStore store(&dns);
    store.Request("a");
  }
  dns.Answer("a", KeyStatus::kNoData);
}

// A resolver may call back from within Start.
class InstantResolver : public Resolver {
 public:
  void Start(const std::string&, Question, Callback done) override {
    done(WithStatus(KeyStatus::kNoData));
  }
  void Renew() override {}
};

TEST(KeyStore, AnswersFromWithinStart) {
  InstantResolver dns;
  KeyStore store(&dns);
  store.Request("a");
  EXPECT_EQ(store.Request("a")->status, KeyStatus::kNoData);
}

TEST(KeyStore, D19_AsksOnlySoManyNamesOfAZone) {
  HandResolver dns;
  KeyStore store(&dns);
  store.LimitZones(2, LastTwoLabels);
  store.Import(File("i.a.example\tv=DKIM1; p="));
  KeyAnswer known = WithStatus(KeyStatus::kNotAsked);
  known.name = "known.a.example";
  AddRecord(kRsaRecord, "dns", known);
  store.Know(known);
  EXPECT_NE(store.Request("i.a.example"), nullptr);  // asks nobody
  EXPECT_EQ(store.Request("1.a.example"), nullptr);
  EXPECT_EQ(store.Request("2.a.example"), nullptr);
  EXPECT_EQ(store.Request("2.a.example"), nullptr);
  KeyStore::Answer third = store.Request("3.a.example");
  ASSERT_NE(third, nullptr);
  EXPECT_EQ(third->status, KeyStatus::kZoneLimit);
  EXPECT_EQ(store.Request("4.a.example"), third);  // one object for all
  KeyStore::Answer beside = store.Request("known.a.example");
  EXPECT_EQ(beside->status, KeyStatus::kZoneLimit);
  EXPECT_EQ(beside->records.size(), 1u);
  EXPECT_EQ(store.Request("1.b.example"), nullptr);
  EXPECT_EQ(store.asked(), 3u);
  EXPECT_EQ(store.open(), 3u);
  EXPECT_EQ(dns.started("3.a.example"), 0);
  for (const char* name : {"1.a.example", "2.a.example", "1.b.example"}) {
    dns.Answer(name, KeyStatus::kNoData);
  }
  store.RetryFailures(kNoTime, nullptr);
  EXPECT_EQ(dns.started("3.a.example"), 0);
  std::vector<std::string> used;
  for (const auto& answer : store.Used()) used.push_back(answer->name);
  EXPECT_THAT(used, ElementsAre("1.a.example", "1.b.example", "2.a.example",
                                "3.a.example", "4.a.example", "i.a.example",
                                "known.a.example"));
}

// A run that goes on counts what it has asked before, and what it was told
// stays so.
TEST(KeyStore, D19_RestoredNamesCount) {
  HandResolver dns;
  KeyStore before(&dns);
  before.LimitZones(1, LastTwoLabels);
  before.KeepNews();
  before.Request("1.a.example");
  dns.Answer("1.a.example", KeyStatus::kNoData);
  before.Request("2.a.example");
  KeyStore::News news = before.TakeNews();
  ASSERT_EQ(news.answered.size(), 2u);
  EXPECT_THAT(news.asked, ElementsAre("1.a.example"));
  std::vector<KeyAnswer> stored;
  for (const KeyStore::Answer& answer : news.answered) {
    stored.push_back(File(FormatKeyLine(*answer)).at(0));
  }
  stored[0].source = "dns";
  HandResolver again;
  KeyStore after(&again);
  after.LimitZones(1, LastTwoLabels);
  after.Restore(std::move(stored));
  EXPECT_EQ(after.Request("1.a.example")->status, KeyStatus::kNoData);
  EXPECT_EQ(after.Request("2.a.example")->status, KeyStatus::kZoneLimit);
  EXPECT_EQ(after.Request("3.a.example")->status, KeyStatus::kZoneLimit);
  EXPECT_EQ(after.Request("1.b.example"), nullptr);
  EXPECT_EQ(after.asked(), 2u);
}

TEST(KeyStore, ManyThreadsManyNames) {  // D18; for ThreadSanitizer
  HandResolver dns;
  KeyStore store(&dns);
  constexpr int kNames = 200;
  auto name = [](int i) { return "n" + std::to_string(i) + ".example"; };
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) store.Request(name(i % kNames));
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < kNames; ++i) {
      while (dns.started(name(i)) == 0) std::this_thread::yield();
      dns.Answer(name(i), i % 2 ? KeyStatus::kNxDomain : KeyStatus::kTimeout);
    }
  });
  for (std::thread& thread : threads) thread.join();
  store.AwaitAll(kAmple, nullptr);
  store.RetryFailures(kNoTime, nullptr);
  EXPECT_EQ(store.names(), size_t{kNames});
  EXPECT_EQ(store.asked(), size_t{kNames});
  EXPECT_EQ(store.failed(), size_t{kNames} / 2);
  for (int i = 0; i < kNames; ++i) {
    EXPECT_EQ(dns.started(name(i)), i % 2 ? 1 : 2);
  }
}

KeyAnswer Remembered(const std::string& record, KeyStatus status) {
  KeyAnswer answer;
  AddRecord(record,
            {.source = "dns", .first_seen = 1, .last_seen = 2, .earlier = true},
            answer);
  answer.status = status;
  return answer;
}

// The one record of the history stands beside whatever DNS says.
TEST(KeyStore, MemoryStandsBesideTheAnswer) {
  HandResolver dns;
  KeyStore store(&dns);
  int recalled = 0;
  store.Remember([&recalled](const std::string& name) {
    ++recalled;
    return name == "none" ? KeyAnswer()
                          : Remembered("v=DKIM1; p=", KeyStatus::kNotAsked);
  });
  for (const char* name : {"a", "b", "none"}) {
    EXPECT_EQ(store.Request(name), nullptr);
  }
  dns.Answer("a", KeyStatus::kNxDomain);
  dns.Answer("b", KeyStatus::kServfail);
  dns.Answer("none", KeyStatus::kNxDomain);
  store.RetryFailures(kNoTime, nullptr);
  EXPECT_EQ(store.Request("a")->status, KeyStatus::kNxDomain);
  EXPECT_EQ(store.Request("a")->records.size(), 1u);
  EXPECT_EQ(store.Request("b")->status, KeyStatus::kServfail);
  EXPECT_EQ(store.Request("b")->records.size(), 1u);
  EXPECT_TRUE(store.Request("none")->records.empty());
  EXPECT_EQ(recalled, 3);
}

TEST(KeyStore, MemoryAnswersWhereNobodyMayBeAsked) {
  KeyStore store(nullptr);
  store.Remember([](const std::string& name) {
    if (name == "none") return KeyAnswer();
    return Remembered(kRsaRecord, name == "gone" ? KeyStatus::kNxDomain
                                                 : KeyStatus::kNotAsked);
  });
  store.Import(File("file\t!NXDOMAIN\n", "f"));
  EXPECT_EQ(store.Request("a")->records.size(), 1u);
  EXPECT_EQ(store.Request("a")->name, "a");
  EXPECT_EQ(store.Request("gone")->status, KeyStatus::kNxDomain);
  EXPECT_EQ(store.Request("none")->status, KeyStatus::kNotAsked);
  // The answer of a key file is final.
  EXPECT_TRUE(store.Request("file")->records.empty());
}

TEST(KeyStore, RecoveredKeysAnswerNothing) {
  HandResolver dns;
  KeyStore store(&dns);
  const std::string line =
      R"({"name":"NAME","status":"not_asked","records":[{"txt":"v=DKIM1; p=",)"
      R"("source":"recovered","recovered_from":3,"earlier":true}]})";
  std::string file = line;
  store.Import(File(file.replace(file.find("NAME"), 4, "a"), "r"));
  file = line;
  store.Import(File(file.replace(file.find("NAME"), 4, "b"), "r"));
  store.Import(File("b\t" + kRsaRecord, "f"));
  EXPECT_EQ(store.Request("a"), nullptr);
  dns.Answer("a", KeyStatus::kNxDomain);
  EXPECT_EQ(store.Request("a")->status, KeyStatus::kNxDomain);
  EXPECT_THAT(Sources(*store.Request("a")), ElementsAre("recovered"));
  EXPECT_EQ(store.Request("b")->status, KeyStatus::kFound);
  EXPECT_THAT(Sources(*store.Request("b")),
              ElementsAre("import:f", "recovered"));
}

}  // namespace
}  // namespace mailassay::keys
