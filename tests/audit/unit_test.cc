#include "lib/audit/unit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

using dkim::Reason;

std::string UnitOf(std::string file, Format format, std::string archive = "") {
  Input input;
  input.file = std::move(file);
  input.archive = std::move(archive);
  input.format = format;
  return UnitName(audit::UnitOf(input));
}

TEST(Unit, AnMboxOrADirectoryOfMessages) {
  EXPECT_EQ(UnitOf("box/a.mbox", Format::kMboxRd), "box/a.mbox");
  EXPECT_EQ(UnitOf("a.mbox", Format::kMboxCl), "a.mbox");
  EXPECT_EQ(UnitOf("-", Format::kMboxRd), "-");
  EXPECT_EQ(UnitOf("box/sub/1.eml", Format::kEml), "box/sub");
  EXPECT_EQ(UnitOf("1.eml", Format::kEml), "all that was read");
  EXPECT_EQ(UnitOf("/var/x/1.eml", Format::kEml), "/var/x");
  EXPECT_EQ(UnitOf("m/cur/1:2,S", Format::kMaildir), "m");
  EXPECT_EQ(UnitOf("m/.Sent/new/1", Format::kMaildir), "m/.Sent");
  EXPECT_EQ(UnitOf("cur/1", Format::kMaildir), "all that was read");
  EXPECT_EQ(UnitOf("m/occur/1", Format::kMaildir), "m/occur");
  EXPECT_EQ(UnitOf("x.zip!d/1.eml", Format::kEml, "x.zip"), "x.zip!d");
  EXPECT_EQ(UnitOf("x.zip!1.eml", Format::kEml, "x.zip"), "x.zip");
  EXPECT_EQ(UnitOf("b/x.zip!d/m.mbox", Format::kMboxRd, "b/x.zip"),
            "b/x.zip!d/m.mbox");
}

// One that is as deep as its maker likes costs no more than its length.
TEST(Unit, DeepPathsEndInOnePart) {
  std::string deep;
  for (int i = 0; i < 50000; ++i) deep += "a/";
  Input input;
  input.archive = "x.zip";
  input.file = "x.zip!" + deep + "1.eml";
  input.format = Format::kEml;
  const std::string key = audit::UnitOf(input);
  EXPECT_EQ(std::ranges::count(key, '\0'), 32);
  EXPECT_EQ(UnitName(key), "x.zip!" + deep.substr(0, deep.size() - 1));
}

TEST(Unit, DamageByReason) {
  const auto of = [](Reason reason) {
    MessageFacts facts = MakeFacts("a.example");
    facts.signatures = {MakeEvidence("a.example")};
    return DamageOf(MakeRow(facts, reason));
  };
  EXPECT_EQ(of(Reason::kBodyChanged), Damage::kBody);
  EXPECT_EQ(of(Reason::kHeaderChanged), Damage::kHeader);
  EXPECT_EQ(of(Reason::kHeaderAndBodyChanged), Damage::kBoth);
  for (const Reason reason : {Reason::kLTooLong, Reason::kSigSyntax,
                              Reason::kB64, Reason::kNoFrom, Reason::kNumber}) {
    EXPECT_EQ(of(reason), Damage::kField) << dkim::ReasonCode(reason);
  }
  for (const Reason reason :
       {Reason::kOk, Reason::kNoKey, Reason::kWrongKey, Reason::kFromNotSigned,
        Reason::kExpired, Reason::kKeyNotAsked, Reason::kLimitHeaders,
        Reason::kAuidDomain}) {
    EXPECT_EQ(of(reason), std::nullopt) << dkim::ReasonCode(reason);
  }
}

void Add(UnitTally* tally, Reason reason, int times, int signers,
         bool list = false) {
  for (int i = 0; i < times; ++i) {
    MessageFacts facts = MakeFacts("a.example", static_cast<uint64_t>(i));
    if (list) facts.list_id = "list.example";
    facts.signatures = {
        MakeEvidence("s" + std::to_string(i % signers) + ".example")};
    tally->Add(MakeRow(facts, reason));
  }
}

TEST(CauseOfAll, FiveMessagesOfThreeSignersAndNearlyAll) {
  UnitTally tally;
  Add(&tally, Reason::kBodyChanged, 5, 3);
  auto cause = CauseOfAll(tally);
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->damage, Damage::kBody);
  EXPECT_EQ(cause->messages, 5u);
  EXPECT_EQ(cause->of_messages, 5u);
  EXPECT_EQ(cause->signers, 3u);
  EXPECT_FALSE(cause->by_lists);
  EXPECT_TRUE(cause->Covers(Damage::kBody));
  EXPECT_FALSE(cause->Covers(Damage::kHeader));
  Add(&tally, Reason::kBodyChanged, 14, 3);
  Add(&tally, Reason::kOk, 1, 1);
  EXPECT_TRUE(CauseOfAll(tally));  // 19 of 20
  Add(&tally, Reason::kOk, 1, 1);
  EXPECT_FALSE(CauseOfAll(tally));
}

TEST(CauseOfAll, RefusesTooFew) {
  UnitTally four, two_signers;
  Add(&four, Reason::kBodyChanged, 4, 4);
  EXPECT_FALSE(CauseOfAll(four));
  Add(&two_signers, Reason::kBodyChanged, 500, 2);
  EXPECT_FALSE(CauseOfAll(two_signers));
  EXPECT_FALSE(CauseOfAll(UnitTally()));
}

// What says nothing is no evidence for or against; a body that is intact under
// an unknown key is, of bodies.
TEST(CauseOfAll, WhatDoesNotTellDoesNotCount) {
  UnitTally tally;
  Add(&tally, Reason::kHeaderChanged, 6, 3);
  Add(&tally, Reason::kNoKey, 6, 3);
  auto cause = CauseOfAll(tally);
  ASSERT_TRUE(cause);
  EXPECT_EQ(cause->damage, Damage::kHeader);
  EXPECT_EQ(cause->of_messages, 6u);
  EXPECT_EQ(cause->untold, 6u);
  // Six say nothing of seven others.
  Add(&tally, Reason::kNoKey, 1, 3);
  EXPECT_FALSE(CauseOfAll(tally));
  UnitTally bodies;
  Add(&bodies, Reason::kBodyChanged, 6, 3);
  Add(&bodies, Reason::kNoKey, 50, 3);
  EXPECT_FALSE(CauseOfAll(bodies));
}

TEST(CauseOfAll, SeveralKindsTogether) {
  UnitTally tally;
  Add(&tally, Reason::kBodyChanged, 10, 5);
  Add(&tally, Reason::kHeaderAndBodyChanged, 10, 5);
  auto cause = CauseOfAll(tally);
  ASSERT_TRUE(cause);
  EXPECT_FALSE(cause->damage);
  EXPECT_EQ(cause->messages, 20u);
  EXPECT_EQ(cause->signers, 5u);
  EXPECT_TRUE(cause->Covers(Damage::kBody));
  EXPECT_TRUE(cause->Covers(Damage::kField));
}

TEST(CauseOfAll, ListsAreNamed) {
  UnitTally tally;
  Add(&tally, Reason::kBodyChanged, 20, 5, /*list=*/true);
  ASSERT_TRUE(CauseOfAll(tally));
  EXPECT_TRUE(CauseOfAll(tally)->by_lists);
  Add(&tally, Reason::kBodyChanged, 2, 2);
  EXPECT_FALSE(CauseOfAll(tally)->by_lists);
}

// A commutative monoid that fits a bounded memory, to the octet.
TEST(UnitTally, PartsInAnyOrderAreTheWhole) {
  std::vector<UnitTally> parts(9);
  UnitTally whole;
  for (size_t i = 0; i < parts.size(); ++i) {
    for (int n = 0; n < 40; ++n) {
      MessageFacts facts =
          MakeFacts("a.example", i * 1000 + static_cast<uint64_t>(n));
      facts.signatures = {MakeEvidence(
          "s" + std::to_string(i * 37 + static_cast<size_t>(n)) + ".example")};
      const MessageRow row =
          MakeRow(facts, n % 3 ? Reason::kBodyChanged : Reason::kHeaderChanged);
      parts[i].Add(row);
      whole.Add(row);
    }
  }
  std::string expected;
  whole.Encode(&expected);
  std::mt19937 random(1);
  for (int round = 0; round < 5; ++round) {
    std::shuffle(parts.begin(), parts.end(), random);
    UnitTally merged;
    for (const UnitTally& part : parts) {
      std::string octets;
      part.Encode(&octets);
      std::string_view view = octets;
      UnitTally read;
      ASSERT_TRUE(read.Decode(&view));
      EXPECT_TRUE(view.empty());
      merged.Merge(read);
    }
    std::string found;
    merged.Encode(&found);
    EXPECT_EQ(found, expected);
  }
  EXPECT_EQ(CauseOfAll(whole)->signers, UnitTally::kMaxSigners);
  for (size_t size = 0; size < expected.size(); ++size) {
    std::string_view cut = std::string_view(expected).substr(0, size);
    EXPECT_FALSE(UnitTally().Decode(&cut)) << size;
  }
}

}  // namespace
}  // namespace mailassay::audit
