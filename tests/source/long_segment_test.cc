// A segment read piece by piece against the same segment in memory.
#include "pipeline/source/long_segment.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lib/audit/codec.h"
#include "tests/audit/segment_maker.h"

namespace mailassay::source {
namespace {

struct Found {
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t passed_lines = 0;
  std::string facts;

  friend bool operator==(const Found&, const Found&) = default;
};

std::string Encoded(std::unique_ptr<audit::MessageFacts> facts) {
  std::vector<audit::MessageFacts> one;
  one.push_back(std::move(*facts));
  return audit::EncodeFacts(one);
}

const auto kInput = std::make_shared<audit::Input>();

std::vector<Found> InMemory(const std::string& text) {
  audit::SegmentExaminer examiner({}, {}, audit::RawHash::kSha256);
  std::vector<Found> found;
  const size_t end = mail::MessageEnd(text, text.size(), false);
  examiner.Examine(
      kInput, {.offset = 0}, text.substr(0, end), {},
      [&](audit::SegmentExaminer::Message message) {
        found.push_back({message.offset, message.length, message.passed_lines,
                         Encoded(std::move(message.facts))});
      });
  return found;
}

class Pieces {
 public:
  Pieces() : builder_(*pool_, coverage_) {}

  BlockBuilder& builder() { return builder_; }
  std::vector<Found> Finish() {
    std::vector<Found> found;
    const auto block = builder_.Finish({});
    for (Piece& piece : block->pieces) {
      auto* message = std::get_if<ExaminedMessage>(&piece);
      if (message == nullptr) continue;
      found.push_back({message->offset, message->length, message->passed_lines,
                       Encoded(std::move(message->facts))});
    }
    return found;
  }

 private:
  std::shared_ptr<BufferPool> pool_ = std::make_shared<BufferPool>(64);
  Coverage coverage_;
  BlockBuilder builder_;
};

std::vector<Found> ReadInPieces(const std::string& text, std::mt19937& random) {
  Pieces pieces;
  LongSegment segment({}, {}, audit::RawHash::kSha256, kInput, {},
                      {.offset = 0});
  size_t begin = 0, context = 0, read = 0;
  while (true) {
    read = std::min(text.size(), read + 1 + random() % 9000);
    const bool at_end = read == text.size();
    const auto step =
        segment.Add(std::string_view(text).substr(begin, read - begin), begin,
                    context, at_end, at_end);
    begin += step.done;
    context = step.context;
    if (step.ended) break;
    segment.Give(pieces.builder());
  }
  EXPECT_EQ(begin, text.size());
  segment.Finish(begin, pieces.builder());
  return pieces.Finish();
}

TEST(LongSegment, AnyPiecesGiveWhatMemoryGives) {
  std::mt19937 random(13);
  size_t messages = 0, doubtful = 0;
  for (int round = 0; round < 1500; ++round) {
    const std::string text = audit::RandomSegment(random);
    const std::vector<Found> expected = InMemory(text);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(ReadInPieces(text, random) == expected) << round << text;
    }
    messages += expected.size();
    for (const Found& found : expected) doubtful += found.passed_lines;
  }
  EXPECT_GT(messages, 3000u);
  EXPECT_GT(doubtful, 300u);
}

}  // namespace
}  // namespace mailassay::source
