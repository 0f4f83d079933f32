#include "lib/audit/recovery_candidates.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

constexpr int64_t kDay = 86400;

RecoveryCandidate At(std::optional<int64_t> time, uint64_t offset) {
  RecoveryCandidate one;
  one.header_hash = crypto::Hash(one.hash, std::to_string(offset));
  one.signature.assign(128, static_cast<uint8_t>(offset));
  one.time = time;
  one.offset = offset;
  return one;
}

// An RSA signature that passes for one.
dkim::Evidence RsaEvidence() {
  static const std::vector<uint8_t> octets(128, 1);
  dkim::Evidence evidence = MakeEvidence("example.com");
  evidence.signature.key_type = crypto::KeyType::kRsa;
  evidence.signature.signature = octets;
  return evidence;
}

TEST(CandidateOf, TakesWhatItIs) {
  const MessageFacts facts = MakeFacts("example.com", 77);
  dkim::Evidence evidence = RsaEvidence();
  const auto one = CandidateOf(facts, evidence);
  ASSERT_TRUE(one);
  EXPECT_EQ(one->header_hash, evidence.header_hash);
  EXPECT_EQ(one->signature, std::vector<uint8_t>(128, 1));
  EXPECT_EQ(one->time, 1700000010);
  EXPECT_EQ(one->offset, 77u);
  EXPECT_EQ(one->index, 1u);
  evidence.signature.timestamp = 5;
  EXPECT_EQ(CandidateOf(facts, evidence)->time, 5);
}

TEST(CandidateOf, WithoutTime) {
  MessageFacts facts = MakeFacts("example.com");
  facts.received = {};
  EXPECT_EQ(CandidateOf(facts, RsaEvidence())->time, std::nullopt);
}

TEST(CandidateOf, WhatIsNone) {
  const MessageFacts facts = MakeFacts("example.com");
  const auto is_one = [&](const auto& change) {
    dkim::Evidence evidence = RsaEvidence();
    change(evidence);
    return CandidateOf(facts, evidence).has_value();
  };
  EXPECT_TRUE(is_one([](dkim::Evidence&) {}));
  EXPECT_FALSE(is_one([](dkim::Evidence& e) {
    e.signature.key_type = crypto::KeyType::kEd25519;
  }));
  EXPECT_FALSE(
      is_one([](dkim::Evidence& e) { e.body = dkim::BodyMatch::kMismatch; }));
  EXPECT_FALSE(
      is_one([](dkim::Evidence& e) { e.body = dkim::BodyMatch::kNotRun; }));
  EXPECT_FALSE(is_one([](dkim::Evidence& e) {
    e.signature.defect = dkim::Reason::kSigSyntax;
  }));
  EXPECT_FALSE(
      is_one([](dkim::Evidence& e) { e.limit = dkim::Reason::kLimitH; }));
  EXPECT_FALSE(is_one([](dkim::Evidence& e) { e.header_hash.size = 0; }));
  EXPECT_FALSE(is_one([](dkim::Evidence& e) { e.signature.signature = {}; }));
}

TEST(RecoveryCandidates, InTheOrderOfTimeAndPlace) {
  RecoveryCandidates all(10);
  for (const auto& [time, offset] :
       {std::pair<std::optional<int64_t>, uint64_t>{30, 1},
        {10, 2},
        {std::nullopt, 3},
        {10, 0}}) {
    all.Add(At(time, offset));
  }
  std::vector<uint64_t> offsets;
  for (const RecoveryCandidate& one : all.Take()) offsets.push_back(one.offset);
  EXPECT_EQ(offsets, (std::vector<uint64_t>{3, 0, 2, 1}));
  EXPECT_EQ(all.added(), 4u);
  EXPECT_FALSE(all.thinned());
}

TEST(RecoveryCandidates, TheSameMessageOnce) {
  RecoveryCandidates all(4);
  for (uint64_t i = 0; i < 1000; ++i) {
    RecoveryCandidate copy = At(10, 1);
    copy.offset = i;
    all.Add(copy);
  }
  all.Add(At(11, 2));
  EXPECT_LE(all.kept(), 8u);
  EXPECT_EQ(all.Take().size(), 2u);
  EXPECT_FALSE(all.thinned());
  EXPECT_EQ(all.added(), 1001u);
}

TEST(RecoveryCandidates, ADamagedCopyIsAnother) {
  RecoveryCandidates all(4);
  RecoveryCandidate damaged = At(10, 1);
  damaged.signature[3] ^= 1;
  all.Add(At(10, 1));
  all.Add(damaged);
  EXPECT_EQ(all.Take().size(), 2u);
}

// A busy year and a quiet one: the quiet one keeps all that it has.
TEST(RecoveryCandidates, KeepsEvenlyOverTime) {
  constexpr size_t kLimit = 40;
  RecoveryCandidates all(kLimit);
  uint64_t offset = 0;
  for (int day = 0; day < 365; day += 120) all.Add(At(day * kDay, offset++));
  for (int i = 0; i < 5000; ++i) {
    all.Add(At(800 * kDay + i * 100, offset++));
  }
  EXPECT_LE(all.kept(), 2 * kLimit);
  const auto kept = all.Take();
  EXPECT_TRUE(all.thinned());
  EXPECT_LE(kept.size(), kLimit);
  EXPECT_EQ(std::ranges::count_if(
                kept, [](const auto& one) { return *one.time < 400 * kDay; }),
            4);
  EXPECT_GE(kept.size(), 8u);
}

TEST(RecoveryCandidates, AllAtOneTimeOrAtNone) {
  for (const auto time :
       {std::optional<int64_t>(7), std::optional<int64_t>()}) {
    RecoveryCandidates all(10);
    for (uint64_t i = 0; i < 100; ++i) all.Add(At(time, i));
    const auto kept = all.Take();
    EXPECT_EQ(kept.size(), 10u);
  }
}

TEST(RecoveryCandidates, HostileTimes) {
  RecoveryCandidates all(10);
  uint64_t offset = 0;
  for (const int64_t time : {INT64_MIN, INT64_MAX, int64_t{0}, int64_t{-1}}) {
    for (int i = 0; i < 10; ++i) all.Add(At(time, offset++));
  }
  const auto kept = all.Take();
  EXPECT_LE(kept.size(), 10u);
  EXPECT_EQ(kept.front().time, INT64_MIN);
  EXPECT_EQ(kept.back().time, INT64_MAX);
}

TEST(RecoveryCandidates, ALimitThatFalls) {
  RecoveryCandidates all(100);
  for (uint64_t i = 0; i < 100; ++i) all.Add(At(i, i));
  EXPECT_EQ(all.kept(), 100u);
  all.SetLimit(10);
  EXPECT_LE(all.kept(), 10u);
  EXPECT_TRUE(all.thinned());
  all.SetLimit(0);
  EXPECT_EQ(all.Take().size(), 2u);
}

}  // namespace
}  // namespace mailassay::audit
