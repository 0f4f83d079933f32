#include "pipeline/run/recovery_schedule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/reference/signing_key.h"

namespace mailassay::run {
namespace {

using reference::SigningKey;

constexpr double kForever = INFINITY;
constexpr size_t kMuch = size_t{1} << 32;

const SigningKey& Secret(unsigned bits, uint64_t seed = 1) {
  static std::map<std::pair<unsigned, uint64_t>, SigningKey> keys;
  return keys.try_emplace({bits, seed}, SigningKey::Rsa(seed, bits, 3))
      .first->second;
}

RecoverySchedule::Key PublicOf(const SigningKey& key) {
  return crypto::PublicKey::ParseRsa(key.Spki()).key;
}

audit::RecoveryCandidate Signed(const SigningKey& key, int number) {
  audit::RecoveryCandidate one;
  one.header_hash = crypto::Hash(one.hash, std::to_string(number));
  one.signature =
      key.SignDigest(reference::DigestName::kSha256, one.header_hash.span());
  one.time = number;
  return one;
}

RecoverySchedule::Name NameOf(const std::string& name, const SigningKey& key,
                              int first, int count, size_t tries = 20) {
  std::vector<audit::RecoveryCandidate> candidates;
  for (int i = 0; i < count; ++i) candidates.push_back(Signed(key, first + i));
  return {.name = name,
          .plan = audit::RecoveryPlan(std::move(candidates), tries),
          .thinned = false,
          .added = static_cast<uint64_t>(count)};
}

template <typename... Names>
RecoverySchedule ScheduleOf(size_t memory, Names... names) {
  std::vector<RecoverySchedule::Name> all;
  (all.push_back(std::move(names)), ...);
  RecoverySchedule schedule(std::move(all), memory);
  schedule.Begin({});
  return schedule;
}

RecoveryResult Failure(const RecoveryTask& task, double seconds = 1) {
  return {.id = task.id,
          .found = {crypto::Recovery::kNothingCommon, nullptr},
          .seconds = seconds};
}
RecoveryResult Success(const RecoveryTask& task, const SigningKey& key) {
  return {.id = task.id,
          .found = {crypto::Recovery::kKey, PublicOf(key)},
          .seconds = 0};
}

TEST(RecoveryCost, LearnsFromWhatWasMeasured) {
  RecoveryCost cost;
  const double before = cost.Seconds(256);
  EXPECT_GT(before, cost.Seconds(128));
  cost.Learn(128, 2 * cost.Seconds(128));
  EXPECT_NEAR(cost.Seconds(256), 2 * before, 1e-6);
  cost.Learn(256, before);
  EXPECT_LT(cost.Seconds(256), 1.5 * before);
}

TEST(RecoverySchedule, NothingToDo) {
  RecoverySchedule schedule = ScheduleOf(kMuch);
  EXPECT_FALSE(schedule.Next(kForever));
  EXPECT_EQ(schedule.open(), 0u);
  EXPECT_EQ(schedule.FewestSeconds(), 0);
}

TEST(RecoverySchedule, AKeyOfOneName) {
  RecoverySchedule schedule = ScheduleOf(kMuch, NameOf("a", Secret(512), 0, 5));
  EXPECT_EQ(schedule.open(), 1u);
  EXPECT_EQ(schedule.MostPairs(), 10u);
  const auto task = schedule.Next(kForever);
  ASSERT_TRUE(task);
  EXPECT_FALSE(schedule.Next(kForever));
  EXPECT_EQ(schedule.at_work(), 1u);
  EXPECT_EQ(schedule.open(), 1u);
  const auto news = schedule.Take(Success(*task, Secret(512)));
  ASSERT_EQ(news.found.size(), 1u);
  EXPECT_EQ(news.found[0].name, "a");
  EXPECT_EQ(news.found[0].signatures, 5u);
  EXPECT_TRUE(news.given_up.empty());
  EXPECT_EQ(schedule.open(), 0u);
  EXPECT_EQ(schedule.at_work(), 0u);
}

TEST(RecoverySchedule, FirstTriesBeforeSecondOnes) {
  RecoverySchedule schedule = ScheduleOf(kMuch, NameOf("a", Secret(512), 0, 3),
                                         NameOf("b", Secret(512, 2), 10, 2));
  const auto a = schedule.Next(kForever);
  EXPECT_EQ(a->id, 0u);
  schedule.Take(Failure(*a));
  EXPECT_EQ(schedule.Next(kForever)->id, 1u);
  EXPECT_EQ(schedule.Next(kForever)->id, 0u);
}

TEST(RecoverySchedule, GivesUpAndSaysHowMuchWasTried) {
  RecoverySchedule schedule = ScheduleOf(kMuch, NameOf("a", Secret(512), 0, 3));
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(
        schedule.Take(Failure(*schedule.Next(kForever))).given_up.empty());
  }
  const auto news = schedule.Take(Failure(*schedule.Next(kForever)));
  ASSERT_EQ(news.given_up.size(), 1u);
  EXPECT_EQ(news.given_up[0].name, "a");
  EXPECT_EQ(news.given_up[0].tried, 3u);
  EXPECT_FALSE(schedule.Next(kForever));
}

TEST(RecoverySchedule, OneKeyOfSeveralNames) {
  RecoverySchedule schedule = ScheduleOf(
      kMuch, NameOf("a", Secret(512), 0, 3), NameOf("b", Secret(512), 10, 2),
      NameOf("single", Secret(512), 20, 1),
      NameOf("other", Secret(512, 2), 30, 1));
  EXPECT_EQ(schedule.open(), 2u);
  const auto a = schedule.Next(kForever);
  const auto b = schedule.Next(kForever);
  auto news = schedule.Take(Success(*a, Secret(512)));
  // "b" is at work.
  ASSERT_EQ(news.found.size(), 2u);
  EXPECT_EQ(news.found[1].name, "single");
  EXPECT_EQ(news.found[1].signatures, 1u);
  news = schedule.Take(Failure(*b));
  ASSERT_EQ(news.found.size(), 1u);
  EXPECT_EQ(news.found[0].name, "b");
  EXPECT_EQ(news.found[0].signatures, 2u);
  EXPECT_TRUE(news.given_up.empty());
  EXPECT_EQ(schedule.open(), 0u);
}

TEST(RecoverySchedule, KeysOfEarlierRuns) {
  std::vector<RecoverySchedule::Name> names;
  names.push_back(NameOf("a", Secret(512), 0, 3));
  RecoverySchedule schedule(std::move(names), kMuch);
  const auto news =
      schedule.Begin({PublicOf(Secret(512, 2)), PublicOf(Secret(512))});
  ASSERT_EQ(news.found.size(), 1u);
  EXPECT_EQ(news.found[0].signatures, 3u);
  EXPECT_FALSE(schedule.Next(kForever));
}

// Two signatures alone prove only a key of a length that keys have.
TEST(RecoverySchedule, AnUnusualLengthTakesThree) {
  const SigningKey& odd = Secret(520);
  RecoverySchedule two = ScheduleOf(kMuch, NameOf("a", odd, 0, 2));
  const auto news = two.Take(Success(*two.Next(kForever), odd));
  EXPECT_TRUE(news.found.empty());
  EXPECT_EQ(news.given_up.size(), 1u);
  RecoverySchedule three = ScheduleOf(kMuch, NameOf("a", odd, 0, 3));
  EXPECT_EQ(three.Take(Success(*three.Next(kForever), odd)).found.size(), 1u);
}

TEST(RecoverySchedule, MemoryBoundsWhatIsAtWork) {
  const size_t room = 2 * crypto::RecoveryMemory(64) + 1;
  RecoverySchedule schedule = ScheduleOf(room, NameOf("a", Secret(512), 0, 2),
                                         NameOf("b", Secret(512, 2), 10, 2),
                                         NameOf("c", Secret(512, 3), 20, 2));
  const auto a = schedule.Next(kForever);
  EXPECT_TRUE(schedule.Next(kForever));
  EXPECT_FALSE(schedule.Next(kForever));
  EXPECT_EQ(schedule.at_work(), 2u);
  schedule.Take(Failure(*a));
  EXPECT_TRUE(schedule.Next(kForever));
}

TEST(RecoverySchedule, BeginsNothingThatTakesTooLong) {
  RecoverySchedule schedule =
      ScheduleOf(kMuch, NameOf("long", Secret(1024), 0, 2),
                 NameOf("short", Secret(512), 10, 2));
  const double seconds = RecoveryCost().Seconds(64);
  EXPECT_FALSE(schedule.Next(seconds / 2));
  EXPECT_EQ(schedule.Next(seconds + 0.1)->id, 1u);
  EXPECT_FALSE(schedule.Next(seconds + 0.1));
  EXPECT_EQ(schedule.open(), 2u);
}

TEST(RecoverySchedule, ANameWithMoreIsNotGivenUpOnceItHasAKey) {
  RecoverySchedule::Name name = {
      .name = "a",
      .plan = audit::RecoveryPlan(
          {Signed(Secret(512), 0), Signed(Secret(512), 1),
           Signed(Secret(512, 2), 100), Signed(Secret(512, 3), 200)},
          20),
      .thinned = true,
      .added = 1000};
  RecoverySchedule schedule = ScheduleOf(kMuch, std::move(name));
  auto news = schedule.Take(Success(*schedule.Next(kForever), Secret(512)));
  ASSERT_EQ(news.found.size(), 1u);
  EXPECT_TRUE(news.found[0].thinned);
  news = schedule.Take(Failure(*schedule.Next(kForever)));
  EXPECT_TRUE(news.given_up.empty());
  EXPECT_EQ(schedule.open(), 0u);
}

}  // namespace
}  // namespace mailassay::run
