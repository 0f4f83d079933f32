#include "pipeline/keys/zone_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/keys/sample_keys.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::vector<KeyAnswer> Read(std::string_view text) {
  KeyRows rows("import:zone");
  ReadZone(text, rows);
  EXPECT_EQ(rows.faults().of(RowFault::kLeftOut).count, 0u) << text;
  rows.FollowAliases();
  return std::move(rows.answers()).Take();
}

// name -> the first record's text.
std::vector<std::pair<std::string, std::string>> Texts(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const KeyAnswer& answer : Read(text)) {
    for (const auto& record : answer.records) {
      texts.emplace_back(answer.name, record.text);
    }
  }
  return texts;
}

TEST(ZoneFile, NamesAndStrings) {
  EXPECT_THAT(
      Texts("; exported\n"
            "$ORIGIN Example.COM.\n"
            "$TTL 1h\n"
            "@ IN SOA ns hostmaster\\.x ( 1 2 ; serial\n"
            "   3 4 5 )\n"
            "  NS ns.example.net.\n"
            "@ TXT \"v=spf1 -all\"\n"
            "s1._domainkey 300 IN TXT \"v=DKIM1; \" \"p=\"\n"
            "s2._domainkey IN 300 TXT ( \"a;b\" ; comment \"x\"\n"
            "\t\"c\\\"d\\\\\" ) ; end\n"
            "\tTXT plain tokens\r\n"
            "s3._domainkey.example.org. TXT \\065\\;B\n"
            "$ORIGIN sub\n"
            "s4 TXT \"\"\n"
            "chaos CH TXT \"no\"\n"
            "* TXT \"wild\"\n"
            "s5 IN TXT \"last, without line end\""),
      ElementsAre(Pair("example.com", "v=spf1 -all"),
                  Pair("s1._domainkey.example.com", "v=DKIM1; p="),
                  Pair("s2._domainkey.example.com", "a;bc\"d\\"),
                  Pair("s2._domainkey.example.com", "plaintokens"),
                  Pair("s3._domainkey.example.org", "A;B"),
                  Pair("s4.sub.example.com", ""),
                  Pair("s5.sub.example.com", "last, without line end")));
}

TEST(ZoneFile, Ttl) {
  for (auto [line, ttl] : std::vector<std::pair<std::string, uint32_t>>{
           {"a. 300 IN TXT x", 300},
           {"a. IN 1w2d3h4m5s TXT x", 788645},
           {"$TTL 2h\na. TXT x", 7200},
           {"b. 77 A 192.0.2.1\na. TXT x", 77},
           {"a. 4294967295 TXT x", 0},  // RFC 2181 8
           {"a. TXT x", 0},
           {"a. 9 TXT x\na. 5 TXT y\n", 5}}) {
    EXPECT_EQ(Read(line).at(0).ttl, ttl) << line;
  }
}

// D9
TEST(ZoneFile, FollowsAliasesInsideTheFile) {
  std::string zone =
      "$ORIGIN x.\n"
      "k 60 TXT \"" +
      kRsaRecord +
      "\"\n"
      "c1 30 CNAME k\nout CNAME elsewhere.y.\n"
      "loop1 CNAME loop2\nloop2 CNAME loop1\nself CNAME self\n"
      "*.w CNAME k\n";
  for (int i = 2; i <= 9; ++i) {
    zone +=
        "c" + std::to_string(i) + " 60 CNAME c" + std::to_string(i - 1) + "\n";
  }
  std::map<std::string, KeyAnswer> by_name;
  for (KeyAnswer& answer : Read(zone)) by_name[answer.name] = answer;
  EXPECT_EQ(by_name["c1.x"].records.at(0).text, kRsaRecord);
  EXPECT_EQ(by_name["c1.x"].ttl, 30u);
  EXPECT_THAT(by_name["c2.x"].cname_chain, ElementsAre("c1.x", "k.x"));
  EXPECT_EQ(by_name["c8.x"].status, KeyStatus::kFound);
  EXPECT_EQ(by_name["c8.x"].cname_chain.size(), 8u);
  EXPECT_EQ(by_name["c9.x"].status, KeyStatus::kCnameLimit);
  EXPECT_TRUE(by_name["c9.x"].records.empty());
  EXPECT_EQ(by_name["loop1.x"].status, KeyStatus::kCnameLoop);
  EXPECT_EQ(by_name["self.x"].status, KeyStatus::kCnameLoop);
  EXPECT_EQ(by_name.count("out.x"), 0u);  // DNS may still be asked
  EXPECT_EQ(by_name.count("*.w.x"), 0u);
}

TEST(ZoneFile, Refusals) {
  for (auto [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"$ORIGIN a.\n$INCLUDE other.zone\n", "line 2: $INCLUDE"},
           {"$GENERATE 1-9 a$ TXT x\n", "line 1: $GENERATE"},
           {"$FOO x\n", "line 1: unknown directive"},
           {"$TTL\n", "line 1: $TTL lacks"},
           {"$TTL soon\n", "line 1: $TTL is not"},
           {"$ORIGIN a_?.\n", "line 1: not a DNS name"},
           {"a TXT x\n", "line 1: a relative name without $ORIGIN"},
           {"@ TXT x\n", "line 1: a relative name without $ORIGIN"},
           {"\n  TXT x\n", "line 2: a record without a name"},
           {"a. IN 300\n", "line 1: a record without a type"},
           {"a. TXT\n", "line 1: TXT without a string"},
           {"a. TXT \"x\n\"\n", "line 1: a quoted string is not closed"},
           {"a. TXT ( x\n", "a parenthesis is not closed"},
           {"a. TXT x )\n", "line 1: a parenthesis was not opened"},
           {"a. TXT ( ( x ) )\n", "line 1: nested"},
           {"a. TXT \"\\999\"\n", "line 1: \\DDD"},
           {"a. TXT \"\\25\"\n", "line 1: \\DDD"},
           {"a. TXT x\\", "line 1: a lone backslash"},
           {"a. TXT \\# 2 00\n", "line 1: TXT \\#"},
           {"a. TXT \\# 2 02ff\n", "line 1: TXT \\#"},
           {"a. TXT \\# 1 0g\n", "line 1: TXT \\#"},
           {"a. TXT \\# 1\n", "line 1: TXT \\#"},
           {"a. TXT v=DKIM1; p=\n", "line 1: a semicolon outside of quotes"},
           {"a\\.b. TXT x\na/b. TXT x\n", "line 2: not a DNS name"},
           {"a. CNAME\n", "line 1: CNAME takes one name"},
           {"a. CNAME b.\na. CNAME c.\n", "line 2: a second CNAME"},
           {"a. TXT (\n\n x )\nb/. TXT y\n", "line 4: not a DNS name"}}) {
    KeyRows rows("");
    ReadZone(text, rows);
    const auto& out = rows.faults().of(RowFault::kLeftOut);
    ASSERT_GE(out.count, 1u) << text;
    EXPECT_THAT(
        "line " + std::to_string(out.first[0].line) + ": " + out.first[0].text,
        HasSubstr(message))
        << text;
  }
}

TEST(ZoneFile, IsToldFromTabSeparated) {
  for (const char* line :
       {"$ORIGIN a.", "; x", "\tTXT x", " ", "a. IN TXT x",
        "a.\t300\tIN\tTXT\tx", "a. IN 3600 TXT (", "@ SOA ns host 1 2 3 4 5"}) {
    EXPECT_TRUE(LooksLikeZoneLine(line)) << line;
  }
  for (const char* line : {"", "a\tv=DKIM1; p=", "a\t!NXDOMAIN", "a\t", "a",
                           "a IN", "a 1 2 3 4 5 6 TXT x", "TXT"}) {
    EXPECT_FALSE(LooksLikeZoneLine(line)) << line;
  }
}

}  // namespace
}  // namespace mailassay::keys
