// libunbound against the loopback server.  Nothing here asserts how long
// anything took, but for deadlines that are lowered far below the test's own.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "pipeline/keys/key_store.h"
#include "pipeline/keys/resolver.h"
#include "tests/keys/dns_server.h"
#include "tests/keys/sample_keys.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using dkim::Reason;
using std::chrono::milliseconds;
using testing::AnyOf;
using testing::ElementsAre;

constexpr milliseconds kAmple(60000);

// Collects answers; Await returns when `n` have come.
class Answers {
 public:
  Resolver::Callback Collect() {
    return [this](KeyAnswer answer) {
      std::lock_guard<std::mutex> lock(mutex_);
      answers_.push_back(std::move(answer));
      changed_.notify_all();
    };
  }
  bool Await(size_t n) {
    std::unique_lock<std::mutex> lock(mutex_);
    return changed_.wait_for(lock, kAmple,
                             [&] { return answers_.size() >= n; });
  }
  std::vector<KeyAnswer> Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    return std::move(answers_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<KeyAnswer> answers_;
};

class UnboundTest : public testing::Test {
 protected:
  std::unique_ptr<Resolver> Make(ResolverOptions options = {}) {
    options.servers = {dns_.address()};
    options.per_second = 0;
    auto resolver = MakeUnboundResolver(options);
    EXPECT_TRUE(resolver.ok()) << resolver.status();
    return *std::move(resolver);
  }
  static KeyAnswer Ask(Resolver& resolver, const std::string& name) {
    Answers answers;
    resolver.Start(name, Question::kTxt, answers.Collect());
    EXPECT_TRUE(answers.Await(1));
    return answers.Take().at(0);
  }
  KeyAnswer Ask(const std::string& name, ResolverOptions options = {}) {
    return Ask(*Make(options), name);
  }

  DnsServer dns_;
};

// The name's own CNAME and no more, whatever stands behind it.
TEST_F(UnboundTest, ACnameByItself) {
  dns_.Set("a.example", {.cnames = {"b.example"}});
  dns_.Set("b.example", {.cnames = {"a.example"}});
  dns_.Set("txt.example", {.txt = {{kRsaRecord}}});
  const auto resolver = Make();
  const auto ask = [&](const std::string& name) {
    Answers answers;
    resolver->Start(name, Question::kCname, answers.Collect());
    EXPECT_TRUE(answers.Await(1));
    return answers.Take().at(0);
  };
  const KeyAnswer found = ask("a.example");
  EXPECT_EQ(found.status, KeyStatus::kFound);
  EXPECT_THAT(found.cname_chain, ElementsAre("b.example"));
  EXPECT_TRUE(found.records.empty());
  EXPECT_EQ(ask("txt.example").status, KeyStatus::kNoData);
  EXPECT_EQ(ask("gone.example").status, KeyStatus::kNxDomain);
}

std::vector<std::string> Cut(const std::string& text, size_t length) {
  std::vector<std::string> strings;
  for (size_t at = 0; at < text.size(); at += length) {
    strings.push_back(text.substr(at, length));
    strings.push_back("");
  }
  return strings;
}

TEST_F(UnboundTest, FindsAKey) {
  dns_.Set("s._domainkey.example.com", {.txt = {{kRsaRecord}}, .ttl = 77});
  KeyAnswer answer = Ask("s._domainkey.example.com");
  EXPECT_EQ(answer.status, KeyStatus::kFound);
  ASSERT_EQ(answer.records.size(), 1u);
  EXPECT_EQ(answer.records[0].text, kRsaRecord);
  EXPECT_EQ(answer.records[0].defect, Reason::kOk);
  EXPECT_THAT(Sources(answer), ElementsAre("dns"));
  EXPECT_EQ(answer.source, "dns");
  EXPECT_EQ(answer.ttl, 77u);
  EXPECT_GT(answer.answered_at, 1700000000);
  EXPECT_EQ(answer.dnssec, dkim::Dnssec::kUnknown);  // D15
  EXPECT_EQ(dns_.queries("s._domainkey.example.com"), 1);
}

// libunbound would answer these itself.
TEST_F(UnboundTest, AsksForSpecialNamesToo) {
  auto resolver = Make();
  for (const char* name :
       {"s._domainkey.a.test", "s.a.invalid", "a.onion", "a.home.arpa",
        "a.localhost", "a.local", "1.168.192.in-addr.arpa"}) {
    dns_.Set(name, {.txt = {{"x"}}});
    EXPECT_EQ(Ask(*resolver, name).status, KeyStatus::kFound) << name;
  }
}

TEST_F(UnboundTest, SaysNoOnlyWhereDnsDoes) {  // D1, D2
  auto resolver = Make();
  dns_.Set("nodata.example", {});
  dns_.Set("fail.example", {.rcode = 2});
  dns_.Set("refused.example", {.rcode = 5});
  EXPECT_EQ(Ask(*resolver, "nx.example").status, KeyStatus::kNxDomain);
  EXPECT_EQ(Ask(*resolver, "nodata.example").status, KeyStatus::kNoData);
  EXPECT_EQ(Ask(*resolver, "fail.example").status, KeyStatus::kServfail);
  // libunbound tells no REFUSED from SERVFAIL.
  EXPECT_THAT(Ask(*resolver, "refused.example").status,
              AnyOf(KeyStatus::kRefused, KeyStatus::kServfail));
}

TEST_F(UnboundTest, JoinsStrings) {  // D7
  auto resolver = Make();
  for (size_t length : {1, 7, 255}) {
    std::string name = "cut" + std::to_string(length) + ".example";
    dns_.Set(name, {.txt = {Cut(kRsaRecord, length)}});
    KeyAnswer answer = Ask(*resolver, name);
    ASSERT_EQ(answer.records.size(), 1u) << name;
    EXPECT_EQ(answer.records[0].text, kRsaRecord);
  }
}

TEST_F(UnboundTest, TruncationGoesToTcp) {  // D5
  dns_.Set("tc.example", {.txt = {{kRsaRecord}}, .truncate = true});
  EXPECT_EQ(Ask("tc.example").records.at(0).text, kRsaRecord);
  EXPECT_GE(dns_.queries("tc.example"), 2);
  for (DnsTcp tcp : {DnsTcp::kClose, DnsTcp::kStall}) {
    dns_.Set("bad.example",
             {.txt = {{kRsaRecord}}, .truncate = true, .tcp = tcp});
    KeyAnswer answer = Ask("bad.example", {.per_name = milliseconds(250)});
    EXPECT_TRUE(dkim::IsTemporary(answer.status));
  }
  dns_.Set(
      "drip.example",
      {.txt = {Cut(kRsaRecord, 200)}, .truncate = true, .tcp = DnsTcp::kDrip});
  KeyAnswer slow = Ask("drip.example", {.per_name = milliseconds(250)});
  EXPECT_EQ(slow.status, KeyStatus::kTimeout);
}

TEST_F(UnboundTest, LargeRecords) {  // D6
  auto resolver = Make();
  DnsScript script{.truncate = true};
  script.txt = {Cut(std::string(8131, 'a'), 255),
                Cut(std::string(8192, 'b'), 255)};
  dns_.Set("large.example", script);
  KeyAnswer large = Ask(*resolver, "large.example");
  ASSERT_EQ(large.records.size(), 2u);
  EXPECT_EQ(large.records[0].text.size() + large.records[1].text.size(),
            8131u + 8192u);
  script.txt = {std::vector<std::string>(250, std::string(255, 'c'))};
  dns_.Set("huge.example", script);
  KeyAnswer huge = Ask(*resolver, "huge.example");
  ASSERT_EQ(huge.records.size(), 1u);
  EXPECT_EQ(huge.records[0].defect, Reason::kLimitKeyTxt);
  EXPECT_EQ(huge.records[0].text.size(), dkim::kMaxTxtText + 1);
}

TEST_F(UnboundTest, SeveralRecords) {  // D8
  auto resolver = Make();
  dns_.Set("two.example", {.txt = {{"v=spf1 -all"}, {kEd25519Record}}});
  KeyAnswer two = Ask(*resolver, "two.example");
  ASSERT_EQ(two.records.size(), 2u);
  EXPECT_EQ((two.records[0].key != nullptr) + (two.records[1].key != nullptr),
            1);
  DnsScript many{.truncate = true};
  for (int i = 0; i < 500; ++i) many.txt.push_back({std::to_string(i)});
  dns_.Set("many.example", many);
  EXPECT_EQ(Ask(*resolver, "many.example").status, KeyStatus::kTxtLimit);
}

std::vector<std::string> ChainOf(int links) {
  std::vector<std::string> names;
  for (int i = 1; i <= links; ++i) {
    names.push_back("c" + std::to_string(i) + ".of" + std::to_string(links) +
                    ".example");
  }
  return names;
}

TEST_F(UnboundTest, Cnames) {  // D9
  auto resolver = Make();
  for (int links : {1, 8}) {
    std::string name = "alias" + std::to_string(links) + ".example";
    dns_.Set(name, {.txt = {{kRsaRecord}}, .cnames = ChainOf(links)});
    KeyAnswer answer = Ask(*resolver, name);
    EXPECT_EQ(answer.status, KeyStatus::kFound) << links;
    EXPECT_EQ(answer.cname_chain, ChainOf(links));
    EXPECT_EQ(answer.records.size(), 1u);
  }
  dns_.Set("alias9.example", {.txt = {{kRsaRecord}}, .cnames = ChainOf(9)});
  EXPECT_EQ(Ask(*resolver, "alias9.example").status, KeyStatus::kCnameLimit);
  dns_.Set("loop.example", {.cnames = {"a.example", "loop.example"}});
  KeyAnswer loop = Ask(*resolver, "loop.example");
  EXPECT_TRUE(loop.status == KeyStatus::kCnameLoop ||
              dkim::IsTemporary(loop.status))
      << dkim::KeyStatusName(loop.status);
}

TEST_F(UnboundTest, IgnoresForgedAnswers) {  // D10
  dns_.Set("id.example", {.txt = {{kRsaRecord}}, .wrong_id = true});
  EXPECT_EQ(Ask("id.example").records.at(0).text, kRsaRecord);
  dns_.Set("question.example", {.txt = {{kRsaRecord}}, .wrong_question = true});
  KeyAnswer answer = Ask("question.example", {.per_name = milliseconds(250)});
  EXPECT_TRUE(dkim::IsTemporary(answer.status));
  EXPECT_TRUE(answer.records.empty());
}

TEST_F(UnboundTest, MalformedPacketsAreTemporary) {  // D11
  const std::string header("\x81\x80\0\1\xFF\xFF\0\0\0\0", 10);
  for (const std::string& raw : std::vector<std::string>{
           "\x81", header, header + std::string("\xC0\x0C\0\x10\0\1", 6),
           header + std::string("\x40zzz", 4)}) {
    dns_.Set("bad.example", {.raw = raw});
    KeyAnswer answer = Ask("bad.example", {.per_name = milliseconds(250)});
    EXPECT_TRUE(dkim::IsTemporary(answer.status));
  }
}

TEST_F(UnboundTest, LostPacketsAndSlowAnswers) {  // D4
  auto resolver = Make();
  dns_.Set("lost.example", {.txt = {{"x"}}, .silent_for = 1});
  EXPECT_EQ(Ask(*resolver, "lost.example").status, KeyStatus::kFound);
  dns_.Set("slow.example", {.txt = {{"x"}}, .delay = milliseconds(100)});
  EXPECT_EQ(Ask(*resolver, "slow.example").status, KeyStatus::kFound);
}

TEST_F(UnboundTest, ASilentServerIsATimeout) {  // D2, D3, P15
  dns_.SetDefault({.silent_for = -1});
  auto resolver = Make({.per_name = milliseconds(150), .in_flight = 8});
  Answers answers;
  for (int i = 0; i < 20; ++i) {
    resolver->Start("n" + std::to_string(i) + ".example", Question::kTxt,
                    answers.Collect());
  }
  ASSERT_TRUE(answers.Await(20));
  for (const KeyAnswer& answer : answers.Take()) {
    EXPECT_EQ(answer.status, KeyStatus::kTimeout);
  }
}

TEST_F(UnboundTest, TheDestructorAnswersWhatIsOpen) {
  dns_.SetDefault({.silent_for = -1});
  Answers answers;
  {
    auto resolver = Make({.in_flight = 2});
    for (int i = 0; i < 5; ++i) {
      resolver->Start("n" + std::to_string(i) + ".example", Question::kTxt,
                      answers.Collect());
    }
  }
  std::vector<KeyAnswer> all = answers.Take();
  ASSERT_EQ(all.size(), 5u);
  for (const KeyAnswer& answer : all) {
    EXPECT_EQ(answer.status, KeyStatus::kTimeout);
  }
}

TEST_F(UnboundTest, RenewGivesUpWhatIsOpenAndHeals) {
  dns_.SetDefault({.silent_for = -1});
  auto resolver = Make();
  Answers before, after;
  resolver->Start("a.example", Question::kTxt, before.Collect());
  while (dns_.queries("a.example") == 0) std::this_thread::yield();
  dns_.SetDefault({.txt = {{"x"}}});
  resolver->Renew();
  resolver->Start("a.example", Question::kTxt, after.Collect());
  ASSERT_TRUE(before.Await(1));
  ASSERT_TRUE(after.Await(1));
  EXPECT_EQ(before.Take()[0].status, KeyStatus::kTimeout);
  EXPECT_EQ(after.Take()[0].status, KeyStatus::kFound);
}

// D17: the server counts; nothing is timed.
TEST_F(UnboundTest, NoMoreInFlightThanAllowed) {
  dns_.SetDefault({.silent_for = -1});
  auto resolver = Make({.in_flight = 3});
  Answers answers;
  for (int i = 0; i < 50; ++i) {
    resolver->Start("n" + std::to_string(i) + ".example", Question::kTxt,
                    answers.Collect());
  }
  while (dns_.total_queries() < 6) std::this_thread::yield();  // some repeated
  resolver.reset();
  int names = 0;
  for (int i = 0; i < 50; ++i) {
    names += dns_.queries("n" + std::to_string(i) + ".example") > 0;
  }
  EXPECT_EQ(names, 3);
}

TEST_F(UnboundTest, ThousandsOfNames) {
  dns_.SetDefault({.txt = {{kEd25519Record}}});
  auto resolver = Make();
  Answers answers;
  constexpr int kNames = 2000;
  for (int i = 0; i < kNames; ++i) {
    resolver->Start("n" + std::to_string(i) + ".example", Question::kTxt,
                    answers.Collect());
  }
  ASSERT_TRUE(answers.Await(kNames));
  for (const KeyAnswer& answer : answers.Take()) {
    EXPECT_EQ(answer.status, KeyStatus::kFound) << answer.name;
  }
}

// D18: many threads, one name, one query; D14: TTL 0 and a key that changes.
TEST_F(UnboundTest, TheStoreAsksOnce) {
  dns_.Set("one.example", {.txt = {{kRsaRecord}}, .ttl = 0});
  auto resolver = Make();
  KeyStore store(resolver.get());
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) store.Request("one.example");
    });
  }
  for (std::thread& thread : threads) thread.join();
  store.AwaitAll(kAmple, nullptr);
  ASSERT_NE(store.Request("one.example"), nullptr);
  dns_.Set("one.example", {.txt = {{kEd25519Record}}, .ttl = 0});
  store.RetryFailures(kAmple, nullptr);
  EXPECT_EQ(store.Request("one.example")->records.at(0).text, kRsaRecord);
  EXPECT_EQ(dns_.queries("one.example"), 1);
}

TEST_F(UnboundTest, TheRetryAtTheEndHealsAName) {
  dns_.Set("sick.example", {.rcode = 2});
  dns_.Set("dumb.example", {.silent_for = -1});
  auto resolver = Make({.per_name = milliseconds(200)});
  KeyStore store(resolver.get());
  store.Request("sick.example");
  store.Request("dumb.example");
  store.AwaitAll(kAmple, nullptr);
  EXPECT_EQ(store.failed(), 2u);
  EXPECT_EQ(store.Request("sick.example"), nullptr);
  dns_.Set("sick.example", {.txt = {{kRsaRecord}}});
  store.RetryFailures(kAmple, nullptr);
  EXPECT_EQ(store.Request("sick.example")->status, KeyStatus::kFound);
  EXPECT_EQ(store.Request("dumb.example")->status, KeyStatus::kTimeout);
  EXPECT_EQ(store.failed(), 1u);
}

TEST(MakeUnboundResolver, RefusesWhatIsNoAddress) {
  for (const char* bad : {"resolver.example", "1.2.3", "127.0.0.1@x",
                          "127.0.0.1@99999", "127.0.0.1@0", "::1@", ""}) {
    auto resolver = MakeUnboundResolver({.servers = {bad}});
    EXPECT_FALSE(resolver.ok()) << bad;
  }
  for (const char* good : {"127.0.0.1", "::1@5353", "192.0.2.1@53"}) {
    EXPECT_TRUE(MakeUnboundResolver({.servers = {good}}).ok()) << good;
  }
}

TEST(DescribeServers, NamesWhoIsAsked) {
  EXPECT_EQ(DescribeServers({.servers = {"127.0.0.1@5353", "::1"}}),
            "DNS at 127.0.0.1@5353, ::1");
  EXPECT_THAT(DescribeServers({}),
              testing::StartsWith("the system's resolvers ("));
}

}  // namespace
}  // namespace mailassay::keys
