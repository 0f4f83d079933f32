#include "pipeline/run/identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <functional>
#include <string>

#include "tests/run/temp_dir.h"

namespace mailassay::run {
namespace {

using ::testing::HasSubstr;

class IdentityTest : public testing::Test {
 protected:
  IdentityTest() {
    options_.inputs = {dir_.Write("a.mbox", "From a\n\nx\n")};
    options_.key_files = {dir_.Write("keys", "one")};
  }

  absl::StatusOr<store::Settings> Identity(const Options& options) {
    auto reader = source::Reader::Open(options.inputs, {});
    EXPECT_TRUE(reader.ok()) << reader.status();
    return IdentityOf(options, **reader, "list");
  }

  // What CheckSame says of a run that goes on with changed options.
  absl::Status After(const std::function<void(Options&)>& change) {
    const auto then = Identity(options_);
    Options options = options_;
    change(options);
    const auto now = Identity(options);
    if (!now.ok()) return now.status();
    return CheckSame(*then, *now);
  }

  TempDir dir_;
  Options options_;
};

TEST_F(IdentityTest, SameWhenNothingChanges) {
  EXPECT_TRUE(After([](Options&) {}).ok());
}

TEST_F(IdentityTest, WhatDecidesTheOutputIsNamed) {
  const struct {
    const char* name;
    std::function<void(Options&)> change;
  } kCases[] = {
      {"--at",
       [](Options& o) {
         o.judge = {audit::JudgeOptions::At::kTime, 5};
       }},
      {"--at",
       [](Options& o) {
         o.judge = {audit::JudgeOptions::At::kNewestReceived};
       }},
      {"--min-rsa-bits", [](Options& o) { o.judge.min_rsa_bits = 2048; }},
      {"--follow", [](Options& o) { o.follow_links = true; }},
      {"--max-message", [](Options& o) { o.limits.max_message_bytes = 7; }},
      {"--offline", [](Options& o) { o.offline = true; }},
      {"--raw-csv", [](Options& o) { o.raw_csv = true; }},
      {"--rows", [](Options& o) { o.all_rows = true; }},
      {"--sample", [](Options& o) { o.sample.parts = 1'000'000; }},
      {"--from", [](Options& o) { o.from.domains = {"a.example"}; }},
      {"--keys", [](Options& o) { o.key_files.clear(); }},
      {"--keys",
       [this](Options& o) { o.key_files.push_back(dir_.Write("k", "2")); }},
      {"--keys", [this](Options&) { dir_.Write("keys", "other"); }},
      {"input",
       [this](Options& o) { o.inputs = {dir_.Write("b.mbox", "From")}; }},
      {"input",
       [this](Options& o) {
         o.inputs.push_back(dir_.Write("b.mbox", "From"));
       }},
  };
  for (const auto& [name, change] : kCases) {
    const absl::Status status = After(change);
    EXPECT_TRUE(absl::IsFailedPrecondition(status)) << name << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(name));
    dir_.Write("keys", "one");
  }
}

TEST_F(IdentityTest, WhatDecidesNothingIsFree) {
  EXPECT_TRUE(After([this](Options& o) {
                o.jobs = 7;
                o.memory_bytes = 1u << 30;
                o.block_bytes = 1u << 20;
                o.quiet = true;
                o.strict_dns = true;
                o.fail_under = 5;
                o.started_at = 99;
                o.out_dir = "elsewhere";
                o.existing = Options::Existing::kResume;
                o.key_files = {dir_.Write("moved", "one")};
              }).ok());
}

TEST_F(IdentityTest, OrderCounts) {
  dir_.Write("b.mbox", "From");
  const std::string b = dir_.File("b.mbox");
  options_.inputs.push_back(b);
  EXPECT_FALSE(
      After([](Options& o) { std::swap(o.inputs[0], o.inputs[1]); }).ok());
}

TEST_F(IdentityTest, TheListOfSuffixesCounts) {
  auto then = *Identity(options_);
  auto now = then;
  now["public suffix list"] = "other";
  EXPECT_FALSE(CheckSame(then, now).ok());
  now = then;
  now["program"] = "later";
  EXPECT_TRUE(CheckSame(then, now).ok()) << "what else is there is free";
}

TEST_F(IdentityTest, AnotherListOfSuffixesIsNamed) {
  const std::string path = dir_.Write("list", "example");
  auto settings = *Identity(options_);
  settings["run public suffix list"] = "/old";
  EXPECT_TRUE(TakeSuffixList(path, &settings));
  EXPECT_EQ(settings["run public suffix list"], path);
  EXPECT_EQ(settings["public suffix list"], Sha256OfFile(path));
  EXPECT_EQ(settings["run public suffix list sha256"], Sha256OfFile(path));
  // The same list in another place is the same.
  EXPECT_FALSE(TakeSuffixList(dir_.Write("copy", "example"), &settings));
  EXPECT_EQ(settings["run public suffix list"], path);
}

TEST_F(IdentityTest, AKeyFileThatCannotBeRead) {
  options_.key_files.push_back(dir_.File("none"));
  EXPECT_TRUE(absl::IsUnavailable(Identity(options_).status()));
}

TEST_F(IdentityTest, APipeCannotBeGoneOnWith) {
  ASSERT_EQ(mkfifo(dir_.File("fifo").c_str(), 0600), 0);
  options_.inputs = {dir_.File("fifo")};
  EXPECT_TRUE(Identity(options_).ok());
  options_.existing = Options::Existing::kResume;
  EXPECT_TRUE(absl::IsFailedPrecondition(Identity(options_).status()));
}

TEST_F(IdentityTest, Sha256OfAFile) {
  EXPECT_EQ(Sha256OfFile(dir_.Write("empty", "")),
            "e3b0c44298fc1c149afbf4c8996fb924"
            "27ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256OfFile(dir_.Write("abc", "abc")),
            "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad");
  EXPECT_NE(Sha256OfFile(dir_.Write("a", std::string(1 << 16, 'x'))),
            Sha256OfFile(dir_.Write("b", std::string((1 << 16) + 1, 'x'))));
  EXPECT_EQ(Sha256OfFile(dir_.File("none")), "");
  EXPECT_EQ(Sha256OfFile(""), "");
  EXPECT_EQ(Sha256OfFile(dir_.path()), "") << "a directory";
}

}  // namespace
}  // namespace mailassay::run
