#include "lib/audit/duplicates.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lib/crypto/hash.h"
#include "tests/audit/made_up.h"

namespace mailassay::audit {
namespace {

constexpr size_t kMuch = 1 << 20;

MessageFacts Message(std::string_view id, uint64_t offset) {
  MessageFacts facts = MakeFacts("example.com", offset);
  facts.message_id = id;
  facts.length = 100;
  return facts;
}

// Of each message of one part, what it repeats.
std::vector<std::string> Originals(DuplicateRule rule,
                                   const std::vector<MessageFacts>& messages) {
  MemoryStorage storage;
  DuplicateFinder finder(rule, kMuch, &storage);
  finder.Add(0, messages);
  std::vector<std::string> originals(messages.size());
  for (Duplicate& duplicate : finder.Finish().Take(0)) {
    originals.at(duplicate.message) = std::move(duplicate.original);
  }
  return originals;
}

TEST(Duplicates, SameIdLengthAndSignatures) {
  std::vector<MessageFacts> messages;
  for (const char* id : {"<1>", "<2>", "<1>", "<1>"}) {
    messages.push_back(Message(id, 1000 * messages.size()));
  }
  EXPECT_EQ(Originals(DuplicateRule::kId, messages),
            (std::vector<std::string>{"", "", "mail.mbox@0", "mail.mbox@0"}));
}

TEST(Duplicates, WhatDiffersIsAnotherMessage) {
  MessageFacts longer = Message("<1>", 1000);
  ++longer.length;
  MessageFacts with_signature = Message("<1>", 2000);
  with_signature.signatures.push_back(MakeEvidence("example.com"));
  MessageFacts other_signature = Message("<1>", 3000);
  other_signature.signatures = with_signature.signatures;
  const uint8_t other_b[] = {1, 2, 3};
  other_signature.signatures[0].signature.signature = other_b;
  MessageFacts second_signature = Message("<1>", 4000);
  second_signature.signatures = with_signature.signatures;
  second_signature.signatures.push_back(MakeEvidence("list.example"));
  const std::vector<MessageFacts> messages = {Message("<1>", 0), longer,
                                              with_signature, other_signature,
                                              second_signature};
  EXPECT_EQ(Originals(DuplicateRule::kId, messages),
            std::vector<std::string>(messages.size()));
}

// Length alone tells no two messages apart.
TEST(Duplicates, NothingToGoBy) {
  EXPECT_EQ(Originals(DuplicateRule::kId, {Message("", 0), Message("", 1000)}),
            std::vector<std::string>(2));
  MessageFacts first = Message("", 0);
  first.signatures.push_back(MakeEvidence("example.com"));
  MessageFacts second = Message("", 1000);
  second.signatures = first.signatures;
  EXPECT_EQ(Originals(DuplicateRule::kId, {first, second}),
            (std::vector<std::string>{"", "mail.mbox@0"}))
      << "the same signature is enough";
}

TEST(Duplicates, RawGoesByOctetsAlone) {
  std::vector<MessageFacts> messages;
  for (const char* octets : {"a", "b", "a"}) {
    messages.push_back(Message("<same>", 1000 * messages.size()));
    messages.back().raw_sha256 =
        crypto::Hash(crypto::HashAlgorithm::kSha256, octets);
  }
  EXPECT_EQ(Originals(DuplicateRule::kRaw, messages),
            (std::vector<std::string>{"", "", "mail.mbox@0"}));
}

// Whatever the cap, part by part, and across parts; compared with a map.
TEST(Duplicates, AnyCapGivesTheSame) {
  std::mt19937 random(1);
  std::vector<std::vector<MessageFacts>> parts(40);
  std::vector<std::vector<std::string>> expected(parts.size());
  std::map<std::string, std::string> firsts;
  uint64_t offset = 0;
  for (size_t part = 0; part < parts.size(); ++part) {
    for (size_t i = random() % 30; i > 0; --i) {
      const std::string id = "<" + std::to_string(random() % 300) + ">";
      const auto [first, fresh] = firsts.try_emplace(id);
      // The texts of facts are views.
      parts[part].push_back(Message(first->first, offset += 1000));
      if (fresh) first->second = Locate(parts[part].back());
      expected[part].push_back(fresh ? "" : first->second);
    }
  }
  ASSERT_GT(offset, 300'000u);
  for (const size_t cap : {size_t{0}, size_t{1000}, size_t{20'000}, kMuch}) {
    MemoryStorage storage;
    DuplicateFinder finder(DuplicateRule::kId, cap, &storage);
    for (size_t part = 0; part < parts.size(); ++part) {
      finder.Add(part, parts[part]);
    }
    Duplicates found = finder.Finish();
    for (size_t part = 0; part < parts.size(); ++part) {
      std::vector<std::string> originals(parts[part].size());
      for (const Duplicate& duplicate : found.Take(part)) {
        originals.at(duplicate.message) = duplicate.original;
      }
      EXPECT_EQ(originals, expected[part]) << "part " << part << ", " << cap;
    }
    EXPECT_GT(storage.size(), 0u) << "at least what was found";
  }
}

// A caller that is not interested in a part may leave it out.
TEST(Duplicates, PartsThatNobodyTakes) {
  MemoryStorage storage;
  DuplicateFinder finder(DuplicateRule::kId, kMuch, &storage);
  finder.Add(0, std::vector<MessageFacts>{Message("<1>", 0)});
  finder.Add(1, std::vector<MessageFacts>{Message("<1>", 1000)});
  finder.Add(5, std::vector<MessageFacts>{Message("<1>", 2000)});
  Duplicates found = finder.Finish();
  EXPECT_TRUE(found.Take(0).empty());
  EXPECT_TRUE(found.Take(4).empty());
  EXPECT_EQ(found.Take(5).size(), 1u);
  EXPECT_TRUE(found.Take(6).empty());
}

}  // namespace
}  // namespace mailassay::audit
