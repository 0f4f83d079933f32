#include "lib/audit/segment_examiner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/concat.h"
#include "tests/audit/segment_maker.h"

namespace mailassay::audit {
namespace {

using testing::ElementsAre;

struct Found {
  std::string text;
  bool in_doubt = false;
  uint64_t passed_lines = 0;

  friend bool operator==(const Found&, const Found&) = default;
  friend void PrintTo(const Found& found, std::ostream* out) {
    *out << found.text << "|" << found.in_doubt << found.passed_lines;
  }
};

std::vector<Found> Examine(const std::string& text,
                           const FromFilter& filter = {},
                           bool only_names = false) {
  MessageLimits limits;
  limits.dkim.only_names = only_names;
  SegmentExaminer examiner(limits, filter, RawHash::kNone);
  std::vector<Found> found;
  examiner.Examine(
      std::make_shared<Input>(), {.offset = 0}, text, {},
      [&](SegmentExaminer::Message message) {
        const bool doubt = message.facts && message.facts->anomalies.Has(
                                                mail::Anomaly::kEndInDoubt);
        found.push_back({text.substr(message.offset, message.length), doubt,
                         message.passed_lines});
        if (message.facts) {
          EXPECT_EQ(message.facts->offset, message.offset);
          EXPECT_EQ(message.facts->length, message.length);
        }
      });
  return found;
}

std::string Join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

// The body hash fits up to the line: there the message ends, though such a line
// would not end one (RFC 6376 3.7: bh= is of the whole body).
TEST(SegmentExaminer, TheSignatureEndsAMessageAtAnUnlikelyLine) {
  const std::string first = SignedMessage("one\r\n");
  const std::string second = UnsignedMessage("two\r\n");
  EXPECT_THAT(Examine(Join({first, kAddressLine, second})),
              ElementsAre(Found{first}, Found{second}));
  EXPECT_THAT(Examine(Join({first, "\r\n", kAddressLine, second})),
              ElementsAre(Found{first}, Found{second}));
}

// It fits through the line only: the line is text, though it would end a
// message.
TEST(SegmentExaminer, TheSignatureGoesThroughALikelyLine) {
  const std::string quoted =
      Join({"see\r\n", kDatedLine, kPlainHeader, "x\r\n"});
  const std::string first = SignedMessage(quoted);
  const std::string second = SignedMessage("two\r\n");
  EXPECT_THAT(Examine(first), ElementsAre(Found{first}));
  EXPECT_THAT(Examine(Join({first, kDatedLine, second})),
              ElementsAre(Found{first}, Found{second}));
}

TEST(SegmentExaminer, WithoutASignatureTheLineDecides) {
  const std::string first = UnsignedMessage("one\r\n");
  const std::string second = UnsignedMessage("two\r\n");
  EXPECT_THAT(Examine(Join({first, kBareLine, second})),
              ElementsAre(Found{first, true}, Found{second}));
  const std::string both = Join({first, kAddressLine, second});
  EXPECT_THAT(Examine(both), ElementsAre(Found{both, true, 1}));
}

// Neither up to the line nor through it: changed, and its end in doubt.
TEST(SegmentExaminer, AChangedMessageIsDividedByTheLine) {
  const std::string first = SignedMessage("one\r\n") + "footer\r\n";
  const std::string second = SignedMessage("two\r\n");
  EXPECT_THAT(Examine(Join({first, kBareLine, second})),
              ElementsAre(Found{first, true}, Found{second}));
  const std::string both = Join({first, kAddressLine, second});
  EXPECT_THAT(Examine(both), ElementsAre(Found{both, true, 1}));
}

// A hash of a part says nothing of the end.
TEST(SegmentExaminer, APartOfTheBodyProvesNothing) {
  const std::string first = SignedMessage("one and more\r\n", "3");
  const std::string second = UnsignedMessage("two\r\n");
  const std::string both = Join({first, kAddressLine, second});
  EXPECT_THAT(Examine(both), ElementsAre(Found{both, true, 1}));
}

// A message in a message: the inner one fits, and the outer one with it.
TEST(SegmentExaminer, TheOuterSignatureHasTheInnerMessageInItsBody) {
  const std::string inner = SignedMessage("inner\r\n");
  const std::string outer = SignedMessage(Join(
      {"see\r\n", kDatedLine, inner, kDatedLine, kPlainHeader, "end\r\n"}));
  EXPECT_THAT(Examine(outer), ElementsAre(Found{outer}));
  const std::string changed = outer + "footer\r\n";
  EXPECT_EQ(Examine(changed).size(), 3u);
  EXPECT_THAT(Examine(changed), testing::Contains(Found{inner}));
}

std::string Quoted(size_t lines) {
  std::string quoted = "see\r\n";
  for (size_t i = 0; i < lines; ++i) {
    quoted += Join({kDatedLine, kPlainHeader, "x\r\n"});
  }
  return quoted;
}

// A thread quoted whole, or a digest.
TEST(SegmentExaminer, IsFollowedToTheEndPastManyLines) {
  constexpr size_t kTrials = SegmentExaminer::kMaxTrials;
  for (const size_t lines : {kTrials - 1, kTrials, kTrials + 1, 10 * kTrials,
                             SegmentExaminer::kMostWaiting - 1}) {
    const std::string first = SignedMessage(Quoted(lines) + "end\r\n");
    EXPECT_THAT(Examine(first), ElementsAre(Found{first})) << lines;
  }
  const size_t beyond = SegmentExaminer::kMostWaiting + 1;
  EXPECT_EQ(Examine(SignedMessage(Quoted(beyond) + "end\r\n")).size(),
            beyond + 1);
}

// It ends before the segment, behind more lines than are tried.
TEST(SegmentExaminer, IsTriedAtSoManyLinesAndNoMore) {
  const size_t lines = SegmentExaminer::kMaxTrials + 1;
  const std::string first = SignedMessage(Quoted(lines) + "end\r\n");
  const std::string more = Join({first, kDatedLine, kPlainHeader, "x\r\n"});
  EXPECT_EQ(Examine(more).size(), lines + 2);
}

// A hundred thousand weak lines, and all of them text.
TEST(SegmentExaminer, AHundredThousandWeakLines) {
  std::string text = SignedMessage("one\r\n") + "changed\r\n";
  for (int i = 0; i < 100'000; ++i) text += Join({kAddressLine, "X-A: b\r\n"});
  text += Join({kAddressLine, kPlainHeader});
  const auto found = Examine(text);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].in_doubt);
  EXPECT_EQ(found[0].passed_lines, 1u);
}

TEST(SegmentExaminer, AHundredThousandLikelyLines) {
  std::string text = SignedMessage("one\r\n") + "changed\r\n";
  for (int i = 0; i < 100'000; ++i) {
    text += Join({kBareLine, "Received: a\r\nTo: b\r\n"});
  }
  EXPECT_EQ(Examine(text).size(), 100'001u);
}

// Whose mail is wanted, and what of it, does not change where messages end.
TEST(SegmentExaminer, FiltersDoNotChangeWhatIsAMessage) {
  const std::string quoted =
      Join({"see\r\n", kDatedLine, kPlainHeader, "x\r\n"});
  const std::string first = SignedMessage(quoted);
  EXPECT_THAT(Examine(first, {.domains = {"other.example"}}),
              ElementsAre(Found{first}));
  EXPECT_THAT(Examine(first, {}, true), ElementsAre(Found{first}));
}

TEST(SegmentExaminer, NulsBehindAMessageAreNoPartOfIt) {
  const std::string first = SignedMessage("one\r\n");
  const std::string second = SignedMessage("two\r\n");
  EXPECT_THAT(
      Examine(Join({first, std::string(100'000, '\0'), kDatedLine, second})),
      ElementsAre(Found{first}, Found{second}));
}

}  // namespace
}  // namespace mailassay::audit
