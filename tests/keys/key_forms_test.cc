// The forms in which people have keys: each gives the record, or says the line
// and what to write; and none hides the good rows of a file behind the bad.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "pipeline/keys/key_file.h"
#include "tests/keys/sample_keys.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kName[] = "s1._domainkey.example.com";
const std::string kHalf1 = kRsaRecord.substr(0, 100);
const std::string kHalf2 = kRsaRecord.substr(100);
const std::string kQuotedHalves = "\"" + kHalf1 + "\" \"" + kHalf2 + "\"";

KeyFile Read(const std::string& text, const std::string& path = "f") {
  auto file = ParseKeyText(text, path);
  EXPECT_TRUE(file.ok()) << file.status() << "\n" << text;
  return file.ok() ? *std::move(file) : KeyFile();
}

const KeyAnswer* Find(const KeyFile& file, std::string_view name) {
  for (const KeyAnswer& answer : file.answers) {
    if (answer.name == name) return &answer;
  }
  return nullptr;
}

void ExpectKey(const KeyFile& file, const std::string& what,
               const std::string& record = kRsaRecord) {
  const KeyAnswer* answer = Find(file, kName);
  ASSERT_NE(answer, nullptr) << what;
  ASSERT_EQ(answer->records.size(), 1u) << what;
  EXPECT_EQ(answer->records[0].text, record) << what;
  EXPECT_EQ(file.faults.of(RowFault::kLeftOut).count, 0u) << what;
}

uint64_t Count(const KeyFile& file, RowFault kind) {
  return file.faults.of(kind).count;
}

TEST(KeyForms, D20_AreReadAsTheyAre) {
  const std::string name = kName;
  for (const std::string& text : std::vector<std::string>{
           // Tables.
           name + "\t" + kRsaRecord,
           name + " " + kRsaRecord,
           "name,record\n" + name + ",\"" + kRsaRecord + "\"\r\n",
           "\"Name\";\"Type\";\"Value\"\n\"" + name + "\";\"TXT\";\"" +
               kRsaRecord + "\"\n" + name + ";A;192.0.2.1\n",
           name + ",\"" + kRsaRecord + "\"\n",
           name + ";" + kRsaRecord + "\n",
           "Domain,Selector,TTL,TXT\nexample.com,s1,300," + kRsaRecord + "\n",
           "# from the panel\nname\trecord\n" + name + "\t" + kRsaRecord + "\n",
           "#name\trecord\n" + name + "\t" + kRsaRecord + "\n",
           "example.com\ts1\t" + kRsaRecord + "\n",
           "name,record\n" + name + ",\"\"\"" + kHalf1 + "\"\" \"\"" + kHalf2 +
               "\"\"\"\n",
           // What programs print.
           name + ". 3600 IN\tTXT\t" + kQuotedHalves + "\n",
           name + ". TXT " + kQuotedHalves + "\n",
           "; answer\n" + name + ". 3599 TXT " + kQuotedHalves + "\n",
           "\n; <<>> DiG 9.18 <<>> TXT " + name +
               "\n;; Got answer:\n\n;; ANSWER SECTION:\n" + name +
               ". 300 IN CNAME s1.esp.example.\ns1.esp.example. 300 IN TXT " +
               kQuotedHalves + "\n\n;; Query time: 3 msec\n",
           name + " descriptive text " + kQuotedHalves + "\n",
           name +
               " is an alias for s1.esp.example.\n"
               "s1.esp.example descriptive text " +
               kQuotedHalves + "\n",
           "Using domain server:\nName: 127.0.0.1\n\n" + name +
               " descriptive text " + kQuotedHalves,
           "Server:\t127.0.0.1\nAddress:\t127.0.0.1#53\n\nNon-authoritative "
           "answer:\n" +
               name + "\ttext = " + kQuotedHalves + "\n",
           "Server:  dns\r\nAddress:  192.0.2.1\r\n\r\n" + name +
               "\ttext =\r\n\r\n\t\"" + kHalf1 + "\"\r\n\t\"" + kHalf2 +
               "\"\r\n\r\n",
           name +
               "\tcanonical name = s1.esp.example.\ns1.esp.example\ttext = " +
               kQuotedHalves,
           // Zones.
           "s1._domainkey\tIN\tTXT\t( \"" + kHalf1 + "\"\n\t  \"" + kHalf2 +
               "\" )  ; ----- DKIM key s1 for example.com\n",
           "$ORIGIN example.com.\ns1._domainkey TXT " + kQuotedHalves,
           // JSON.
           "{\"" + name + "\": \"" + kRsaRecord + "\"}",
           "{\"" + name + "\": [\"" + kHalf1 + "\", \"" + kHalf2 + "\"]}",
           "{\"" + name + "\": {\"MX\": [[\"a\"]], \"TXT\": [[\"" + kHalf1 +
               "\", \"" + kHalf2 + "\"]]}}",
           "{\"name\": \"" + name + "\", \"record\": \"" + kRsaRecord + "\"}",
           "{\"domain\": \"example.com\", \"selector\": \"s1\", \"value\": \"" +
               kRsaRecord + "\"}",
           "{\"" + name + "\": \"" + kRsaRecord +
               "\"}\n{\"x._domainkey.b\": \"!NXDOMAIN\"}\n",
           "{\"id\": 7, \"name\": \"" + name + "\", \"value\": \"" +
               kRsaRecord + "\"}",
           "[{\"name\": \"" + name + "\", \"txt\": [\"" + kHalf1 + "\", \"" +
               kHalf2 + "\"]}]",
           "{\"Status\": 0, \"Question\": [{\"name\": \"" + name +
               ".\", \"type\": 16}], \"Answer\": [{\"name\": \"" + name +
               ".\", \"type\": 5, \"data\": \"s1.esp.example.\"}, {\"name\": "
               "\"s1.esp.example.\", \"type\": 16, \"data\": \"" +
               kRsaRecord + "\"}]}",
           "{\"ResourceRecordSets\": [{\"Name\": \"" + name +
               ".\", \"Type\": \"TXT\", \"ResourceRecords\": [{\"Value\": "
               "\"\\\"" +
               kHalf1 + "\\\" \\\"" + kHalf2 + "\\\"\"}]}]}",
           "{\"result\": [{\"name\": \"" + name +
               "\", \"type\": \"TXT\", \"content\": \"" + kRsaRecord +
               "\"}, {\"name\": \"example.com\", \"type\": \"A\", "
               "\"content\": \"192.0.2.1\"}], \"success\": true}",
           "{\"name\": \"example.com.\", \"rrsets\": [{\"name\": \"" + name +
               ".\", \"type\": \"TXT\", \"records\": [{\"content\": \"\\\"" +
               kRsaRecord + "\\\"\"}]}]}",
           "{\"name\":\"" + name +
               ".\",\"type\":\"TXT\",\"data\":{\"answers\":"
               "[{\"ttl\":300,\"type\":\"TXT\",\"name\":\"" +
               name + ".\",\"data\":\"" + kRsaRecord +
               "\"}]}}\n"
               "{\"name\":\"x.example.\",\"type\":\"TXT\",\"data\":{}}\n",
       }) {
    const KeyFile file = Read(text);
    if (text.find("x.example.\",\"type\"") == text.npos) {
      ExpectKey(file, text);
    } else {
      EXPECT_NE(Find(file, kName), nullptr);
    }
    EXPECT_EQ(Count(file, RowFault::kMended), 0u) << text;
    EXPECT_EQ(Count(file, RowFault::kNoKey), 0u) << text;
  }
}

// RFC 3597 5.
TEST(KeyForms, UnknownTypesOfAZone) {
  std::string wire;
  for (const std::string& part : {kHalf1, kHalf2}) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", static_cast<int>(part.size()));
    wire += hex;
    for (const char c : part) {
      std::snprintf(hex, sizeof hex, "%02X", static_cast<unsigned char>(c));
      wire += hex;
    }
    wire += " ";
  }
  const std::string size = std::to_string(kRsaRecord.size() + 2);
  for (const char* type : {"TYPE16", "TXT"}) {
    ExpectKey(Read(std::string(kName) + ". 60 IN " + type + " \\# " + size +
                   " ( " + wire + ")\n"),
              type);
  }
}

TEST(KeyForms, TextOfWindows) {
  std::string little = "\xFF\xFE", big = "\xFE\xFF";
  for (const char c : std::string(kName) + "\t" + kRsaRecord + "\r\n") {
    little += std::string{c, '\0'};
    big += std::string{'\0', c};
  }
  ExpectKey(Read(little), "UTF-16LE");
  ExpectKey(Read(big), "UTF-16BE");
  EXPECT_NE(Find(Read(little + "x"), kName), nullptr);
}

// A record or a key by itself has the name of its file.
TEST(KeyForms, NamesFromTheFile) {
  const std::string path = "dir/s1._domainkey.example.com.txt";
  ExpectKey(Read(kRsaRecord + "\n", path), "bare");
  ExpectKey(Read(kQuotedHalves + "\n", path), "dig +short");
  ExpectKey(Read("s1.esp.example.\n" + kQuotedHalves + "\n", path), "CNAME");
  const std::string pem = "-----BEGIN PUBLIC KEY-----\n" +
                          kRsaRecord.substr(kRsaRecord.find("p=") + 2) +
                          "\n-----END PUBLIC KEY-----\n";
  const KeyFile file = Read(pem, "s1._domainkey.example.com.pem");
  ASSERT_NE(Find(file, kName), nullptr);
  EXPECT_NE(Find(file, kName)->records.at(0).key, nullptr);
  // RFC 8410 4 to RFC 8463 4.2.
  const KeyFile ed25519 = Read(
      "-----BEGIN PUBLIC KEY-----\n"
      "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
      "-----END PUBLIC KEY-----\n",
      path);
  ExpectKey(ed25519, "Ed25519", kEd25519Record);
  for (const std::string& text : {kRsaRecord, kQuotedHalves, pem}) {
    auto refused = ParseKeyText(text, "key.txt");
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_THAT(std::string(refused.status().message()),
                HasSubstr("write s._domainkey.example.com, TAB, v=DKIM1"));
  }
}

TEST(KeyForms, OctodnsNamesTheDomainByTheFile) {
  const std::string value = "v=DKIM1\\; " + kRsaRecord.substr(9);
  for (const std::string& text :
       {"---\ns1._domainkey:\n  type: TXT\n  value: " + value + "\n",
        "'':\n  - type: MX\n    value: x\n's1._domainkey':\n  ttl: 60\n"
        "  type: TXT\n  values:\n    - " +
            value +
            "\nwww:\n  type: A\n"
            "  values:\n  - 192.0.2.1\n",
        "s1._domainkey:\n  type: TXT\n  value: \"v=DKIM1\\\\; " +
            kRsaRecord.substr(9) + "\"\n"}) {
    const KeyFile file = Read(text, "zones/example.com.yaml");
    ASSERT_NE(Find(file, kName), nullptr) << text;
    EXPECT_NE(Find(file, kName)->records.at(0).key, nullptr) << text;
  }
}

TEST(KeyForms, UnicodeNames) {
  const KeyFile file = Read(
      "s1._domainkey.b\xC3\xBC"
      "cher.example\t" +
      kRsaRecord);
  EXPECT_NE(Find(file, "s1._domainkey.xn--bcher-kva.example"), nullptr);
}

TEST(KeyForms, AbsencesThatProgramsPrint) {
  const KeyFile file = Read(
      "Host a._domainkey.example.com not found: 3(NXDOMAIN)\n"
      "b._domainkey.example.com has no TXT record\n"
      "** server can't find c._domainkey.example.com: NXDOMAIN\n"
      "** server can't find d._domainkey.example.com: SERVFAIL\n");
  EXPECT_EQ(Find(file, "a._domainkey.example.com")->status,
            KeyStatus::kNxDomain);
  EXPECT_EQ(Find(file, "b._domainkey.example.com")->status, KeyStatus::kNoData);
  EXPECT_EQ(Find(file, "c._domainkey.example.com")->status,
            KeyStatus::kNxDomain);
  EXPECT_EQ(Find(file, "d._domainkey.example.com"), nullptr);
  const KeyFile doh = Read(
      R"({"Status":3,"Question":[{"name":"a._domainkey.example.com","type":16}]})");
  EXPECT_EQ(doh.answers.at(0).status, KeyStatus::kNxDomain);
}

TEST(KeyForms, WrittenAsInAZoneFileIsSaid) {
  const std::string name = std::string(kName) + "\t";
  const std::string escaped = "v=DKIM1\\; " + kRsaRecord.substr(9);
  for (const auto& [text, what] :
       std::vector<std::pair<std::string, std::string>>{
           {name + "2024-01-01\t" + kRsaRecord, "more columns"},
           {name + kQuotedHalves, "in quotes"},
           {name + "\"" + kRsaRecord + "\"", "in quotes"},
           {name + escaped, "backslashes"},
           {name + kRsaRecord + "\t2024-01-01", "more columns"},
           {name + kQuotedHalves + "\t7", "more columns"}}) {
    const KeyFile file = Read(text);
    ASSERT_NE(Find(file, kName), nullptr) << text;
    EXPECT_NE(Find(file, kName)->records.at(0).key, nullptr) << text;
    EXPECT_EQ(Count(file, RowFault::kMended), 1u) << text;
    EXPECT_EQ(Count(file, RowFault::kNoKey), 0u) << text;
    EXPECT_THAT(file.faults.of(RowFault::kMended).first.at(0).text,
                HasSubstr(what));
    EXPECT_FALSE(ParseKeyFile(text, "f").ok());
  }
}

// A TAB is white space of the record, where that makes it a key (RFC 6376 3.2).
TEST(KeyForms, TabsInsideOfARecordStay) {
  std::string record = "v=DKIM1;\t" + kRsaRecord.substr(9);
  ExpectKey(Read(std::string(kName) + "\t" + record), "TAB", record);
}

TEST(KeyForms, D20_OneOddRowHidesNoOther) {
  const std::string good = std::string(kName) + "\t" + kRsaRecord + "\n";
  std::string text = "no tab\n";
  for (int i = 0; i < 50; ++i) text += "a b\tx\n";
  text += good + "x._domainkey.example.com\tv=DKIM1; k=rsa\n";
  const KeyFile file = Read(text);
  EXPECT_EQ(Count(file, RowFault::kLeftOut), 51u);
  EXPECT_EQ(file.faults.of(RowFault::kLeftOut).first.size(),
            KeyFileFaults::kShown);
  EXPECT_EQ(Count(file, RowFault::kNoKey), 1u);
  EXPECT_EQ(file.faults.of(RowFault::kNoKey).first.at(0).line, 53u);
  EXPECT_NE(Find(file, kName), nullptr);
  const auto described = DescribeFaults(file.faults, "f");
  ASSERT_EQ(described.size(), 2u);
  EXPECT_EQ(described[0].count, "f: 51 rows not used");
  EXPECT_EQ(described[0].first.at(0), "f:1: expected name, TAB, record");
  EXPECT_EQ(described[0].more, 31u);
  // Nothing good: no key file.
  auto none = ParseKeyText("no tab\nneither\n", "f");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().message(), "f:1: expected name, TAB, record");
}

// What keys list writes, and other tables without a record: no record is made
// of what is none.
TEST(KeyForms, RowsWithoutARecord) {
  const KeyFile file = Read(std::string(kName) + "\t" + kRsaRecord +
                            "\ns._domainkey.a.example\t7\t2024-01-01\tlive\n");
  EXPECT_EQ(Count(file, RowFault::kLeftOut), 1u);
  EXPECT_EQ(Find(file, "s._domainkey.a.example"), nullptr);
  for (const std::string& text : std::vector<std::string>{
           "SQLite format 3", "\x1F\x8B\x08", "PK\x03\x04"}) {
    auto refused = ParseKeyText(text, "f");
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr("f:1: "));
  }
}

TEST(KeyForms, ArchivesWithOddRows) {
  const auto row = [](const std::string& members) {
    return "{\"domain\":\"example.com\",\"selector\":\"s1\",\"value\":\"" +
           kRsaRecord +
           "\",\"firstSeenAt\":\"2023-01-01T00:00:00.000Z\","
           "\"lastSeenAt\":\"2024-09-01T00:00:00.000Z\"},{" +
           members + "}";
  };
  for (
      const auto& [members, kind] :
      std::vector<std::pair<std::string, RowFault>>{
          {R"("domain":"x.example","selector":"a b","value":"x","lastSeenAt":null)",
           RowFault::kLeftOut},
          {R"("domain":"x.example","selector":")" + std::string(70, 'x') +
               R"(","value":"x","lastSeenAt":null)",
           RowFault::kLeftOut},
          {R"("domain":"x.example","selector":"s","value":"","lastSeenAt":null)",
           RowFault::kLeftOut},
          {R"("domain":"x.example","selector":"s","value":"v=DKIM1; p=","firstSeenAt":"2024-01-02T00:00:00.000Z","lastSeenAt":"2024-01-01T00:00:00.000Z")",
           RowFault::kMended},
          {R"("nothing":1)", RowFault::kLeftOut}}) {
    const KeyFile file = Read("[" + row(members) + "]");
    EXPECT_EQ(Count(file, kind), 1u) << members;
    ASSERT_NE(Find(file, kName), nullptr);
    EXPECT_EQ(Find(file, kName)->origins.at(0).last_seen, 1725148800);
  }
  // The epoch says that there is no time; and the pair may lie apart.
  const KeyFile epoch =
      Read(R"([{"domainSelectorPair":{"domain":"example.com","selector":"s1"},)"
           R"("value":")" +
           kRsaRecord +
           R"(","firstSeenAt":"1970-01-01T00:00:00.000Z","lastSeenAt":null}])");
  ExpectKey(epoch, "epoch");
  EXPECT_EQ(epoch.answers.at(0).origins.at(0).first_seen, 0);
  EXPECT_EQ(Count(epoch, RowFault::kMended), 0u);
}

// What is wrong with a record is named, and what to write.
TEST(KeyForms, RecordsThatAreNoKeys) {
  const std::string base64 = kRsaRecord.substr(kRsaRecord.find("p=") + 2);
  for (const auto& [record, what] :
       std::vector<std::pair<std::string, std::string>>{
           {"selector1-example-com._domainkey.example.onmicrosoft.com",
            "that of a CNAME's target"},
           {"&quot;" + kRsaRecord + "&quot;", "HTML"},
           {"v=DKIM1;\xC2\xA0k=rsa; p=" + base64, "no-break space"},
           {"v=DKIM1; k=rsa; p=M\xE2\x80\x8B" + base64.substr(1), "zero-width"},
           {"v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----" + base64, "PEM"},
           {"v=DKIM1 k=rsa p=" + base64, "semicolon"},
           {"dkim: " + kRsaRecord, "in front of v="},
           {"v=DKIM1; p=" + base64 + ".", "character"},
           {"\\\"" + kRsaRecord + "\\\"", "quotes"}}) {
    const KeyFile file = Read(std::string(kName) + "\t" + record + "\n");
    EXPECT_EQ(Count(file, RowFault::kNoKey), 1u) << record;
    ASSERT_FALSE(file.faults.of(RowFault::kNoKey).first.empty()) << record;
    const std::string& text = file.faults.of(RowFault::kNoKey).first[0].text;
    EXPECT_THAT(text, HasSubstr(what)) << record;
    EXPECT_THAT(text, HasSubstr("; write ")) << record;
    ASSERT_NE(Find(file, kName), nullptr);
    EXPECT_EQ(Find(file, kName)->records.at(0).key, nullptr);
  }
  // SPF of the apex is nobody's key.
  const KeyFile zone = Read("example.com. TXT \"v=spf1 -all\"\n");
  EXPECT_EQ(Count(zone, RowFault::kNoKey), 0u);
}

TEST(KeyForms, HostileFilesAreLinear) {
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string& unit : std::vector<std::string>{
           "(", "\"", "a. TXT \"x\n", "( \"x\n", "\"a\n", "a,b\n\"",
           "x text =\n", "name,record\n\"", "- \n", "[", "{\"a\":", "\\",
           "-----BEGIN ", "s._domainkey.a\t\"\\\n", "s._domainkey.a;\"x\n",
           "s._domainkey:\n"}) {
    std::string text;
    while (text.size() < 2'000'000) text += unit;
    (void)ParseKeyText(text, "f");
    (void)ParseKeyText("name,record\n" + text, "f");
    (void)ParseKeyText("a. TXT x\n" + text, "f");
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace mailassay::keys
