#include "pipeline/keys/archive_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "pipeline/keys/key_file.h"
#include "pipeline/keys/zone_file.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyOrigin;
using ::testing::HasSubstr;

constexpr char kName[] = "s._domainkey.example.com";

std::vector<KeyAnswer> Parse(const std::string& text) {
  auto answers = ParseKeyFile(text, "f");
  EXPECT_TRUE(answers.ok()) << answers.status();
  return answers.ok() ? *std::move(answers) : std::vector<KeyAnswer>();
}

void ExpectFault(const std::string& text, std::string_view fault) {
  auto answers = ParseKeyFile(text, "f");
  ASSERT_FALSE(answers.ok()) << text;
  EXPECT_THAT(std::string(answers.status().message()), HasSubstr(fault));
}

KeyOrigin Seen(int64_t first, int64_t last) {
  return {.source = "import:f", .first_seen = first, .last_seen = last};
}

// A line as the draft's section 3 has it, and one of a server that quotes.
TEST(PassiveDns, ReadsRecordsWithTheirTimes) {
  const auto answers = Parse(
      R"({"rrname":"S._domainkey.Example.com","rrtype":"TXT","rdata":"v=DKIM1; p=",)"
      R"("time_first":1000,"time_last":2000,"count":5,"bailiwick":"example.com"})"
      "\n\n"
      R"({"count":1,"rrname":"s._domainkey.example.com.","rrtype":"txt",)"
      R"("rdata":["\"v=DKIM1; k=rsa; \" \"p=A\\\"\\065\"","v=DKIM1; p="],)"
      R"("time_first":3000,"time_last":3000})"
      "\n"
      R"({"rrname":"a.example.com","rrtype":"A","rdata":"192.0.2.1","time_first":1,"time_last":1})"
      "\n"
      R"({"rrname":"*.example.com","rrtype":"TXT","rdata":"x","time_first":1,"time_last":1})"
      "\n");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].name, kName);
  ASSERT_EQ(answers[0].records.size(), 2u);
  EXPECT_EQ(answers[0].records[0].text, "v=DKIM1; p=");
  EXPECT_EQ(answers[0].origins[0], Seen(1000, 3000));
  EXPECT_EQ(answers[0].records[1].text, "v=DKIM1; k=rsa; p=A\"A");
  EXPECT_EQ(answers[0].origins[1], Seen(3000, 3000));
}

TEST(PassiveDns, RefusesWhatIsNone) {
  const std::string good = R"({"rrname":"a.b","rrtype":"TXT","rdata":"x"})"
                           "\n";
  EXPECT_EQ(Parse(good)[0].origins[0], Seen(0, 0));
  for (
      const auto& [line, fault] :
      {std::pair{"{", "not a JSON object"},
       {"[]", "not a JSON object"},
       {R"({"rrname":"a"})", "is missing"},
       {R"({"rrname":1,"rrtype":"TXT"})", "is missing"},
       {R"({"rrname":"a","rrtype":"TXT"})", "is no text"},
       {R"({"rrname":"a","rrtype":"TXT","rdata":[1]})", "is no text"},
       {R"({"rrname":"a","rrtype":"TXT","rdata":"\"x"})",
        "no sequence of quoted"},
       {R"({"rrname":"a","rrtype":"TXT","rdata":"x","time_first":-1})",
        "a time is none"},
       {R"({"rrname":"a","rrtype":"TXT","rdata":"x","time_first":"1"})",
        "a time is none"},
       {R"({"rrname":"a","rrtype":"TXT","rdata":"x","time_first":2,"time_last":1})",
        "seen last before"}}) {
    ExpectFault(good + line, fault);
    ExpectFault(good + line, "f:2: ");
  }
}

TEST(KeyArchive, ReadsWhatTheArchiveGives) {
  const auto answers =
      Parse(R"([{"domain":"example.com","selector":"s",)"
            R"("firstSeenAt":"2024-03-01T12:00:00.000Z",)"
            R"("lastSeenAt":"2024-03-02T12:00:00.5Z","value":"v=DKIM1; p="},)"
            "\n"
            R"({"domain":"example.com","selector":"t","firstSeenAt":null,)"
            R"("lastSeenAt":null,"value":"k=rsa; p="}])");
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].name, kName);
  EXPECT_EQ(answers[0].origins[0], Seen(1709294400, 1709380800));
  EXPECT_EQ(answers[1].name, "t._domainkey.example.com");
  EXPECT_EQ(answers[1].origins[0], Seen(0, 0));
  EXPECT_TRUE(Parse("[]").empty());
}

TEST(KeyArchive, RefusesWhatIsNone) {
  ExpectFault("[{}]", "no name and record in it");
  ExpectFault(
      R"([{"domain":"a b","selector":"s","value":"x","lastSeenAt":null}])",
      "not a DNS name");
  ExpectFault(R"([{"domain":"a","selector":"s","value":"","lastSeenAt":null}])",
              "the record is empty");
  ExpectFault(
      R"([{"domain":"a","selector":"s","value":"x","firstSeenAt":"x"}])",
      "a time is none");
  ExpectFault(R"([{"domain":"a","selector":"s","value":"x","lastSeenAt":7}])",
              "a time is none");
  ExpectFault("[" + std::string(1000000, '['), "not JSON");
  ExpectFault("[[]]", "no name and record in it");
}

TEST(Thunderbird, ReadsTheKeyStore) {
  const std::string store =
      R"({"maxId":2,"keys":[{"id":1,"sdid":"example.com","selector":"s",)"
      R"("key":"v=DKIM1; p=","insertedAt":"2024-03-01",)"
      R"("lastUsedAt":"2026-01-01","secure":true}]})";
  for (const std::string& text : {store, "{\"keyStore\":" + store + "}",
                                  "{\n \"keyStore\": " + store + "\n}\n"}) {
    const auto answers = Parse(text);
    ASSERT_EQ(answers.size(), 1u) << text;
    EXPECT_EQ(answers[0].name, kName);
    EXPECT_EQ(answers[0].origins[0], Seen(1709251200, 1709251200));
  }
  EXPECT_TRUE(Parse(R"({"keyStore":{"maxId":0,"keys":[]}})").empty());
}

TEST(Thunderbird, RefusesWhatIsNone) {
  ExpectFault(R"({"maxId":1,"keys":[1]})", "not an object among");
  ExpectFault(R"({"maxId":1,"keys":[{"sdid":"a","selector":"s"}]})",
              "is missing or no text");
  ExpectFault(R"({"maxId":1,"keys":7})", "expected {name");
  ExpectFault(R"({"maxId":1,"keys":[{"sdid":"a","selector":"s","key":"x",)"
              R"("insertedAt":"01.03.2024"}]})",
              "a time is none");
}

TEST(JoinStrings, TakesOneLineOfStrings) {
  EXPECT_EQ(JoinStrings("\"a\" b \"c;d\""), "abc;d");
  EXPECT_EQ(JoinStrings("\"\""), "");
  EXPECT_EQ(JoinStrings("\"a\"\n\"b\""), std::nullopt);
  EXPECT_EQ(JoinStrings("\"a"), std::nullopt);
  EXPECT_EQ(JoinStrings("\"\\999\""), std::nullopt);
}

TEST(ArchiveJson, MutationsAreSafe) {
  const std::string seeds[] = {
      R"({"rrname":"a.b","rrtype":"TXT","rdata":["\"x\" \"y\""],"time_first":1})",
      R"([{"domain":"a","selector":"s","value":"x","firstSeenAt":"2024-03-01T12:00:00.000Z"}])",
      R"({"keyStore":{"maxId":1,"keys":[{"sdid":"a","selector":"s","key":"","insertedAt":"2024-03-01"}]}})"};
  std::mt19937 random(1);
  for (int i = 0; i < 10000; ++i) {
    std::string text = seeds[random() % std::size(seeds)];
    for (auto n = random() % 5; n > 0; --n) {
      constexpr char kAlphabet[] = "\"\\[]{}:, 19aTZ-.\n\xFF";
      text[random() % text.size()] = kAlphabet[random() % sizeof kAlphabet];
    }
    auto answers = ParseKeyFile(text, "f");
    if (!answers.ok()) continue;
    for (const KeyAnswer& answer : *answers) {
      EXPECT_EQ(NormalName(answer.name), answer.name);
      EXPECT_EQ(answer.records.size(), answer.origins.size());
    }
  }
}

}  // namespace
}  // namespace mailassay::keys
