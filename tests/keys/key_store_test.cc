#include "pipeline/keys/key_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <thread>

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
  void Start(const std::string& name, Callback done) override {
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
  EXPECT_THAT(store.Request("a")->record_sources,
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
  void Start(const std::string&, Callback done) override {
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

}  // namespace
}  // namespace mailassay::keys
