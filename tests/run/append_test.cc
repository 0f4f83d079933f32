#include "pipeline/run/append.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "pipeline/run/run.h"
#include "pipeline/store/audit_store.h"
#include "tests/run/small_audits.h"

namespace mailassay::run {
namespace {

using store::AuditStore;
using ::testing::HasSubstr;
using ::testing::Not;

class AppendTest : public SmallAudits {
 protected:
  int Add(const std::string& version, const std::string& mail) {
    Options options = OptionsOf(version, "out");
    options.existing = Options::Existing::kAppend;
    options.inputs = {Mail(mail)};
    return Append(options);
  }

  std::string SealOf(const std::string& out) {
    auto audit = AuditStore::Open(dir_.File(out), AuditStore::Access::kRead);
    return audit.ok() ? (*audit)->seal() : "";
  }

  // In out/increment: mail is read, and the run ends.
  void LeaveIncrement(const std::string& added_to) {
    Options options = OptionsOf("1.0", "out/increment");
    options.inputs = {Mail("b.eml")};
    const Increment increment = {
        .skip = [](const source::FoundFile&) { return false; },
        .answers = {},
        .settings = {{"added to", added_to}}};
    ASSERT_EQ(ReadInto(options, increment), kDone);
  }

  // In one line, and nothing of out/increment is touched.
  void ExpectRefused() {
    const std::string before = dir_.Read("out/increment/audit.sqlite");
    const auto [code, said] = Said([&] { return Add("1.0", "d.eml"); });
    EXPECT_EQ(code, kUsage);
    EXPECT_THAT(said, HasSubstr("out/increment: is no part of"));
    EXPECT_EQ(std::ranges::count(said, '\n'), 1) << said;
    EXPECT_EQ(dir_.Read("out/increment/audit.sqlite"), before);
  }
};

TEST_F(AppendTest, WhoReadWhatIsTold) {
  EXPECT_EQ(Add("1.0", "a.eml"), kDone);
  EXPECT_EQ(Add("1.0", "b.eml"), kDone);
  EXPECT_THAT(Method("out"), Not(HasSubstr("judged by mailassay")));
  EXPECT_EQ(Add("1.1", "c.eml"), kDone);
  const std::string first =
      "read by mailassay 1.0 and mailassay 1.1 and judged by mailassay 1.1";
  EXPECT_THAT(Method("out"), HasSubstr(first));
  EXPECT_EQ(Add("1.1", "d.eml"), kDone);
  EXPECT_THAT(Method("out"), HasSubstr(first));
}

TEST_F(AppendTest, AnIncrementOfThisAuditGoesOn) {
  EXPECT_EQ(Add("1.0", "a.eml"), kDone);
  LeaveIncrement(SealOf("out"));
  EXPECT_EQ(Add("1.0", "b.eml"), kDone);
  EXPECT_FALSE(dir_.Has("out/increment"));
}

TEST_F(AppendTest, AnIncrementThatTheAuditHoldsGoes) {
  EXPECT_EQ(Add("1.0", "a.eml"), kDone);
  const std::string before = SealOf("out");
  EXPECT_EQ(Add("1.0", "b.eml"), kDone);
  LeaveIncrement(before);
  EXPECT_EQ(Add("1.0", "b.eml"), kDone) << "nothing is new";
  EXPECT_FALSE(dir_.Has("out/increment"));
}

TEST_F(AppendTest, WhatOthersPutThereStays) {
  EXPECT_EQ(Add("1.0", "a.eml"), kDone);
  LeaveIncrement(SealOf("out"));
  dir_.Write("out/increment/notes", "mine");
  EXPECT_EQ(Add("1.0", "b.eml"), kDone);
  EXPECT_EQ(dir_.Read("out/increment/notes"), "mine");
  EXPECT_FALSE(dir_.Has("out/increment/audit.sqlite"));
}

TEST_F(AppendTest, AnIncrementOfAnotherAuditStays) {
  EXPECT_EQ(Add("1.0", "a.eml"), kDone);
  const std::string first = SealOf("out");
  EXPECT_EQ(Add("1.0", "b.eml"), kDone);
  EXPECT_EQ(Add("1.0", "c.eml"), kDone);
  for (const std::string& of : {first, std::string(), std::string(64, '0')}) {
    LeaveIncrement(of);
    ExpectRefused();
    std::filesystem::remove_all(dir_.File("out/increment"));
  }
}

// Each was added to; each is finished.
TEST_F(AppendTest, AFinishedAuditIsNoIncrement) {
  EXPECT_EQ(Add("1.0", "a.eml"), kDone);
  EXPECT_EQ(Add("1.0", "b.eml"), kDone);
  std::filesystem::create_directory(dir_.File("kept"));
  std::filesystem::copy(dir_.File("out/audit.sqlite"), dir_.File("kept"));
  EXPECT_EQ(Add("1.0", "c.eml"), kDone);
  for (const char* audit : {"kept/audit.sqlite", "out/audit.sqlite"}) {
    std::filesystem::create_directory(dir_.File("out/increment"));
    std::filesystem::copy(dir_.File(audit), dir_.File("out/increment"));
    ExpectRefused();
    std::filesystem::remove_all(dir_.File("out/increment"));
  }
}

}  // namespace
}  // namespace mailassay::run
