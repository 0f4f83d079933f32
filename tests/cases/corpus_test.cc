// Signed messages of other projects (../shared/corpus), each with the verdict
// its source states.  Where ours differs, the difference stands with its
// reason in corpus_differences.tsv, and nothing else may differ.

#include <gtest/gtest.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lib/audit/group_examiner.h"
#include "lib/audit/row.h"
#include "pipeline/keys/key_file.h"
#include "pipeline/keys/key_store.h"

namespace mailassay {
namespace {

namespace fs = std::filesystem;

std::string Slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Split(const std::string& line, char by) {
  std::vector<std::string> parts(1);
  for (char c : line) {
    if (c == by) {
      parts.emplace_back();
    } else {
      parts.back().push_back(c);
    }
  }
  return parts;
}

std::vector<std::vector<std::string>> ReadTable(const fs::path& path) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : Split(Slurp(path), '\n')) {
    if (!line.empty() && line[0] != '#') rows.push_back(Split(line, '\t'));
  }
  return rows;
}

// Unix seconds, or nothing ("-" and remarks).
std::optional<int64_t> Seconds(const std::string& text) {
  int64_t seconds = 0;
  const char* end = text.data() + text.size();
  auto [rest, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc() || rest != end) return std::nullopt;
  return seconds;
}

struct Stated {
  std::string source;  // folder of the corpus
  std::string path;
  std::string index;  // "any", or the signature's number from 0
  std::string verdict;
  std::optional<int64_t> at;
  std::string keys;
};

// ARC and the sources' strict modes are not judged here.
std::vector<Stated> ReadCorpus(const fs::path& corpus) {
  std::vector<Stated> stated;
  for (const auto& entry : fs::directory_iterator(corpus)) {
    if (!fs::exists(entry.path() / "expected.tsv")) continue;
    for (const auto& row : ReadTable(entry.path() / "expected.tsv")) {
      if (row.size() < 6 || row[1] == "arc" || row[1] == "any-strict") continue;
      stated.push_back({.source = entry.path().filename(),
                        .path = row[0],
                        .index = row[1],
                        .verdict = row[2],
                        .at = Seconds(row[4]),
                        .keys = row[5]});
    }
  }
  return stated;
}

// A message judged with the corpus' keys, facts kept alive beside the row.
struct JudgedMessage {
  audit::MessageFacts facts;
  audit::MessageRow row;
};

std::unique_ptr<JudgedMessage> JudgeMessage(
    const Stated& stated, const fs::path& corpus,
    const dmarc::PublicSuffixList& suffixes) {
  std::string text = Slurp(corpus / stated.source / stated.path);
  audit::GroupExaminer examiner(audit::MessageLimits{}, {});
  auto input = std::make_shared<audit::Input>();
  auto judged = std::make_unique<JudgedMessage>();
  EXPECT_TRUE(
      examiner.Add({.input = input, .offset = 0, .from_line = {}}, text));
  judged->facts = std::move(examiner.Finish().front());
  keys::KeyStore store(nullptr);
  auto answers = keys::ReadKeyFile(corpus / stated.source / stated.keys);
  EXPECT_TRUE(answers.ok()) << answers.status();
  if (answers.ok()) store.Import(std::move(answers->answers));
  std::vector<keys::KeyStore::Answer> of_signatures;
  for (const dkim::Evidence& evidence : judged->facts.signatures) {
    std::string name = dkim::KeyName(evidence.signature);
    of_signatures.push_back(name.empty() ? nullptr : store.Request(name));
  }
  audit::JudgeOptions options;
  if (stated.at) {
    options = {.at = audit::JudgeOptions::At::kTime, .time = *stated.at};
  }
  judged->row =
      audit::Judge(judged->facts, std::move(of_signatures), suffixes, options);
  return judged;
}

// The verdict that answers the statement: one signature's, or the best one's;
// null without such a signature.
const dkim::Verdict* Answering(const Stated& stated,
                               const audit::MessageRow& row) {
  int index = stated.index == "any" ? row.best : std::stoi(stated.index);
  if (index < 0 || static_cast<size_t>(index) >= row.signatures.size()) {
    return nullptr;
  }
  return &row.signatures[static_cast<size_t>(index)].verdict;
}

bool Agrees(const std::string& said, const dkim::Verdict* verdict) {
  using dkim::Result;
  // No verdict in the source, or its own limit, which ours need not share.
  if (said.starts_with("unstated") || said == "limit" ||
      said == "DKIM_STAT_NORESOURCE" || said == "skipped:pass") {
    return true;
  }
  if (verdict == nullptr) return said == "none";
  if (said == "fail-body") {
    return verdict->body == dkim::BodyMatch::kMismatch &&
           verdict->result != Result::kPass;
  }
  if (said == "fail-sig") return verdict->crypto == dkim::Crypto::kFail;
  if (said == "not-pass") return verdict->result != Result::kPass;
  if (said == "nokey") return verdict->reason == dkim::Reason::kNoKey;
  return said == dkim::ResultName(verdict->result);
}

std::string Ours(const dkim::Verdict* verdict) {
  if (verdict == nullptr) return "none";
  return std::string(dkim::ResultName(verdict->result)) + " " +
         std::string(dkim::ReasonCode(verdict->reason));
}

TEST(Corpus, EveryDifferenceIsArgued) {
  const fs::path corpus = fs::path(MAILASSAY_SHARED_DIR) / "corpus";
  if (!fs::exists(corpus)) {
    GTEST_SKIP() << "no corpus of signed messages at " << corpus;
  }
  auto suffixes = dmarc::PublicSuffixList::Load();
  // source/path, index, stated, ours -> why
  std::map<std::vector<std::string>, std::string> argued;
  for (const auto& row : ReadTable(fs::path(MAILASSAY_SOURCE_DIR) /
                                   "tests/cases/corpus_differences.tsv")) {
    ASSERT_EQ(row.size(), 5u) << row[0];
    argued[{row[0], row[1], row[2], row[3]}] = row[4];
  }
  std::set<std::vector<std::string>> met;
  std::vector<Stated> all = ReadCorpus(corpus);
  EXPECT_GE(all.size(), 225u);
  for (const Stated& stated : all) {
    auto judged = JudgeMessage(stated, corpus, *suffixes);
    const dkim::Verdict* verdict = Answering(stated, judged->row);
    if (Agrees(stated.verdict, verdict)) continue;
    std::vector<std::string> difference = {stated.source + "/" + stated.path,
                                           stated.index, stated.verdict,
                                           Ours(verdict)};
    met.insert(difference);
    EXPECT_TRUE(argued.contains(difference))
        << difference[0] << "\t" << difference[1] << "\t" << difference[2]
        << "\t" << difference[3];
  }
  for (const auto& [difference, why] : argued) {
    EXPECT_TRUE(met.contains(difference))
        << "no longer differs: " << difference[0];
    EXPECT_FALSE(why.empty()) << difference[0];
  }
  std::cout << all.size() << " stated verdicts, " << met.size()
            << " argued differences\n";
}

}  // namespace
}  // namespace mailassay
