#include "lib/audit/sample.h"

#include <gtest/gtest.h>

namespace mailassay::audit {
namespace {

Input File(uint64_t number, uint64_t stored, Format format = Format::kMboxRd) {
  Input input;
  input.ordinal = number << 32;
  input.format = format;
  input.stored_bytes = stored;
  return input;
}

Books Of(uint64_t sampled, uint64_t left_out) {
  Books books;
  books.AddMessage(sampled - sampled / 10);
  books[Gap::kSeparator] = sampled / 10;
  books[Gap::kNotSampled] = left_out;
  books.stream_bytes = sampled + left_out;
  return books;
}

TEST(SampleSums, OfAPlainFile) {
  SampleSums sums;
  EXPECT_EQ(sums.of_bytes(), 0u);
  sums.Add(File(0, 1000), Of(100, 900));
  EXPECT_EQ(sums.bytes(), 100u);
  EXPECT_EQ(sums.of_bytes(), 1000u);
  EXPECT_EQ(sums.passed(), 0u);
  EXPECT_FALSE(sums.about());
}

// What has to be read to be passed over.
TEST(SampleSums, PassedOver) {
  SampleSums compressed;
  compressed.Add(File(0, 300), Of(100, 900));
  EXPECT_EQ(compressed.passed(), 900u);
  SampleSums counted;
  counted.Add(File(0, 1000, Format::kMboxCl), Of(100, 900));
  EXPECT_EQ(counted.passed(), 900u);
  SampleSums pipe;
  pipe.Add(File(0, 0), Of(100, 900));
  EXPECT_EQ(pipe.passed(), 900u);
  SampleSums member;
  Input input = File(0, 5000);
  input.archive = "a.tar";
  member.Add(input, Of(100, 900));
  EXPECT_EQ(member.passed(), 900u);
  for (const SampleSums& sums : {compressed, counted, pipe, member}) {
    EXPECT_EQ(sums.bytes(), 100u);
    EXPECT_EQ(sums.of_bytes(), 1000u);
    EXPECT_FALSE(sums.about());
  }
}

// Unopened files are taken to hold as much as opened ones of their size.
TEST(SampleSums, Unopened) {
  SampleSums plain;
  plain.Add(File(0, 1000, Format::kEml), Of(1000, 0));
  for (uint64_t i = 1; i < 10; ++i) {
    plain.Add(File(i, 900, Format::kUnread), Of(0, 900));
  }
  EXPECT_EQ(plain.bytes(), 1000u);
  EXPECT_EQ(plain.of_bytes(), 1000u + 9 * 900);
  EXPECT_FALSE(plain.about());

  SampleSums compressed;
  compressed.Add(File(0, 1000, Format::kEml), Of(3000, 0));
  compressed.Add(File(1, 1000, Format::kUnread), Of(0, 1000));
  // A large file says nothing of small ones.
  compressed.Add(File(2, 1 << 20), Of(1 << 20, 0));
  EXPECT_EQ(compressed.of_bytes(), 6000u + (1 << 20));
  EXPECT_TRUE(compressed.about());
  // Every second file is no mail.
  ErrorRow other;
  other.code = ErrorCode::kNotMail;
  other.length = 1000;
  compressed.Add(other);
  EXPECT_EQ(compressed.of_bytes(), 4500u + (1 << 20));
  other.code = ErrorCode::kDamaged;
  compressed.Add(other);
  EXPECT_EQ(compressed.of_bytes(), 4500u + (1 << 20));
}

TEST(SampleSums, AContainersSizeCountsOnce) {
  SampleSums sums;
  for (uint64_t member = 0; member < 3; ++member) {
    Input input = File(0, 1000);
    input.ordinal += member;
    input.archive = "a.tgz";
    sums.Add(input, Of(1000, 0));
  }
  sums.Add(File(1, 1000, Format::kUnread), Of(0, 1000));
  EXPECT_EQ(sums.of_bytes(), 6000u);
}

TEST(FullSeconds, ScalesWhatIsSaved) {
  SampleSums plain;
  plain.Add(File(0, 1000), Of(100, 900));
  SampleTimes times{.all = 10,
                    .reading = 4,
                    .serial = 0.1,
                    .parallel = 3,
                    .worked = 100,
                    .concluding = 2};
  // Ten times the work, ten times the conclusion, the rest as it was.
  EXPECT_DOUBLE_EQ(*FullSeconds(plain, times, 0.1), 30 + 20 + 4);
  // Resumed: half of it was examined in half the time.
  times.worked = 50;
  times.parallel = 1.5;
  EXPECT_DOUBLE_EQ(*FullSeconds(plain, times, 0.1), 30 + 20 + 4);
  times.worked = 0;
  EXPECT_FALSE(FullSeconds(plain, times, 0.1).has_value());

  // All is read and decompressed already.
  SampleSums compressed;
  compressed.Add(File(0, 300), Of(100, 900));
  EXPECT_DOUBLE_EQ(*FullSeconds(compressed,
                                {.all = 9,
                                 .reading = 8,
                                 .serial = 8,
                                 .parallel = 0.5,
                                 .worked = 100,
                                 .concluding = 1},
                                0.1),
                   8 + 10 + 0);
  // Small files: what is not read is not opened.
  SampleSums small;
  small.Add(File(0, 100, Format::kEml), Of(100, 0));
  small.Add(File(1, 100, Format::kUnread), Of(0, 100));
  EXPECT_DOUBLE_EQ(*FullSeconds(small,
                                {.all = 3,
                                 .reading = 3,
                                 .serial = 3,
                                 .parallel = 1,
                                 .worked = 100,
                                 .concluding = 0},
                                0.5),
                   6);
  EXPECT_FALSE(FullSeconds(SampleSums(), times, 0.1).has_value());
}

// Few long messages make no more of the many.
TEST(ByMessages, IsTheShareUnlessTheOctetsAreFarFromIt) {
  SampleSums sums;
  sums.Add(File(0, 1000), Of(100, 900));
  EXPECT_DOUBLE_EQ(ByMessages(sums, 0.1), 10);
  EXPECT_DOUBLE_EQ(ByMessages(sums, 0.12), 1 / 0.12);
  EXPECT_DOUBLE_EQ(ByMessages(sums, 0.08), 12.5);
  EXPECT_DOUBLE_EQ(ByMessages(sums, 0.001), 20);
  EXPECT_DOUBLE_EQ(ByMessages(sums, 0.9), 5);
  EXPECT_DOUBLE_EQ(ByMessages(SampleSums(), 0.1), 0);
}

TEST(EstimateDisk, GrowsWithTheMail) {
  SampleSums sums;
  sums.Add(File(0, 1000), Of(100, 900));
  const SampleRows rows{.facts = 1'000'000,
                        .row_files = 3'000'000,
                        .exceptions = 500'000,
                        .others = 70'000,
                        .messages = 1000};
  Estimate estimate;
  EstimateDisk(sums, rows, 0.1, 10'000, &estimate);
  EXPECT_EQ(estimate.disk_bytes,
            25'000'000u + 30'000'000 + 5'000'000 + 2 * 70'000 + (512 << 10));
  EXPECT_EQ(estimate.spare_bytes, 10'000'000u);
  // One message more than messages.csv is written for.
  EstimateDisk(sums, rows, 0.1, 9'999, &estimate);
  EXPECT_EQ(estimate.disk_bytes,
            25'000'000u + 5'000'000 + 2 * 70'000 + (512 << 10));
  EstimateDisk(SampleSums(), {}, 0.1, 1, &estimate);
  EXPECT_EQ(estimate.disk_bytes, 512u << 10);
}

}  // namespace
}  // namespace mailassay::audit
