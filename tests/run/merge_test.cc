#include "pipeline/run/merge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/run/exit_code.h"
#include "pipeline/run/recheck.h"
#include "tests/run/small_audits.h"

namespace mailassay::run {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MergeTest : public SmallAudits {
 protected:
  std::pair<int, std::string> Merged(const std::vector<std::string>& audits,
                                     const std::string& version) {
    return Said([&] { return Merge(audits, OptionsOf(version, "merged")); });
  }
};

TEST_F(MergeTest, ShardsNeedOneVersion) {
  std::vector<std::string> shards = {Read("1.0", "one", {1, 3}),
                                     Read("1.0", "two", {2, 3})};
  shards.push_back(Read("1.1", "three", {3, 3}));
  const auto [code, said] = Merged(shards, "1.1");
  EXPECT_EQ(code, kUsage);
  EXPECT_THAT(said, AllOf(HasSubstr("mailassay 1.0"),
                          HasSubstr("mailassay 1.1"), HasSubstr(shards[2])));
  EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
  EXPECT_FALSE(dir_.Has("merged"));
}

TEST_F(MergeTest, AnotherVersionThatJudgesIsTold) {
  const std::vector<std::string> shards = {Read("1.0", "one", {1, 2}),
                                           Read("1.0", "two", {2, 2})};
  EXPECT_EQ(Merged(shards, "1.1").first, kDone);
  EXPECT_THAT(Method("merged"),
              HasSubstr("read by mailassay 1.0 and judged by mailassay 1.1"));
}

TEST_F(MergeTest, AuditsOfTheirOwnMayBeOfDifferentVersions) {
  const std::vector<std::string> audits = {Read("1.0", "one"),
                                           Read("1.1", "two")};
  EXPECT_EQ(Merged(audits, "1.1").first, kDone);
  EXPECT_THAT(Method("merged"),
              HasSubstr("read by mailassay 1.0 and mailassay 1.1 and judged by "
                        "mailassay 1.1"));
}

TEST_F(MergeTest, OneVersionIsNotTold) {
  const std::vector<std::string> audits = {Read("1.0", "one"),
                                           Read("1.0", "two")};
  EXPECT_EQ(Merged(audits, "1.0").first, kDone);
  EXPECT_THAT(Method("merged"), Not(HasSubstr("judged by mailassay")));
}

TEST_F(MergeTest, AnAuditThatIsJudgedAgainKeepsItsReader) {
  RecheckOptions recheck;
  recheck.dir = Read("1.0", "one");
  EXPECT_EQ(Recheck(recheck, OptionsOf("1.1", "again")), kDone);
  const char kReader[] = "read by mailassay 1.0 and judged by mailassay 1.1";
  EXPECT_THAT(Method("again"), HasSubstr(kReader));
  EXPECT_EQ(Merged({dir_.File("again"), Read("1.1", "two")}, "1.1").first,
            kDone);
  EXPECT_THAT(Method("merged"), HasSubstr(kReader));
}

}  // namespace
}  // namespace mailassay::run
