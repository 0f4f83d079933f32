#include "lib/audit/recovery_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/reference/signing_key.h"

namespace mailassay::audit {
namespace {

using reference::SigningKey;

constexpr int64_t kDay = 86400;
constexpr int kNobody = -1;  // no key made the signature as it stands

const SigningKey& Signer(int number) {
  static const std::vector<SigningKey> keys = [] {
    std::vector<SigningKey> made;
    for (uint64_t i = 0; i < 4; ++i) made.push_back(SigningKey::Rsa(i, 512, 3));
    made.push_back(SigningKey::Rsa(9, 1024, 3));
    return made;
  }();
  return keys[static_cast<size_t>(number)];
}
constexpr int kLonger = 4;  // the signer with 1024 bits

// Signatures with what is true of them.
struct Archive {
  // Of `signer`; what is found out does not depend on `text`, but that it tells
  // messages apart.
  void Add(int signer, std::optional<int64_t> time) {
    RecoveryCandidate one = Signed(signer, time);
    truth[one.signature] = signer;
    candidates.push_back(std::move(one));
  }
  // Signed, then its header changed.
  void AddChanged(int signer, std::optional<int64_t> time) {
    RecoveryCandidate one = Signed(signer, time);
    one.header_hash = crypto::Hash(one.hash, "changed" + std::to_string(count));
    truth[one.signature] = kNobody;
    candidates.push_back(std::move(one));
  }
  void AddDamaged(int signer, std::optional<int64_t> time) {
    RecoveryCandidate one = Signed(signer, time);
    one.signature[9] ^= 4;
    truth[one.signature] = kNobody;
    candidates.push_back(std::move(one));
  }

  RecoveryCandidate Signed(int signer, std::optional<int64_t> time) {
    RecoveryCandidate one;
    one.header_hash = crypto::Hash(one.hash, std::to_string(++count));
    one.signature = Signer(signer).SignDigest(reference::DigestName::kSha256,
                                              one.header_hash.span());
    one.time = time;
    one.offset = static_cast<uint64_t>(count);
    return one;
  }

  int count = 0;
  std::vector<RecoveryCandidate> candidates;
  std::map<std::vector<uint8_t>, int> truth;
};

struct Solution {
  std::map<int, size_t> keys;  // signer: how many signatures
  size_t tries = 0;
};

// Plays recovery: a pair gives a key exactly when one signer made both.
Solution Solve(const Archive& archive, RecoveryPlan& plan) {
  Solution solution;
  while (const auto pair = plan.Next()) {
    ++solution.tries;
    const auto signer_of = [&](size_t i) {
      return archive.truth.at(plan.candidates()[i].signature);
    };
    const int signer = signer_of(pair->first);
    if (signer == kNobody || signer != signer_of(pair->second)) {
      plan.Fail(*pair);
      continue;
    }
    const auto key = crypto::PublicKey::ParseRsa(Signer(signer).Spki()).key;
    const size_t passing = plan.CountPassing(*key);
    EXPECT_EQ(plan.TakeMadeBy(*key), passing);
    EXPECT_EQ(plan.CountPassing(*key), 0u);
    solution.keys[signer] += passing;
  }
  return solution;
}

Solution Solve(const Archive& archive, size_t tries = 1000) {
  RecoveryPlan plan(archive.candidates, tries);
  return Solve(archive, plan);
}

using Keys = std::map<int, size_t>;

TEST(RecoveryPlan, NothingToTry) {
  Archive archive;
  EXPECT_EQ(Solve(archive).tries, 0u);
  archive.Add(0, 1);
  EXPECT_EQ(Solve(archive).tries, 0u);
}

TEST(RecoveryPlan, OneKey) {
  Archive archive;
  for (int i = 0; i < 20; ++i) archive.Add(0, i);
  const Solution solution = Solve(archive);
  EXPECT_EQ(solution.keys, (Keys{{0, 20}}));
  EXPECT_EQ(solution.tries, 1u);
}

TEST(RecoveryPlan, OneMessageIsNoPair) {
  Archive archive;
  archive.Add(0, 1);
  RecoveryCandidate again = archive.candidates[0];
  again.offset = 1000;
  archive.candidates.push_back(again);
  // The same message with its signature damaged; and the same signature over a
  // header that was changed.
  again.signature[0] ^= 1;
  archive.candidates.push_back(again);
  archive.truth[again.signature] = kNobody;
  again = archive.candidates[0];
  again.header_hash.bytes[0] ^= 1;
  archive.candidates.push_back(again);
  // Only the damaged copy and the changed header could be two messages.
  RecoveryPlan plan(archive.candidates, 100);
  EXPECT_EQ(plan.PairsLeft(), 1u);
  EXPECT_EQ(Solve(archive).keys, Keys{});
}

TEST(RecoveryPlan, OnlyEqualLengths) {
  Archive archive;
  archive.Add(0, 1);
  archive.Add(kLonger, 2);
  EXPECT_EQ(Solve(archive).tries, 0u);
  archive.Add(0, 1000);
  archive.Add(kLonger, 1001);
  const Solution solution = Solve(archive);
  EXPECT_EQ(solution.keys, (Keys{{0, 2}, {kLonger, 2}}));
  EXPECT_EQ(solution.tries, 2u);
}

TEST(RecoveryPlan, ErasHaveTheirKeys) {
  Archive archive;
  for (int era = 0; era < 4; ++era) {
    for (int i = 0; i < 10; ++i) archive.Add(era, era * 100 * kDay + i * kDay);
  }
  const Solution solution = Solve(archive);
  EXPECT_EQ(solution.keys, (Keys{{0, 10}, {1, 10}, {2, 10}, {3, 10}}));
  EXPECT_EQ(solution.tries, 4u);
}

TEST(RecoveryPlan, EveryKeyWithTwoIntactSignatures) {
  Archive archive;
  for (int i = 0; i < 6; ++i) {
    archive.AddChanged(0, i * kDay);
    archive.AddDamaged(1, i * kDay + 100);
  }
  archive.Add(0, 0);
  archive.Add(1, 1);
  archive.Add(2, 2);  // only one
  archive.Add(0, 900 * kDay);
  archive.Add(1, std::nullopt);
  EXPECT_EQ(Solve(archive).keys, (Keys{{0, 2}, {1, 2}}));
}

// What a key made leaves the plan even where its header was changed.
TEST(RecoveryPlan, ChangedHeadersOfAKnownKeyAreNotTried) {
  Archive archive;
  for (int i = 0; i < 30; ++i) archive.AddChanged(0, 1000 * kDay + i * kDay);
  archive.Add(0, 10);
  archive.Add(0, 11);
  const Solution solution = Solve(archive);
  EXPECT_EQ(solution.keys, (Keys{{0, 2}}));
  EXPECT_EQ(solution.tries, 1u);
}

// No one damaged signature is tried with every other one first.
TEST(RecoveryPlan, FailuresMoveOn) {
  Archive archive;
  archive.AddDamaged(0, 50);
  for (int i = 0; i < 10; ++i) archive.Add(0, 50 + 10 * i);
  EXPECT_LE(Solve(archive).tries, 2u);
}

TEST(RecoveryPlan, GivesUp) {
  Archive archive;
  for (int i = 0; i < 30; ++i) archive.AddDamaged(0, i);
  RecoveryPlan plan(archive.candidates, 12);
  EXPECT_EQ(plan.PairsLeft(), 12u);
  EXPECT_EQ(Solve(archive, plan).tries, 12u);
  EXPECT_EQ(plan.PairsLeft(), 0u);
  EXPECT_EQ(Solve(archive, 1000).tries, 30u * 29 / 2);
}

TEST(RecoveryPlan, AKeyGivesNewTries) {
  Archive archive;
  archive.AddDamaged(0, 0);
  archive.AddDamaged(0, 1);
  archive.Add(1, 1000);
  archive.Add(1, 2000);
  archive.AddDamaged(2, 10000);
  archive.AddDamaged(2, 10001);
  archive.Add(3, 50000);
  archive.Add(3, 60000);
  EXPECT_EQ(Solve(archive, 4).keys, (Keys{{1, 2}, {3, 2}}));
}

// What was tried stays tried when others leave.
TEST(RecoveryPlan, NoPairTwice) {
  Archive archive;
  for (int i = 0; i < 5; ++i) archive.AddDamaged(0, i);
  for (int i = 0; i < 3; ++i) archive.Add(1, 500 + 100 * i);
  for (int i = 5; i < 9; ++i) archive.AddDamaged(0, i);
  std::set<std::pair<uint64_t, uint64_t>> pairs;
  RecoveryPlan plan(archive.candidates, 1000);
  while (const auto pair = plan.Next()) {
    const auto& all = plan.candidates();
    const auto [a, b] = *pair;
    EXPECT_TRUE(pairs.insert({all[a].offset, all[b].offset}).second);
    const bool key = archive.truth[all[a].signature] == 1 &&
                     archive.truth[all[b].signature] == 1;
    if (!key) {
      plan.Fail(*pair);
      continue;
    }
    plan.TakeMadeBy(*crypto::PublicKey::ParseRsa(Signer(1).Spki()).key);
  }
  EXPECT_EQ(plan.candidates().size(), 9u);
  EXPECT_GE(pairs.size(), 9u * 8 / 2);
}

}  // namespace
}  // namespace mailassay::audit
