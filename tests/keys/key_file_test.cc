#include "pipeline/keys/key_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "pipeline/keys/answer.h"
#include "tests/keys/sample_keys.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<KeyAnswer> Parse(std::string_view text) {
  auto answers = ParseKeyFile(text, "f");
  EXPECT_TRUE(answers.ok()) << answers.status();
  return answers.ok() ? *std::move(answers) : std::vector<KeyAnswer>();
}

std::vector<std::string> Texts(const KeyAnswer& answer) {
  std::vector<std::string> texts;
  for (const auto& record : answer.records) texts.push_back(record.text);
  return texts;
}

TEST(KeyFile, TabSeparated) {
  std::vector<KeyAnswer> answers = Parse(
      "\xEF\xBB\xBF# names\r\n\r\n"
      "S._domainkey.Example.com.\tv=DKIM1; p=\r\n"
      "nx.example\t!NXDOMAIN\n"
      "out.example\t!TIMEOUT\n"
      "fail.example\t!SERVFAIL\n"
      "empty.example\t\n"
      "s._domainkey.example.com\tn=second\trecord");
  ASSERT_EQ(answers.size(), 5u);
  EXPECT_EQ(answers[0].name, "s._domainkey.example.com");
  EXPECT_THAT(Texts(answers[0]),
              ElementsAre("v=DKIM1; p=", "n=second\trecord"));
  EXPECT_THAT(Sources(answers[0]), ElementsAre("import:f", "import:f"));
  EXPECT_EQ(answers[0].records[0].defect, dkim::Reason::kRevoked);  // D12
  EXPECT_EQ(answers[1].status, KeyStatus::kNxDomain);
  EXPECT_EQ(answers[2].status, KeyStatus::kTimeout);
  EXPECT_EQ(answers[3].status, KeyStatus::kServfail);
  EXPECT_EQ(answers[4].status, KeyStatus::kFound);
  EXPECT_NE(answers[4].records.at(0).defect, dkim::Reason::kOk);  // D13
}

TEST(KeyFile, EmptyFilesAreEmpty) {
  for (const char* text :
       {"", "\n", "# only\n", "\xEF\xBB\xBF", "{}", "; z\n"}) {
    EXPECT_TRUE(Parse(text).empty()) << text;
  }
}

TEST(KeyFile, ZoneFile) {
  std::vector<KeyAnswer> answers = Parse(
      "s._domainkey.example.com. 60 IN TXT ( \"v=DKIM1; k=ed25519; \"\n"
      "  \"p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\" )\n");
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_THAT(Texts(answers[0]), ElementsAre(kEd25519Record));
  EXPECT_NE(answers[0].records[0].key, nullptr);
}

TEST(KeyFile, JsonObject) {
  const std::string half1 = kRsaRecord.substr(0, 100);
  const std::string half2 = kRsaRecord.substr(100);
  std::vector<KeyAnswer> answers =
      Parse("{\n \"One.example.\": \"" + kRsaRecord + "\",\n" +
            "\"split.example\": [\"" + half1 + "\", \"" + half2 + "\"],\n" +
            "\"two.example\": [\"" + kRsaRecord + "\", \"" + kEd25519Record +
            "\"],\n\"spf.example\": [\"v=spf1 -all\", \"" + kRsaRecord +
            "\"],\n\"nested.example\": [[\"" + half1 + "\",\"" + half2 +
            "\"], [\"x\"]],\n\"nx.example\": \"!NXDOMAIN\","
            "\"none.example\": [],\n\"u.example\": \"\\u0041\"}");
  ASSERT_EQ(answers.size(), 8u);
  EXPECT_EQ(answers[0].name, "one.example");
  EXPECT_THAT(Texts(answers[0]), ElementsAre(kRsaRecord));
  EXPECT_THAT(Texts(answers[1]), ElementsAre(kRsaRecord));
  EXPECT_THAT(Texts(answers[2]), ElementsAre(kRsaRecord, kEd25519Record));
  EXPECT_THAT(Texts(answers[3]), ElementsAre("v=spf1 -all", kRsaRecord));
  EXPECT_THAT(Texts(answers[4]), ElementsAre(kRsaRecord, "x"));
  EXPECT_EQ(answers[5].status, KeyStatus::kNxDomain);
  EXPECT_EQ(answers[6].status, KeyStatus::kNoData);
  EXPECT_THAT(Texts(answers[7]), ElementsAre("A"));
}

TEST(KeyFile, Refusals) {
  for (auto [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"a\tx\nno tab\n", "f:2: expected name, TAB, record"},
           {"v=DKIM1; p=\n", "f:1: a record without its name"},
           {"-----BEGIN PUBLIC KEY-----\n",
            "f:1: a public key without its name"},
           {"-----BEGIN RSA PRIVATE KEY-----\n", "f:1: a private key"},
           {"-----BEGIN CERTIFICATE-----\n", "f:1: PEM of another kind"},
           {"s._domainkey:\n  type: TXT\n  value: v=DKIM1\\; p=\n",
            "f:3: octoDNS names the domain"},
           {"a b\tx\n", "f:1: not a DNS name"},
           {"a\tx\n\tx\n", "f:2: not a DNS name"},
           {"a\t!LATER\n", "f:1: an unknown outcome"},
           {std::string("a\0b\tx\n", 6), "f:1: not a DNS name"},
           {"a. TXT \"x\n", "f:1: a quoted string"},
           {"[1]", "f:1: entry 1: no name and record"},
           {"[1", "f:1: entry 1: no name and record"},
           {"{\n\"a\":\n1}", "f:3: a: expected {name"},
           {"{\"a\": null}", "f:1: a: expected {name"},
           {"{\"a\": true}", "expected {name"},
           {"{\"a\": -1}", "expected {name"},
           {"{\"a\": 1e400}", "f:1:"},
           {"{\"a\": {\"b\": \"c\"}}", "expected {name"},
           {"{\"a\": [[[\"b\"]]]}", "expected {name"},
           {"{\"a\": [\"b\", [\"c\"]]}", "expected {name"},
           {"{\"a\": [[\"b\"], \"c\"]}", "expected {name"},
           {"{\"a\": [[]]}", "a record without a string"},
           {"{\"a b\": \"c\"}", "a member's name is not a DNS name"},
           {"{\"a\": \"!WHAT\"}", "an unknown outcome"},
           {"{\"a\": \"\xFF\"}", "f:1: not JSON"},
           {"{\"a\": \"b\"", "not JSON"},
           {"{\"a\": \"b\"} x", "not JSON"},
           {"{\"a\": " + std::string(100000, '['), "not JSON"},
           {std::string(100000, '{'), "not JSON"}}) {
    auto answers = ParseKeyFile(text, "f");
    ASSERT_FALSE(answers.ok()) << text.substr(0, 60);
    EXPECT_THAT(std::string(answers.status().message()), HasSubstr(message));
  }
}

TEST(KeyFile, RefusesBrokenKeyLines) {
  const std::string good =
      "{\"name\":\"a\",\"status\":\"nxdomain\",\"records\":[]}\n";
  EXPECT_EQ(Parse(good).size(), 1u);
  for (const std::string& bad : std::vector<std::string>{
           "{",
           "x",
           "[]",
           "{\"name\":\"a\"}",
           "{\"status\":\"found\"}",
           "{\"name\":\"a b\",\"status\":\"nxdomain\"}",
           "{\"name\":1,\"status\":\"nxdomain\"}",
           "{\"name\":\"a\",\"status\":\"perhaps\"}",
           "{\"name\":\"a\",\"status\":\"found\"}",
           "{\"name\":\"a\",\"status\":\"nxdomain\",\"records\":[{\"txt\":\"\"}"
           "]}",
           "{\"name\":\"a\",\"status\":\"found\",\"records\":{}}",
           "{\"name\":\"a\",\"status\":\"found\",\"records\":[1]}",
           "{\"name\":\"a\",\"status\":\"found\",\"records\":[{}]}",
           "{\"name\":\"a\",\"status\":\"found\",\"records\":"
           "[{\"txt_base64\":\"?\"}]}",
           "{\"name\":\"a\",\"status\":\"nodata\",\"ttl\":-1}",
           "{\"name\":\"a\",\"status\":\"nodata\",\"ttl\":4294967296}",
           "{\"name\":\"a\",\"status\":\"nodata\",\"answered_at\":\"now\"}",
           "{\"name\":\"a\",\"status\":\"nodata\",\"dnssec\":\"maybe\"}",
           "{\"name\":\"a\",\"status\":\"nodata\",\"cname\":\"b\"}",
           "{\"name\":\"a\",\"status\":\"nodata\",\"cname\":[1]}",
           "{\"name\":\"a\",\"status\":\"nodata\",\"cname\":"
           "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"]}",
           std::string(1000000, '[')}) {
    auto answers = ParseKeyFile(good + "\n" + bad + "\n", "f");
    ASSERT_FALSE(answers.ok()) << bad.substr(0, 100);
    EXPECT_THAT(std::string(answers.status().message()), HasSubstr("f:3: "));
  }
}

void ExpectSame(const KeyAnswer& a, const KeyAnswer& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(Texts(a), Texts(b));
  EXPECT_EQ(a.origins, b.origins);
  EXPECT_EQ(a.cname_chain, b.cname_chain);
  EXPECT_EQ(a.ttl, b.ttl);
  EXPECT_EQ(a.dnssec, b.dnssec);
  EXPECT_EQ(a.source, b.source);
  EXPECT_EQ(a.answered_at, b.answered_at);
}

TEST(KeyFile, KeyLinesLoseNothing) {
  std::vector<KeyAnswer> answers;
  for (KeyStatus status :
       {KeyStatus::kNxDomain, KeyStatus::kNoData, KeyStatus::kNotAsked,
        KeyStatus::kServfail, KeyStatus::kRefused, KeyStatus::kTimeout,
        KeyStatus::kNetwork, KeyStatus::kMalformed, KeyStatus::kBogus,
        KeyStatus::kCnameLoop, KeyStatus::kCnameLimit, KeyStatus::kTxtLimit}) {
    KeyAnswer& answer = answers.emplace_back();
    answer.name = "n" + std::to_string(answers.size()) + ".example";
    answer.status = status;
    answer.source = "dns";
    answer.cname_chain = {"a\\046b.example", "c.example"};
    answer.dnssec = dkim::Dnssec::kBogus;
  }
  KeyAnswer& found = answers.emplace_back();
  found.name = "found.example";
  found.source = "import:caf\xE9.tsv";
  found.ttl = UINT32_MAX;
  found.answered_at = 1700000000;
  AddRecord(kRsaRecord, "dns", found);
  AddRecord("v=DKIM1; n=\"\xFF\x01\n\\ \xC3\xA4\"; p=", "import:caf\xE9",
            found);
  AddRecord(std::string("\0\x7F", 2), "dns", found);
  AddRecord("", "dns", found);
  AddRecord("earlier",
            {.source = "dns",
             .first_seen = 1600000000,
             .last_seen = INT64_MAX,
             .earlier = true},
            found);
  AddRecord("computed",
            {.source = "recovered",
             .recovered_from = UINT32_MAX,
             .disclosed = true,
             .earlier = true},
            found);
  AddRecord(std::string(20000, '\x80'), "dns", found);
  std::string file;
  for (const KeyAnswer& answer : answers) file += FormatKeyLine(answer);
  EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 13);
  std::vector<KeyAnswer> again = Parse(file);
  ASSERT_EQ(again.size(), answers.size());
  for (size_t i = 0; i < again.size(); ++i) {
    ExpectSame(answers[i], again[i]);
    EXPECT_EQ(FormatKeyLine(again[i]), FormatKeyLine(answers[i]));
  }
}

// Any octets give answers or an error, and answers survive --keys-out.
TEST(KeyFile, MutationsAreSafe) {
  const std::string seeds[] = {
      "a\tv=DKIM1; p=\nb\t!NXDOMAIN\r\n",
      "$ORIGIN x.\n$TTL 1h\na 5 IN TXT ( \"b\\065\" c ) ; d\nb CNAME a\n",
      "{\"a\": [\"b\", \"c\"], \"d\": [[\"e\"]]}",
      FormatKeyLine(Parse("a\tv=DKIM1; p=")[0])};
  std::mt19937 random(1);
  for (int i = 0; i < 20000; ++i) {
    std::string text = seeds[random() % std::size(seeds)];
    for (auto n = random() % 5; n > 0; --n) {
      size_t at = random() % text.size();
      constexpr char kAlphabet[] = "\"\\()[]{};:!,\t\n $@*.a0\xFF";
      text[at] = kAlphabet[random() % sizeof kAlphabet];
    }
    text.resize(random() % 4 == 0 ? random() % text.size() : text.size());
    auto answers = ParseKeyFile(text, "f");
    if (!answers.ok()) continue;
    for (const KeyAnswer& answer : *answers) {
      EXPECT_EQ(NormalName(answer.name), answer.name);
      auto again = ParseKeyFile(FormatKeyLine(answer), "g");
      ASSERT_TRUE(again.ok()) << again.status() << text;
      ExpectSame(answer, again->at(0));
    }
  }
}

TEST(KeyFile, ReadsFilesAndSaysWhatItCannotRead) {
  std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "mailassay_keys.tsv";
  std::ofstream(path) << "a\tx\n";
  auto answers = ReadKeyFile(path.string());
  ASSERT_TRUE(answers.ok());
  EXPECT_EQ(answers->answers.at(0).source, "import:" + path.string());
  std::filesystem::remove(path);
  for (const std::string& bad : {path.string(), testing::TempDir()}) {
    auto failed = ReadKeyFile(bad);
    ASSERT_FALSE(failed.ok());
    EXPECT_THAT(std::string(failed.status().message()), HasSubstr(bad));
  }
}

TEST(KeyFile, CorpusParses) {
  const std::filesystem::path corpus =
      std::filesystem::path(MAILASSAY_SHARED_DIR) / "corpus";
  if (!std::filesystem::exists(corpus)) GTEST_SKIP() << corpus << " is absent";
  size_t files = 0, names = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(corpus)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with("keys") || !name.ends_with(".tsv")) continue;
    auto answers = ReadKeyFile(entry.path().string());
    ASSERT_TRUE(answers.ok()) << answers.status();
    ++files;
    names += answers->answers.size();
  }
  EXPECT_GE(files, 8u);
  EXPECT_GE(names, 100u);
}

}  // namespace
}  // namespace mailassay::keys
