#include "pipeline/keys/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/keys/sample_keys.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using dkim::Reason;
using testing::ElementsAre;

TEST(NormalName, TakesDnsNamesOnly) {
  const std::string label63(63, 'a');
  const std::string name253 =
      label63 + "." + label63 + "." + label63 + "." + std::string(61, 'b');
  EXPECT_EQ(NormalName("S1._DomainKey.Example.COM."),
            "s1._domainkey.example.com");
  EXPECT_EQ(NormalName("com"), "com");
  EXPECT_EQ(NormalName(name253), name253);
  EXPECT_EQ(NormalName(name253 + "."), name253);
  for (const std::string& bad : std::vector<std::string>{
           "", ".", "..", "a..b", ".a", "a b", "a\tb", "a/b", "*.b", "a\\.b",
           "b\xC3\xA4.de", std::string("a\0b", 3), label63 + "a", name253 + "c",
           "a.."}) {
    EXPECT_EQ(NormalName(bad), std::nullopt) << bad;
  }
}

TEST(AddRecord, DropsRepeatsAndKeepsLongTextsShowingAsLong) {
  KeyAnswer answer;
  AddRecord(kRsaRecord, "a", answer);
  AddRecord(kRsaRecord, "b", answer);
  AddRecord(std::string(70000, 'x'), "c", answer);  // D6
  EXPECT_EQ(answer.status, KeyStatus::kFound);
  ASSERT_EQ(answer.records.size(), 2u);
  EXPECT_THAT(Sources(answer), ElementsAre("a", "c"));
  EXPECT_EQ(answer.records[0].defect, Reason::kOk);
  EXPECT_EQ(answer.records[1].defect, Reason::kLimitKeyTxt);
  EXPECT_EQ(answer.records[1].text.size(), dkim::kMaxTxtText + 1);
}

TEST(AddRecord, MoreThanTheLimitLeavesNone) {
  KeyAnswer answer;
  for (size_t i = 0; i < dkim::kMaxRecords; ++i) {
    AddRecord("n=" + std::to_string(i), "", answer);
  }
  EXPECT_EQ(answer.status, KeyStatus::kFound);
  for (int more = 0; more < 2; ++more) {
    AddRecord("one more " + std::to_string(more), "", answer);
    EXPECT_EQ(answer.status, KeyStatus::kTxtLimit);
    EXPECT_TRUE(answer.records.empty());
    EXPECT_TRUE(answer.origins.empty());
  }
}

KeyAnswer Stated(KeyStatus status) {
  KeyAnswer answer;
  answer.status = status;
  if (status == KeyStatus::kFound) {
    answer.status = KeyStatus::kNotAsked;
    AddRecord(kRsaRecord, "", answer);
  }
  return answer;
}

// P6: no source's "no" hides that another has not answered; a key hides both.
TEST(Merge, TheOrderOfSourcesDoesNotDecide) {
  const KeyStatus by_weight[] = {KeyStatus::kNotAsked,  KeyStatus::kNxDomain,
                                 KeyStatus::kNoData,    KeyStatus::kTimeout,
                                 KeyStatus::kCnameLoop, KeyStatus::kFound,
                                 KeyStatus::kTxtLimit};
  for (size_t i = 0; i < std::size(by_weight); ++i) {
    for (size_t j = 0; j < std::size(by_weight); ++j) {
      KeyAnswer into = Stated(by_weight[i]);
      Merge(Stated(by_weight[j]), into);
      EXPECT_EQ(into.status, by_weight[std::max(i, j)]);
      EXPECT_EQ(into.records.size(),
                into.status == KeyStatus::kFound ? 1u : 0u);
    }
  }
}

TEST(Merge, RecordsAreCandidatesTogether) {
  KeyAnswer into, from;
  AddRecord(kRsaRecord, "a", into);
  AddRecord(kEd25519Record, "b", from);
  AddRecord(kRsaRecord, "b", from);
  Merge(from, into);
  EXPECT_THAT(Sources(into), ElementsAre("a", "b"));
  EXPECT_EQ(into.records[1].text, kEd25519Record);
}

TEST(Merge, OriginsOfOneRecordAreJoined) {
  const auto joined = [](dkim::KeyOrigin a, const dkim::KeyOrigin& b) {
    dkim::Join(b, a);
    return a;
  };
  const dkim::KeyOrigin seen{
      .source = "dns", .first_seen = 10, .last_seen = 20};
  const dkim::KeyOrigin now{.source = "dns"};
  const dkim::KeyOrigin file{.source = "import:f", .first_seen = 5};
  const dkim::KeyOrigin proved{
      .source = "message_proved", .first_seen = 1, .last_seen = 99};
  EXPECT_EQ(joined(now, seen), seen);
  EXPECT_EQ(joined(seen, now), seen);
  EXPECT_EQ(joined(seen, proved), seen);
  EXPECT_EQ(joined(proved, seen), seen);
  EXPECT_EQ(joined(seen, file).first_seen, 5);
  EXPECT_EQ(joined(seen, file).source, "dns");
  dkim::KeyOrigin earlier = seen;
  earlier.earlier = true;
  EXPECT_FALSE(joined(earlier, now).earlier);
  EXPECT_TRUE(joined(earlier, earlier).earlier);
}

TEST(AddCandidates, KeepTheStatusAndTheAnswersOwnRecords) {
  KeyAnswer known;
  for (size_t i = 0; i < dkim::kMaxRecords; ++i) {
    AddRecord("n=" + std::to_string(i), "h", known);
  }
  for (KeyStatus status : {KeyStatus::kNxDomain, KeyStatus::kServfail}) {
    KeyAnswer answer;
    answer.status = status;
    AddCandidates(known, answer);
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.records.size(), dkim::kMaxRecords);
  }
  KeyAnswer answer;
  AddRecord(kRsaRecord, "dns", answer);
  AddRecord("n=7", "dns", answer);
  AddCandidates(known, answer);
  EXPECT_EQ(answer.records.size(), dkim::kMaxRecords);
  EXPECT_EQ(answer.records[0].text, kRsaRecord);
  EXPECT_EQ(answer.records[2].text, "n=0");
  EXPECT_EQ(answer.records.size(), answer.origins.size());
}

TEST(AnswerList, KeepsTheOrderOfFirstOccurrence) {
  AnswerList list("import:f");
  list.AddText("b", "1");
  list.AddStatus("a", KeyStatus::kNxDomain);
  list.AddText("b", "2");
  EXPECT_EQ(list.Find("c"), nullptr);
  std::vector<KeyAnswer> answers = std::move(list).Take();
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].name, "b");
  EXPECT_EQ(answers[0].records.size(), 2u);
  EXPECT_EQ(answers[0].source, "import:f");
  EXPECT_EQ(answers[1].name, "a");
  EXPECT_EQ(answers[1].status, KeyStatus::kNxDomain);
}

}  // namespace
}  // namespace mailassay::keys
