#include "lib/audit/groups.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "lib/audit/spill.h"
#include "lib/audit/tables.h"
#include "lib/mail/date.h"
#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using By = Grouping::By;
using Period = Grouping::Period;

std::string KeyOf(const MessageRow& row, const Grouping& grouping) {
  std::string key = "left from before";
  GroupKey(row, grouping, &key);
  return key;
}

std::string Key(std::string_view group, std::string_view period = "") {
  std::string key(group);
  key += '\0';
  return key += period;
}

TEST(Groups, Periods) {
  const struct {
    const char* time;
    const char* week;
  } kCases[] = {
      {"2026-03-01T23:59:59Z", "2026-W09"},
      {"2026-03-02T00:00:00Z", "2026-W10"},
      {"2021-01-03T12:00:00Z", "2020-W53"},
      {"2021-01-04T00:00:00Z", "2021-W01"},
      {"2018-12-31T00:00:00Z", "2019-W01"},
      {"2016-01-03T00:00:00Z", "2015-W53"},
      {"2008-12-28T00:00:00Z", "2008-W52"},
      {"2008-12-29T00:00:00Z", "2009-W01"},
      {"1970-01-01T00:00:00Z", "1970-W01"},
      {"1969-12-28T23:59:59Z", "1969-W52"},
      {"0001-01-01T00:00:00Z", "0001-W01"},
      {"9999-12-31T23:59:59Z", "9999-W52"},
  };
  for (const auto& [time, week] : kCases) {
    const std::string text = time;
    const int64_t seconds = *mail::ParseTimeOption(text);
    EXPECT_EQ(PeriodOf(seconds, Period::kWeek), week) << text;
    EXPECT_EQ(PeriodOf(seconds, Period::kDay), text.substr(0, 10));
    EXPECT_EQ(PeriodOf(seconds, Period::kMonth), text.substr(0, 7));
    EXPECT_EQ(PeriodOf(seconds, Period::kYear), text.substr(0, 4));
    EXPECT_EQ(PeriodOf(seconds, Period::kNone), "");
  }
  // Every week has the seven days from Monday on, over 60 years.
  const int64_t monday = *mail::ParseTimeOption("1990-01-01T00:00:00Z");
  std::string before;
  for (int64_t i = 0; i < 60 * 53; ++i) {
    const std::string week = PeriodOf(monday + i * 7 * 86400, Period::kWeek);
    EXPECT_LT(before, week);
    for (int64_t day = 1; day < 7; ++day) {
      EXPECT_EQ(PeriodOf(monday + (i * 7 + day) * 86400, Period::kWeek), week);
    }
    before = week;
  }
}

TEST(Groups, TimesBeyondAllYearsAreClamped) {
  for (const Period period :
       {Period::kDay, Period::kWeek, Period::kMonth, Period::kYear}) {
    EXPECT_EQ(PeriodOf(INT64_MAX, period), PeriodOf(253402300799, period));
    EXPECT_EQ(PeriodOf(INT64_MIN, period), PeriodOf(-62167219200, period));
  }
}

TEST(Groups, Keys) {
  MessageFacts facts = MakeFacts("mail.a.example");
  facts.author.address = "Bob@Mail.A.example";
  MessageRow row = MakeRow(facts, dkim::Reason::kOk);
  row.from_org = "a.example";
  EXPECT_EQ(KeyOf(row, {By::kOrganization, Period::kNone}), Key("a.example"));
  EXPECT_EQ(KeyOf(row, {By::kDomain, Period::kMonth}),
            Key("mail.a.example", "2023-11"));
  // Domains are compared, local parts are not.
  EXPECT_EQ(KeyOf(row, {By::kAddress, Period::kYear}),
            Key("Bob@mail.a.example", "2023"));
  facts.author.address = "\"a@b\"@mail.a.example";
  EXPECT_EQ(KeyOf(row, {By::kAddress, Period::kNone}),
            Key("\"a@b\"@mail.a.example"));
  facts.author.address = "";
  EXPECT_EQ(KeyOf(row, {By::kAddress, Period::kNone}), Key("mail.a.example"));
  facts.author.address = "a@[10.0.0.1]";
  facts.author.domain = "";
  row.from_org = "";
  EXPECT_EQ(KeyOf(row, {By::kAddress, Period::kNone}), Key("a@[10.0.0.1]"));
  facts.received.source = mail::ReceivedSource::kNone;
  EXPECT_EQ(KeyOf(row, {By::kOrganization, Period::kDay}), Key(""));
}

TEST(Groups, KeysOfMailOfLists) {
  MessageFacts facts = MakeFacts("lists.a.example");
  facts.author.address = "talk@lists.a.example";
  const MessageRow row = MakeRow(facts, dkim::Reason::kOk);
  const auto key = [&row](By by) { return KeyOf(row, {by, Period::kNone}); };
  EXPECT_EQ(key(By::kAuthor), Key("lists.a.example"));
  EXPECT_EQ(key(By::kAuthorAddress), Key("talk@lists.a.example"));
  EXPECT_EQ(key(By::kList), Key(""));
  facts.list_id = "Talk.lists.a.example";
  EXPECT_EQ(key(By::kList), Key("Talk.lists.a.example"));
  facts.via_list = "talk.lists.a.example";
  EXPECT_EQ(key(By::kList), Key("talk.lists.a.example"));
  EXPECT_EQ(key(By::kAuthor), Key("lists.a.example"));
  facts.author_original = "\"a@b\"@c.example";
  EXPECT_EQ(key(By::kAuthor), Key("c.example"));
  EXPECT_EQ(key(By::kAuthorAddress), Key("\"a@b\"@c.example"));
  EXPECT_EQ(key(By::kDomain), Key("lists.a.example"));
}

TEST(Groups, Rows) {
  MessageFacts facts = MakeFacts("a.example");
  SenderTally tally;
  tally.Add(MakeRow(facts, dkim::Reason::kOk));
  std::string sender, group;
  WriteSender("", tally, {}, &sender);
  for (const bool period : {false, true}) {
    const Grouping grouping{By::kAddress,
                            period ? Period::kDay : Period::kNone};
    group.clear();
    WriteGroup(Key("=x@a.example", period ? "2023-11-14" : ""), grouping, tally,
               {}, &group);
    EXPECT_EQ(group, "'=x@a.example" +
                         std::string(period ? ",2023-11-14" : "") + sender);
    const auto header = ReadCsv(GroupHeader(grouping)).at(0);
    EXPECT_EQ(ReadCsv(group).at(0).size(), header.size());
    EXPECT_EQ(header[0], "group");
    EXPECT_EQ(header[1], period ? "period" : "header_from_org");
  }
}

// A commutative monoid: parts merged in any order, in whatever memory, are the
// sums of the whole, to the octet.
TEST(Groups, SumsAreThoseOfTheWholeInAnyOrder) {
  const MadeUp made = MakeMany(3000, 5);
  std::mt19937 random(3);
  for (const Grouping grouping : {Grouping{By::kOrganization, Period::kDay},
                                  Grouping{By::kDomain, Period::kWeek},
                                  Grouping{By::kAddress, Period::kNone}}) {
    using Tallies = std::map<std::string, SenderTally>;
    Tallies whole;
    for (const MessageRow& row : made.rows) {
      whole[KeyOf(row, grouping)].Add(row);
    }
    std::string expected = GroupHeader(grouping);
    for (const auto& [key, tally] : whole) {
      WriteGroup(key, grouping, tally, {}, &expected);
    }
    EXPECT_GT(whole.size(), 3u);
    for (const size_t cap : {size_t{0}, size_t{20000}, size_t{1} << 30}) {
      std::vector<Tallies> parts(7);
      for (const MessageRow& row : made.rows) {
        parts[random() % parts.size()][KeyOf(row, grouping)].Add(row);
      }
      std::shuffle(parts.begin(), parts.end(), random);
      MemoryStorage storage;
      SpillMap<SenderTally> sums(cap, &storage);
      for (const Tallies& part : parts) {
        for (const auto& [key, tally] : part) sums.Merge(key, tally);
      }
      std::string found = GroupHeader(grouping);
      sums.ForEach([&](std::string_view key, const SenderTally& tally) {
        WriteGroup(key, grouping, tally, {}, &found);
      });
      EXPECT_EQ(found, expected) << cap;
    }
  }
}

// What a batch has encoded is what it has added, however much is in hand.
TEST(Groups, ABatchAddsUpInLittleMemory) {
  const Grouping grouping{By::kAddress, Period::kNone};
  MemoryStorage storage;
  SpillMap<SenderTally> sums(size_t{1} << 30, &storage);
  BatchGroups batch;
  uint64_t messages = 0;
  for (int round = 0; round < 3; ++round) {
    for (uint64_t i = 0; i < 700; ++i, ++messages) {
      MessageFacts facts = MakeFacts("a.example", messages);
      facts.author.address = std::to_string(i) + "@a.example";
      batch.Add(MakeRow(facts, dkim::Reason::kOk), grouping);
    }
  }
  batch.Encode();
  MergeGroups(batch.encoded(), &sums);
  uint64_t groups = 0;
  sums.ForEach([&](std::string_view, const SenderTally& tally) {
    ++groups;
    EXPECT_EQ(tally.count, 3u);
  });
  EXPECT_EQ(groups, 700u);
  // Cut short it gives what is whole, and nothing else.
  for (size_t size = 0; size < 400; ++size) {
    SpillMap<SenderTally> some(size_t{1} << 30, &storage);
    MergeGroups(std::string_view(batch.encoded()).substr(0, size), &some);
    some.ForEach([&](std::string_view, const SenderTally& tally) {
      EXPECT_EQ(tally.count, 1u);
    });
  }
}

TEST(Groups, NamesAreDocumented) {
  std::ifstream file(std::string(MAILASSAY_SOURCE_DIR) +
                     "/lib/audit/formats.md");
  std::stringstream document;
  document << file.rdbuf();
  const std::string text = document.str();
  const size_t begin = text.find("\n## groups.csv\n");
  ASSERT_NE(begin, std::string::npos);
  const std::string section =
      text.substr(begin, text.find("\n## ", begin + 1) - begin);
  for (const std::string_view name : {"group", "period"}) {
    EXPECT_NE(section.find("| `" + std::string(name) + "` |"),
              std::string::npos);
  }
  for (int i = 0; i < static_cast<int>(By::kCount); ++i) {
    const std::string name(GroupingName(static_cast<By>(i)));
    EXPECT_NE(section.find("`" + name + "`"), std::string::npos) << name;
  }
  for (int i = 1; i < static_cast<int>(Period::kCount); ++i) {
    const std::string name(GroupingName(static_cast<Period>(i)));
    EXPECT_NE(section.find("`" + name + "`"), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace mailassay::audit
