// Messages examined together against each alone.
#include "lib/audit/group_examiner.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "lib/audit/message_examiner.h"
#include "lib/base/concat.h"
#include "tests/audit/encoded.h"
#include "tests/dkim/message_builder.h"

namespace mailassay::audit {
namespace {

using dkim::SignatureText;

class Together {
 public:
  explicit Together(const MessageLimits& limits = {},
                    const FromFilter& filter = {})
      : group_(limits, filter), alone_(limits, filter) {}

  void Expect(const std::vector<std::string>& messages) {
    std::vector<std::string> expected;
    for (size_t i = 0; i < messages.size(); ++i) {
      const Placement at{.input = input_, .offset = i, .from_line = {}};
      auto facts = alone_.Examine(at, messages[i]);
      ASSERT_EQ(group_.Add(at, messages[i]), facts.has_value()) << i;
      if (facts) expected.push_back(Encoded(*std::move(facts)));
    }
    std::vector<MessageFacts> group = group_.Finish();
    ASSERT_EQ(group.size(), expected.size());
    for (size_t i = 0; i < group.size(); ++i) {
      ASSERT_TRUE(Encoded(std::move(group[i])) == expected[i]) << i;
    }
  }

 private:
  std::shared_ptr<const Input> input_ = [] {
    auto input = std::make_shared<Input>();
    input->file = "a.mbox";
    return input;
  }();
  GroupExaminer group_;
  MessageExaminer alone_;
};

class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  size_t Below(size_t n) { return random_() % n; }

  std::string Message() {
    std::string message;
    for (size_t n = Below(4); n > 0; --n) message += Signature();
    message += Concat("From: a@d", Below(5), ".example\r\n",
                      dkim::kPlainFields.substr(21));
    message += "\r\n";
    message += Body();
    return Below(2) == 0 ? dkim::WithLf(message) : message;
  }

 private:
  std::string Signature() {
    SignatureText signature{.d = Concat("d", Below(5), ".example")};
    const char* const kForms[] = {"relaxed/relaxed", "relaxed/relaxed",
                                  "simple/simple", "relaxed"};
    signature.c = kForms[Below(4)];
    if (Below(8) == 0) signature.a = "rsa-sha1";
    if (Below(8) == 0) signature.l = std::to_string(Below(20'000));
    if (Below(16) == 0) signature.h = "to";  // a defect
    return signature.Field() + "\r\n";
  }

  // Mostly lines of text; sometimes what takes a body out of its lane.
  std::string Body() {
    std::string body;
    const size_t size = Below(3) == 0 ? Below(60'000) : Below(3'000);
    while (body.size() < size) {
      body += std::string(Below(80), 'a');
      switch (Below(40)) {
        case 0:
          body += " \t ";
          break;
        case 1:
          body += "\r\n\r\n\r\n";
          break;
        case 2:
          if (Below(20) == 0) body += "\r\n>From x";
          break;
        case 3:
          if (Below(20) == 0) body += "\n";
          break;
        case 4:
          body += '\r';
          break;
        case 5:
          if (Below(20) == 0) body += std::string(Below(40'000), '\n');
          break;
        default:
          break;
      }
      body += " b\r\n";
    }
    return body;
  }

  std::mt19937 random_;
};

TEST(GroupExaminer, GivesWhatEachMessageGivesAlone) {
  for (unsigned seed = 0; seed < 30; ++seed) {
    Maker maker(seed);
    Together together;
    // Several groups through one examiner; lanes fill from 16 on.
    for (const size_t size : {1, 0, 7, 15, 16, 17, 60}) {
      std::vector<std::string> messages;
      for (size_t i = 0; i < size; ++i) messages.push_back(maker.Message());
      ASSERT_NO_FATAL_FAILURE(together.Expect(messages)) << seed << " " << size;
    }
  }
}

// What is held back grows beyond any lane's buffer, then is written at once.
TEST(GroupExaminer, LongRunsOfEmptyLinesAndBlanks) {
  std::vector<std::string> messages;
  const SignatureText kForms[] = {{}, {.c = "simple/simple"}};
  for (size_t i = 0; i < 40; ++i) {
    const std::string header = dkim::HeaderWith(kForms[i % 2]);
    std::string body = "x\n" + std::string(i * 2'000, i % 3 == 0 ? '\n' : ' ');
    if (i % 5 != 0) body += "y";
    messages.push_back(dkim::WithLf(header) + body);
    std::string lines;
    for (size_t n = 0; n < i * 100; ++n) lines += i % 2 == 0 ? "\n" : "z\n";
    messages.push_back(dkim::WithLf(header) + lines + "end");
  }
  Together().Expect(messages);
}

// The pieces that a lane is fed end at octet 3584: whatever stands there.
TEST(GroupExaminer, AnythingAtTheEndOfAPiece) {
  const std::string_view odd[] = {"\r\n", "\r",  "\n",       " \r\n", "\t",
                                  "\r\r", "\n>", "\n>From ", "\r\n>", "\0"};
  for (const std::string_view text : odd) {
    std::vector<std::string> messages;
    for (size_t at = 3575; at < 3590; ++at) {
      for (const SignatureText& form :
           {SignatureText{}, SignatureText{.c = "simple/simple"}}) {
        std::string body(at, 'a');
        body += text;
        body += "From b\r\n\r\nc\r\n";
        messages.push_back(dkim::HeaderWith(form) + body);
        messages.push_back(dkim::WithLf(dkim::HeaderWith(form)) + body);
      }
    }
    ASSERT_NO_FATAL_FAILURE(Together().Expect(messages)) << text;
  }
}

TEST(GroupExaminer, LimitsAndFilters) {
  MessageLimits limits;
  limits.max_message_bytes = 20'000;
  limits.max_header_bytes = 600;
  Together together(limits, {.domains = {"d1.example", "d2.example"}});
  for (unsigned seed = 0; seed < 5; ++seed) {
    Maker maker(100 + seed);
    std::vector<std::string> messages;
    for (size_t i = 0; i < 60; ++i) messages.push_back(maker.Message());
    ASSERT_NO_FATAL_FAILURE(together.Expect(messages)) << seed;
  }
}

TEST(GroupExaminer, LastIsTheLastOneAdded) {
  GroupExaminer group({}, {});
  const std::string message = dkim::HeaderWith({}) + "x\r\n";
  ASSERT_TRUE(
      group.Add({.input = nullptr, .offset = 7, .from_line = {}}, message));
  EXPECT_EQ(group.last().offset, 7u);
  EXPECT_EQ(group.last().length, message.size());
  EXPECT_EQ(group.last().signatures.size(), 1u);
  EXPECT_EQ(group.Finish().size(), 1u);
  EXPECT_TRUE(group.Finish().empty());
}

}  // namespace
}  // namespace mailassay::audit
