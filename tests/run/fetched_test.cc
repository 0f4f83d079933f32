#include "pipeline/run/fetched.h"

#include <gtest/gtest.h>

#include <memory>

namespace mailassay::run {
namespace {

using dkim::KeyStatus;

keys::KeyStore::Answer With(KeyStatus status) {
  auto answer = std::make_shared<dkim::KeyAnswer>();
  answer->status = status;
  return answer;
}

TEST(FetchSummary, CountsEachKindOfAnswer) {
  Fetched fetched = {
      .messages = 1234,
      .octets = 5'000'000,
      .seconds = 2,
      .jobs = 2,
      .file = "k\n.jsonl",
      .answers = {With(KeyStatus::kNxDomain), With(KeyStatus::kFound),
                  With(KeyStatus::kFound)}};
  EXPECT_EQ(FetchSummary(fetched),
            "3 names needed; 1,234 messages, 5.0 MB read in 2.0 s by 2 jobs\n"
            "          2  found\n"
            "          1  nxdomain\n"
            "Saved in k\\x0A.jsonl\n");
  fetched.answers.push_back(With(KeyStatus::kTimeout));
  const std::string said = FetchSummary(fetched);
  EXPECT_NE(said.find("          1  timeout\n"), said.npos) << said;
  EXPECT_NE(said.find("asks only them again\n"), said.npos) << said;
}

TEST(FetchSummary, SaysWhatWasRead) {
  Fetched fetched = {.audits = 1, .seconds = 2, .file = "k", .answers = {}};
  EXPECT_EQ(FetchSummary(fetched),
            "0 names needed; 1 audit read in 2.0 s by 1 job\nSaved in k\n");
  fetched.messages = 1;
  fetched.octets = 100;
  EXPECT_EQ(FetchSummary(fetched),
            "0 names needed; 1 audit, 1 message, 100 bytes read in 2.0 s by 1 "
            "job\nSaved in k\n");
}

}  // namespace
}  // namespace mailassay::run
