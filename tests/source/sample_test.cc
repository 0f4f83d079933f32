#include "pipeline/source/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "lib/base/concat.h"
#include "pipeline/source/open_ahead.h"
#include "pipeline/source/place.h"
#include "pipeline/source/survey.h"
#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::SizeIs;

Share Percent(double percent) {
  return {.parts = static_cast<uint32_t>(percent * 1e6)};
}

TEST(Sample, IsTheShareAskedForAndEvenlySpaced) {
  for (uint32_t parts : {1u, 3u, 999'999u, 1'000'000u, 33'333'333u, 37'000'000u,
                         50'000'000u, 66'666'667u, 90'000'000u, 99'999'999u}) {
    for (const uint64_t first :
         {uint64_t{0}, uint64_t{12'345}, uint64_t{1} << 50}) {
      const Sample sample = Sample({.parts = parts}, 1 << 20).From(first);
      EXPECT_FALSE(sample.all());
      const double share = parts / 1e8;
      uint64_t read = 0;
      uint64_t last = 0;
      for (uint64_t k = 0; k < 20'000; ++k) {
        if (sample.Has(k)) {
          // One more or less than 1 / share units on.
          if (read++ > 0) {
            ASSERT_LT(std::abs(static_cast<double>(k - last) - 1 / share), 1.0);
          }
          last = k;
        }
        ASSERT_LE(std::abs(static_cast<double>(read) -
                           static_cast<double>(k + 1) * share),
                  1.0)
            << parts << " " << k;
      }
    }
  }
}

TEST(Sample, Units) {
  EXPECT_TRUE(Sample().all());
  EXPECT_TRUE(Sample().HasAt(UINT64_MAX));
  EXPECT_EQ(Sample().UnitsOf(UINT64_MAX - 1), 1u);
  EXPECT_TRUE(Sample({.parts = Share::kWhole}, 100).all());
  const Sample tenth(Percent(10), 100);
  EXPECT_FALSE(tenth.all());
  // The middle of each ten.
  for (uint64_t k : {4u, 14u, 94u}) EXPECT_TRUE(tenth.Has(k)) << k;
  for (uint64_t k : {0u, 3u, 5u, 9u, 10u, 13u}) EXPECT_FALSE(tenth.Has(k)) << k;
  EXPECT_TRUE(tenth.From(3).Has(1));
  EXPECT_TRUE(tenth.From(2).From(1).Has(1));
  EXPECT_TRUE(tenth.From(3).HasAt(100));
  EXPECT_TRUE(tenth.From(3).HasAt(199));
  EXPECT_FALSE(tenth.From(3).HasAt(99));
  EXPECT_FALSE(tenth.From(3).HasAt(200));
  EXPECT_EQ(tenth.UnitsOf(0), 1u);
  EXPECT_EQ(tenth.UnitsOf(1), 1u);
  EXPECT_EQ(tenth.UnitsOf(100), 1u);
  EXPECT_EQ(tenth.UnitsOf(101), 2u);
  EXPECT_TRUE(tenth.IsUnit(99));
  EXPECT_FALSE(tenth.IsUnit(100));
}

Survey Of(uint64_t files, uint64_t octets) {
  Survey survey;
  survey.inputs.resize(1);
  survey.inputs[0].files = files;
  survey.total_bytes = octets;
  return survey;
}

uint64_t Count(const Sample& sample, uint64_t units) {
  uint64_t count = 0;
  for (uint64_t k = 0; k < units; ++k) count += sample.Has(k) ? 1 : 0;
  return count;
}

TEST(Sample, UnitsFitTheInputs) {
  constexpr uint64_t kMiB = 1 << 20;
  EXPECT_TRUE(SampleOf({}, Of(1, kMiB)).all());
  // As large as can be, and 128 of them.
  EXPECT_EQ(SampleOf(Percent(1), Of(1, 1 << 20)).unit_bytes(), 16u << 10);
  EXPECT_EQ(SampleOf(Percent(1), Of(1, uint64_t{1} << 50)).unit_bytes(),
            7 * kMiB);
  for (const uint64_t total : {1'000 * kMiB, 4'000 * kMiB, 80'000 * kMiB}) {
    for (const double percent : {1.0, 5.0, 50.0}) {
      const Sample sample = SampleOf(Percent(percent), Of(1, total));
      EXPECT_EQ(sample.unit_bytes() % (16 << 10), 0u);
      EXPECT_GE(Count(sample, sample.UnitsOf(total)), 127u);
    }
  }
  EXPECT_EQ(SampleOf(Percent(100 - 1e-6), Of(1, UINT64_MAX)).unit_bytes(),
            7 * kMiB);
}

TEST(Sample, IsNeverNothing) {
  for (const uint64_t total :
       {0u, 1u, 16'000u, 17'000u, 300'000u, 9'000'000u}) {
    for (const uint64_t files : {1u, 2u, 7u, 1'000u}) {
      for (const double percent : {1e-6, 0.1, 1.0}) {
        const Sample sample = SampleOf(Percent(percent), Of(files, total));
        const uint64_t units = std::max(files, sample.UnitsOf(total));
        EXPECT_GE(Count(sample, units), 1u) << total << " " << files;
        EXPECT_LE(Count(sample, units), std::max(2u, 2 * unsigned(units) / 100))
            << total << " " << files;
      }
    }
  }
}

TEST(Sample, LeavesSmallFilesUnopened) {
  TempDirectory dir;
  for (size_t i = 0; i < 40; ++i) {
    dir.Write(Concat("d/", 100 + i), Message(i, 1000));
  }
  // Opening it would be an error.
  ASSERT_EQ(chmod(dir.Path("d/107").c_str(), 0), 0);
  ReadOptions options;
  options.sample = Percent(10);
  const ReadResult result = ReadAll({dir.Path("d")}, options);
  EXPECT_THAT(MessageIds(result), ElementsAre("<4>", "<14>", "<24>", "<34>"));
  EXPECT_THAT(result.errors, SizeIs(0));
  EXPECT_EQ(result.input_bytes, result.total_bytes);
  auto reader = Reader::Open({dir.Path("d")}, options);
  ASSERT_TRUE(reader.ok());
  auto block = (*reader)->Next();
  ASSERT_NE(block, nullptr);
  size_t gaps = 0;
  for (const Piece& piece : block->pieces) {
    if (const auto* gap = std::get_if<Gap>(&piece)) {
      EXPECT_EQ(gap->kind, audit::Gap::kNotSampled);
      EXPECT_EQ(gap->length, gap->input->stored_bytes);
      EXPECT_EQ(gap->input->format, audit::Format::kUnread);
      EXPECT_GT(gap->input->modified_ns, 0);
      ++gaps;
    }
  }
  EXPECT_EQ(gaps, 36u);
}

TEST(Sample, OpenAheadLeavesOutAndPassesOver) {
  TempDirectory dir;
  for (size_t i = 0; i < 40; ++i) {
    dir.Write(Concat("d/", 100 + i), Message(i, 1000));
  }
  const std::vector<std::string> paths = {dir.Path("d")};
  for (const bool always : {false, true}) {
    OpenAhead files(paths, false, {.threads = 2, .always = always},
                    &FileInput::InPageCache, [](Walk::Found& found) {
                      found.unit = found.index * 3;
                      return found.index == 7   ? OpenAhead::Use::kPassOver
                             : found.index == 9 ? OpenAhead::Use::kRead
                                                : OpenAhead::Use::kLeaveOut;
                    });
    size_t given = 0;
    while (auto file = files.Next()) {
      EXPECT_NE(file->found.index, 7u);
      EXPECT_EQ(file->found.unit, file->found.index * 3);
      EXPECT_EQ(file->left_out, file->found.index != 9);
      EXPECT_EQ(file->opened.ok(), file->found.index == 9);
      ++given;
    }
    EXPECT_EQ(given, 39u);
  }
}

// Files that have less than a unit between two that are read: none is missed
// for lying at the wrong place.
TEST(Sample, OfManyFilesOfSeveralUnits) {
  TempDirectory dir;
  std::vector<std::string> messages;
  for (size_t i = 0; i < 30; ++i) messages.push_back(Message(i, 3'000) + "\n");
  const std::string mbox = MakeMbox(messages, "\n");
  for (size_t i = 0; i < 50; ++i) dir.Write(Concat("d/", 100 + i), mbox);
  ReadOptions options;
  options.sample = Percent(2);
  const ReadResult result = ReadAll({dir.Path("d")}, options);
  EXPECT_GE(result.mail.size(), 15u);
  EXPECT_LE(result.mail.size(), 50u);
  std::vector<std::string> files;
  for (const ReadMail& mail : result.mail) files.push_back(mail.file);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  // From all over, not a row of them.
  ASSERT_GE(files.size(), 3u);
  EXPECT_LT(files.front(), dir.Path("d/112"));
  EXPECT_GT(files.back(), dir.Path("d/137"));
}

// A message that begins with a unit is of that unit.
TEST(Sample, AtTheFirstOctetOfAUnit) {
  TempDirectory dir;
  constexpr size_t kUnit = 16 << 10;
  std::string mbox;
  for (size_t i = 0; i < 100; ++i) {
    std::string entry = MakeMbox({NoisyMessage(i, 16'000)}, "\n");
    ASSERT_LT(entry.size(), kUnit - 1);
    entry += std::string(kUnit - 2 - entry.size(), 'x') + "\n\n";
    mbox += entry;
  }
  ReadOptions options;
  options.sample = Percent(10);
  std::vector<std::string> expected;
  for (size_t i = 4; i < 100; i += 10) expected.push_back(Concat("<", i, ">"));
  for (const std::string& file : {mbox, Gzip(mbox)}) {
    const std::string path = dir.Write("m", file);
    EXPECT_THAT(MessageIds(ReadAll({path}, options)),
                ElementsAreArray(expected));
  }
}

// The messages of the units that are read, and no others.
TEST(Sample, OfALargeMbox) {
  TempDirectory dir;
  std::vector<std::string> messages;
  for (size_t i = 0; i < 1000; ++i) {
    messages.push_back(NoisyMessage(i, i == 500 ? 2'500'000 : 9'000) + "\n");
  }
  const std::string mbox = MakeMbox(messages, "\n");
  const auto counted_mbox = [&] {
    auto counted = messages;
    return MakeContentLengthMbox(&counted, "\n");
  }();
  for (const bool counted : {false, true}) {
    for (const bool compressed : {false, true}) {
      const std::string& text = counted ? counted_mbox : mbox;
      const std::string path = dir.Write("m", compressed ? Gzip(text) : text);
      ReadOptions options;
      options.sample = Percent(25);
      auto reader = Reader::Open({path}, options);
      ASSERT_TRUE(reader.ok());
      const Sample sample = (*reader)->sample();
      std::vector<std::string> expected;
      for (size_t at = 0, i = 0; at != std::string::npos; ++i) {
        if (sample.HasAt(at)) expected.push_back(Concat("<", i, ">"));
        at = text.find("\n\nFrom a@", at);
        if (at != std::string::npos) at += 2;
      }
      EXPECT_GT(expected.size(), 200u);
      EXPECT_LT(expected.size(), 300u);
      for (size_t block : {20'000u, 500'000u, 8u << 20}) {
        options.block_bytes = block;
        EXPECT_THAT(MessageIds(ReadAll({path}, options)),
                    ElementsAreArray(expected))
            << counted << compressed << block;
      }
    }
  }
}

// Members, and a message that is too long for a block.
TEST(Sample, OfAContainer) {
  TempDirectory dir;
  Members members;
  for (size_t i = 0; i < 200; ++i) {
    members.emplace_back(Concat(1000 + i),
                         NoisyMessage(i, i % 50 == 0 ? 400'000 : 9'000));
  }
  for (const std::string& file :
       {Tar(members), Gzip(Tar(members)), Zip(members)}) {
    const std::string path = dir.Write("c", file);
    ReadOptions options;
    options.sample = Percent(20);
    std::vector<std::string> first;
    for (size_t block : {20'000u, 8u << 20}) {
      options.block_bytes = block;
      const auto ids = MessageIds(ReadAll({path}, options));
      EXPECT_GE(ids.size(), 35u);
      EXPECT_LE(ids.size(), 45u);
      if (first.empty()) first = ids;
      EXPECT_EQ(ids, first);
    }
  }
}

TEST(Sample, OfOneMessageThereIsNone) {
  TempDirectory dir;
  const std::string mbox = dir.Write("m", MakeMbox(SampleMessages("\n"), "\n"));
  ReadOptions options;
  options.sample = Percent(10);
  EXPECT_EQ(OpenInputs({Concat(mbox, "@", 44)}, options).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace mailassay::source
