#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cmd/flags.h"
#include "cmd/size.h"
#include "pipeline/run/sample_text.h"

namespace mailassay::cmd {
namespace {

absl::StatusOr<run::Options> Parse(std::vector<std::string> words) {
  CLI::App app("test");
  Flags flags;
  CLI::App* verify = app.add_subcommand("verify");
  AddVerifyOptions(*verify, flags);
  words.insert(words.begin(), "verify");
  std::reverse(words.begin(), words.end());  // as CLI11 takes a vector
  app.parse(words);
  return OptionsOf(*verify, flags);
}

TEST(Size, Units) {
  EXPECT_EQ(ParseSize("0"), 0u);
  EXPECT_EQ(ParseSize("512M"), 512u << 20);
  EXPECT_EQ(ParseSize("2g"), uint64_t{2} << 30);
  EXPECT_EQ(ParseSize("3KiB"), 3u << 10);
  EXPECT_EQ(ParseSize("7B"), 7u);
  for (const char* bad : {"", "M", "-1", "1X", "1 M", "1MB5", "99999999999G",
                          "18446744073709551616"}) {
    EXPECT_EQ(ParseSize(bad), std::nullopt) << bad;
  }
}

TEST(VerifyOptions, Defaults) {
  auto options = Parse({"a.mbox"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->memory_bytes, 512u << 20);
  EXPECT_EQ(options->limits.max_message_bytes, 256u << 20);
  EXPECT_EQ(options->resolver.per_second, 500);
  EXPECT_GE(options->jobs, 1);
  EXPECT_EQ(options->judge.at, audit::JudgeOptions::At::kReceived);
  EXPECT_EQ(options->judged_at, "time of receipt");
}

TEST(VerifyOptions, EvaluationTimes) {
  using At = audit::JudgeOptions::At;
  struct Case {
    const char* given;
    At at;
    const char* words;
  };
  for (const Case& c : {
           Case{"received", At::kReceived, "time of receipt"},
           Case{"newest-received", At::kNewestReceived,
                "newest Received field"},
           Case{"delivery-date", At::kDeliveryDate, "Delivery-date field"},
           Case{"mbox-from", At::kMboxFrom, "mbox From_ line"},
           Case{"date", At::kDate, "Date field"},
           Case{"2026-03-01", At::kTime, "2026-03-01T00:00:00Z"},
       }) {
    auto options = Parse({"--at", c.given, "a"});
    ASSERT_TRUE(options.ok()) << c.given;
    EXPECT_EQ(options->judge.at, c.at);
    EXPECT_EQ(options->judged_at, c.words);
  }
  auto now = Parse({"--at", "now", "a"});
  ASSERT_TRUE(now.ok());
  EXPECT_EQ(now->judge.at, At::kNow);
  EXPECT_EQ(now->judge.time, now->started_at);
}

// One line that says which option makes no sense and why.
TEST(VerifyOptions, Refusals) {
  struct Case {
    std::vector<std::string> words;
    const char* says;
  };
  for (const Case& c : {
           Case{{"--offline", "--resolver", "127.0.0.1", "a"}, "--resolver"},
           Case{{"--offline", "--dns-rate", "5", "a"}, "--dns-rate"},
           Case{{"--offline", "--strict-dns", "a"}, "--strict-dns"},
           Case{{"--force", "a"}, "--force"},
           Case{{"--rows", "a"}, "--rows"},
           Case{{"--ignore-space", "a"}, "--ignore-space"},
           Case{{"--raw-csv", "a"}, "--raw-csv"},
           Case{{"--json", "--csv", "messages", "a"}, "--json"},
           Case{{"--csv", "people", "a"}, "people"},
           Case{{"--at", "yesterday", "a"}, "--at"},
           Case{{"--from", "not a domain", "a"}, "--from"},
           Case{{"--memory", "lots", "a"}, "--memory"},
           Case{{"--memory", "1M", "a"}, "--memory"},
           Case{{"--max-message", "0", "a"}, "--max-message"},
           Case{{"-j", "5000", "a"}, "--jobs"},
           Case{{"--dns-rate", "-1", "a"}, "--dns-rate"},
           Case{{"--fail-under", "101", "a"}, "--fail-under"},
           Case{{"--progress", "loud", "a"}, "--progress"},
           Case{{"--sample", "0%", "a"}, "--sample"},
           Case{{"--sample", "-1", "a"}, "\"-1\""},
           Case{{"--sample", "150%", "a"}, "150%"},
           Case{{"--sample", "x", "a"}, "1%, 0.5%"},
           Case{{"--sample", "", "a"}, "--sample"},
           Case{{"-", "-"}, "-"},
       }) {
    auto options = Parse(c.words);
    ASSERT_FALSE(options.ok()) << c.words[0];
    std::string why(options.status().message());
    EXPECT_NE(why.find(c.says), std::string::npos) << why;
    EXPECT_EQ(why.find('\n'), std::string::npos) << why;
  }
}

TEST(Sample, Percent) {
  const auto parts = [](std::string_view text) {
    auto share = run::ParsePercent(text);
    return share ? share->parts : 0;
  };
  EXPECT_EQ(parts("1%"), 1'000'000u);
  EXPECT_EQ(parts("1"), 1'000'000u);
  EXPECT_EQ(parts("0.5%"), 500'000u);
  EXPECT_EQ(parts("0.000001"), 1u);
  EXPECT_EQ(parts("99.999999%"), 99'999'999u);
  EXPECT_EQ(parts("100%"), source::Share::kWhole);
  EXPECT_EQ(parts("100.000000%"), source::Share::kWhole);
  EXPECT_EQ(parts("007"), 7'000'000u);
  for (const char* bad :
       {"",    "%",    "0",    "0%",    "0.0", "0.0000001",
        "-1",  "+1",   "1%%",  "1 %",   " 1",  "x",
        "1x",  "1.",   ".5",   "1.5.2", "1e1", "100.000001",
        "101", "150%", "0001", "nan",   "1,5", "4294967297"}) {
    EXPECT_EQ(parts(bad), 0u) << bad;
  }
  for (const char* text :
       {"1", "0.5", "0.000001", "99.999999", "100", "12.34", "10", "0.01"}) {
    EXPECT_EQ(run::FormatPercent(*run::ParsePercent(text)), text);
  }
  EXPECT_EQ(run::FormatPercent(*run::ParsePercent("1.500%")), "1.5");
}

TEST(VerifyOptions, Sample) {
  EXPECT_TRUE(Parse({"a"})->sample.all());
  EXPECT_TRUE(Parse({"--sample", "100%", "a"})->sample.all());
  EXPECT_EQ(Parse({"--sample", "2.5%", "a"})->sample.parts, 2'500'000u);
}

TEST(VerifyOptions, Values) {
  auto options =
      Parse({"--at", "2026-03-01T00:00:00Z", "--from", "Example.COM", "--csv",
             "keys", "-j", "3", "-o", "out", "--rows", "x", "y"});
  ASSERT_TRUE(options.ok());
  EXPECT_EQ(options->judge.time, 1772323200);
  EXPECT_EQ(options->from.domains, std::vector<std::string>{"example.com"});
  EXPECT_EQ(options->csv, audit::Table::kKeys);
  EXPECT_EQ(options->jobs, 3);
  EXPECT_EQ(options->inputs, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(options->all_rows);
}

}  // namespace
}  // namespace mailassay::cmd
