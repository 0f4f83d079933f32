// Messages examined together against each alone.
#include "lib/audit/group_examiner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "lib/audit/message_examiner.h"
#include "lib/base/concat.h"
#include "tests/audit/encoded.h"
#include "tests/dkim/body_model.h"
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
    last_evidence_.clear();
    for (size_t i = 0; i < group.size(); ++i) {
      for (const dkim::Evidence& e : group[i].signatures) {
        last_evidence_.push_back(e);
      }
      ASSERT_TRUE(Encoded(std::move(group[i])) == expected[i]) << i;
    }
  }

  // Of all messages of the last group: its texts may be gone.
  const std::vector<dkim::Evidence>& last_evidence() const {
    return last_evidence_;
  }

 private:
  std::vector<dkim::Evidence> last_evidence_;
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

// A lane follows one reading of lines ">From " at a time: whichever was signed,
// in whatever order they come, with other readings beside it or none.
TEST(GroupExaminer, BothReadingsOfFromLines) {
  using dkim::Canonicalization;
  const std::string_view kBodies[] = {
      ">From the first line on\r\n",
      "a\r\n>>From far\r\n>From near\r\nb\r\n",
      "a\r\n>From x\r\na bare\nLF\r\n",
      "a bare\nLF\r\n>From x\r\n",
      "a\n>From x\r\n",
      "no such line\r\n",
  };
  // The last: lines behind a bare LF unquoted, but that LF no line end.
  enum : unsigned { kAsItIs, kUnquoted, kNeither, kNoReading, kSigned };
  std::mt19937 random(7);
  Together together;
  size_t matches[kSigned] = {};
  for (int round = 0; round < 60; ++round) {
    std::vector<std::string> messages;
    for (size_t i = 0; i < 25; ++i) {
      const std::string body(kBodies[random() % std::size(kBodies)]);
      std::string message;
      // Two signatures may be of different readings.
      for (size_t n = 1 + random() % 2; n > 0; --n) {
        const auto as = static_cast<unsigned>(random() % kSigned);
        const std::string text = dkim::ModelBody(
            Canonicalization::kRelaxed,
            {.lf_is_line_end = random() % 2 == 0,
             .unquote_from = as == kUnquoted},
            as == kNeither     ? body + "more"
            : as == kNoReading ? absl::StrReplaceAll(body, {{">From", "From"}})
                               : body);
        message += SignatureText{.signed_body = text}.Field() + "\r\n";
      }
      message += Concat(dkim::kPlainFields, "\r\n", body);
      messages.push_back(random() % 2 == 0 ? dkim::WithLf(message) : message);
    }
    ASSERT_NO_FATAL_FAILURE(together.Expect(messages)) << round;
    for (const dkim::Evidence& e : together.last_evidence()) {
      const bool unquoted = e.reading_flags.Has(dkim::Flag::kFromUnquoted);
      ++matches[e.body != dkim::BodyMatch::kMatch ? kNeither
                : unquoted                        ? kUnquoted
                                                  : kAsItIs];
    }
  }
  for (const unsigned kind : {kAsItIs, kUnquoted, kNeither}) {
    EXPECT_GT(matches[kind], 100u) << kind;
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

// Which keys each signature needs: all that only_names has to get right.
std::vector<std::string> NamesIn(const MessageFacts& facts) {
  std::vector<std::string> names;
  for (const dkim::Evidence& e : facts.signatures) {
    using dkim::Reason;
    const bool too_long = e.signature.defect == Reason::kLTooLong;
    const Reason defect = too_long ? Reason::kOk : e.signature.defect;
    names.push_back(Concat(e.signature.selector, " ", e.signature.domain, " ",
                           dkim::ReasonCode(defect), " ",
                           dkim::ReasonCode(e.limit)));
  }
  return names;
}

TEST(GroupExaminer, OnlyNamesNeedsTheSameKeys) {
  std::vector<MessageLimits> all_limits(5);
  all_limits[1].max_message_bytes = 20'000;
  all_limits[1].max_header_bytes = 400;
  all_limits[2].dkim.max_signatures = 2;
  all_limits[3].dkim.max_signed_header_bytes = 400;
  all_limits[4].dkim.max_header_fields = 4;
  std::set<std::string> kinds;
  for (const MessageLimits& limits : all_limits) {
    MessageLimits names = limits;
    names.dkim.only_names = true;
    GroupExaminer group(names, {});
    MessageExaminer alone(names, {});
    MessageExaminer whole(limits, {});
    Maker maker(7);
    for (int i = 0; i < 300; ++i) {
      std::string message = maker.Message();
      if (i % 3 == 0) absl::StrReplaceAll({{"From: a@", "X: a@"}}, &message);
      const std::vector<std::string> expected =
          NamesIn(*whole.Examine({}, message));
      ASSERT_TRUE(group.Add({}, message));
      const std::vector<MessageFacts> facts = group.Finish();
      ASSERT_EQ(facts.size(), 1u);
      EXPECT_EQ(NamesIn(facts.front()), expected) << message;
      EXPECT_EQ(facts.front().length, message.size());
      EXPECT_EQ(NamesIn(*alone.Examine({}, message)), expected) << message;
      for (const std::string& name : expected) {
        kinds.insert(name.substr(name.find("example") + 8));
      }
    }
  }
  EXPECT_THAT(kinds, testing::IsSupersetOf(
                         {"ok ok", "no_from ok", "ok limit_message",
                          "ok limit_header_bytes", "ok limit_signatures",
                          "ok limit_signed_bytes", "ok limit_headers"}));
}

}  // namespace
}  // namespace mailassay::audit
