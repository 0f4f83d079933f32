// Every octet of every stream is in one message or in one named gap.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>

#include "lib/base/concat.h"
#include "pipeline/run/batch.h"
#include "pipeline/source/source.h"
#include "tests/source/archive_maker.h"

namespace mailassay::run {
namespace {

using audit::Books;
using audit::Gap;
using source::MakeEveryKind;
using source::ReadOptions;
using source::TempDirectory;

struct Covered {
  Books books;
  std::map<uint64_t, uint64_t> spans;  // of messages: offset, length
};

struct Examined {
  std::map<std::string, Covered> streams;  // by file, as rows name it
  std::vector<audit::ErrorRow> errors;
};

Examined ExamineAll(const std::vector<std::string>& paths,
                    const ReadOptions& options) {
  Examined all;
  auto reader = source::Reader::Open(paths, options);
  EXPECT_TRUE(reader.ok()) << reader.status();
  audit::GroupExaminer examiner(options.limits, options.filter);
  while (auto block = (*reader)->Next()) {
    Batch batch;
    batch.block = std::move(block);
    Examine(batch, examiner, SIZE_MAX);
    for (const auto& [input, books] : batch.books) {
      all.streams[input->file].books.Merge(books);
    }
    for (const audit::MessageFacts& facts : batch.messages) {
      const bool fresh = all.streams[facts.input->file]
                             .spans.emplace(facts.offset, facts.length)
                             .second;
      EXPECT_TRUE(fresh) << audit::Locate(facts);
    }
    std::ranges::move(batch.errors, std::back_inserter(all.errors));
  }
  return all;
}

void ExpectCovered(const Examined& all, const std::string& what) {
  for (const auto& [file, stream] : all.streams) {
    EXPECT_TRUE(stream.books.balanced()) << what << ": " << file;
    EXPECT_EQ(stream.books.messages, stream.spans.size()) << file;
    uint64_t bytes = 0;
    uint64_t end = 0;
    for (const auto& [offset, length] : stream.spans) {
      EXPECT_GE(offset, end) << what << ": " << file << " overlaps";
      end = offset + length;
      bytes += length;
    }
    EXPECT_EQ(bytes, stream.books.message_bytes) << what << ": " << file;
  }
}

// The shards of these `options` have each message of the whole once, and their
// books add up to its books.
void ExpectShardsToAddUp(const std::vector<std::string>& paths,
                         ReadOptions options, uint32_t count,
                         const Examined& whole) {
  std::map<std::string, Covered> sum;
  for (uint32_t i = 1; i <= count; ++i) {
    options.shard = {i, count};
    const Examined shard = ExamineAll(paths, options);
    ExpectCovered(shard, Concat(i, " of ", count));
    for (const auto& [file, stream] : shard.streams) {
      sum[file].books.Merge(stream.books);
      for (const auto& span : stream.spans) {
        EXPECT_TRUE(sum[file].spans.insert(span).second);
      }
    }
  }
  ASSERT_EQ(sum.size(), whole.streams.size()) << count;
  for (const auto& [file, stream] : whole.streams) {
    EXPECT_EQ(sum[file].books, stream.books) << file << " in " << count;
    EXPECT_EQ(sum[file].spans, stream.spans) << file << " in " << count;
  }
}

std::vector<ReadOptions> AllOptions() {
  std::vector<ReadOptions> all;
  for (size_t block : {16u << 10, 50'000u, 8u << 20}) {
    for (bool filtered : {false, true}) {
      ReadOptions options;
      options.block_bytes = block;
      if (filtered) {
        options.filter.domains = {"a3.example.com", "a7.example.com"};
      }
      all.push_back(options);
    }
  }
  all.back().limits.max_message_bytes = 10'000;
  return all;
}

TEST(Coverage, OfEveryKind) {
  TempDirectory dir;
  const auto paths = MakeEveryKind(dir);
  const Books whole =
      ExamineAll({dir.Path("plain")}, {}).streams[dir.Path("plain")].books;
  for (const ReadOptions& options : AllOptions()) {
    const Examined all = ExamineAll(paths, options);
    ExpectCovered(all, Concat(options.block_bytes));
    EXPECT_GT(all.streams.size(), 80u);
    for (const auto& [file, stream] : all.streams) {
      EXPECT_EQ(stream.books[Gap::kFiltered] > 0 ||
                    stream.books.messages == 0 ||
                    stream.books.message_bytes == 0,
                !options.filter.domains.empty() || stream.books.messages == 0)
          << file;
      if (!file.ends_with("bom") && !file.ends_with("bom.eml")) {
        EXPECT_EQ(stream.books[Gap::kPreamble], 0u) << file;
      }
    }
    // The same text, whatever it is wrapped in.
    for (const char* name : {"gz", "xz", "bz2", "frames", "d/a.mbox", "tar!a",
                             "zip!b.zst", "tgz!a"}) {
      const Books& books = all.streams.at(dir.Path(name)).books;
      EXPECT_EQ(books.stream_bytes, whole.stream_bytes / 3) << name;
      if (options.filter.domains.empty()) {
        EXPECT_EQ(books.messages, whole.messages / 3) << name;
        EXPECT_EQ(books.message_bytes, whole.message_bytes / 3) << name;
        EXPECT_EQ(books[Gap::kSeparator], whole[Gap::kSeparator] / 3) << name;
      }
    }
    EXPECT_EQ(all.streams.at(dir.Path("bom")).books[Gap::kPreamble], 6u);
    EXPECT_EQ(all.streams.at(dir.Path("d/bom.eml")).books[Gap::kPreamble], 3u);
    for (const char* name : {"cut.gz", "cut.cl.gz", "cut.eml.gz", "bad.zst"}) {
      EXPECT_GT(all.streams.at(dir.Path(name)).books[Gap::kDamaged], 0u);
    }
    for (const char* name : {"small", "plain", "bom", "cl", "lying"}) {
      EXPECT_EQ(all.streams.at(dir.Path(name)).books.stream_bytes,
                std::filesystem::file_size(dir.Path(name)));
    }
  }
}

// The books of the shards add up to those of the whole.
TEST(Coverage, OfShards) {
  TempDirectory dir;
  const auto paths = MakeEveryKind(dir);
  ReadOptions options;
  options.block_bytes = 50'000;
  const Examined whole = ExamineAll(paths, options);
  for (const uint32_t count : {2u, 3u, 7u, 64u}) {
    ExpectShardsToAddUp(paths, options, count, whole);
  }
}

// Enough of some size that a sample meets them.
std::vector<std::string> MessagesToSample() {
  auto messages = source::ManyShapes();
  for (size_t i = 0; i < 30; ++i) {
    messages.push_back(source::NoisyMessage(i, 9'000) + "\n");
  }
  return messages;
}

// What a sample reads is what the whole has there; the rest is a gap.
TEST(Coverage, OfSamples) {
  TempDirectory dir;
  auto paths = MakeEveryKind(dir);
  const auto messages = MessagesToSample();
  const std::string mbox = source::MakeMbox(messages, "\n");
  std::string large;
  while (large.size() < 8u << 20) large += mbox;
  auto counted = messages;
  std::string by_length = source::MakeContentLengthMbox(&counted, "\n");
  while (by_length.size() < 8u << 20) by_length += by_length;
  paths.push_back(dir.Write("large", large));
  paths.push_back(dir.Write("large.gz", source::Gzip(large)));
  paths.push_back(dir.Write("large.cl", by_length));
  paths.push_back(dir.Write(
      "large.tar", source::Tar({{"a", large},
                                {"b", by_length},
                                {"m", source::NoisyMessage(1, 3u << 20)},
                                {"s", mbox}})));
  const Examined whole = ExamineAll(paths, {});
  for (const uint32_t percent : {1u, 20u, 50u, 90u}) {
    const double share = percent / 100.0;
    std::optional<Examined> first;
    for (const size_t block : {30'000u, 8u << 20}) {
      ReadOptions options;
      options.block_bytes = block;
      options.sample = {.parts = percent * 1'000'000};
      const Examined sample = ExamineAll(paths, options);
      ExpectCovered(sample, Concat(percent));
      uint64_t read = 0, all = 0;
      for (const auto& [file, stream] : sample.streams) {
        const Books& books = stream.books;
        read += books.message_bytes;
        all += books.stream_bytes;
        if (stream.spans.empty()) continue;
        const Covered& full = whole.streams.at(file);
        EXPECT_EQ(books.stream_bytes, full.books.stream_bytes) << file;
        for (const auto& span : stream.spans) {
          EXPECT_TRUE(full.spans.contains(span.first)) << file;
          EXPECT_EQ(full.spans.at(span.first), span.second) << file;
        }
        EXPECT_EQ(books[Gap::kNotSampled] > 0,
                  books.messages < full.books.messages)
            << file;
      }
      const double part = static_cast<double>(read) / static_cast<double>(all);
      EXPECT_NEAR(part, share, 0.1);
      // The same, whatever the block size.
      if (!first) {
        first = sample;
        continue;
      }
      ASSERT_EQ(sample.streams.size(), first->streams.size());
      for (const auto& [file, stream] : sample.streams) {
        EXPECT_EQ(stream.spans, first->streams.at(file).spans) << file;
        // The empty line before what damage took is on either side.
        if (stream.books[Gap::kDamaged] > 0) continue;
        EXPECT_EQ(stream.books, first->streams.at(file).books) << file;
      }
    }
  }
}

// Each message of a sample is in one shard; so is what the sample leaves out.
TEST(Coverage, OfShardsOfASample) {
  TempDirectory dir;
  auto paths = MakeEveryKind(dir);
  const auto messages = MessagesToSample();
  const std::string mbox = source::MakeMbox(messages, "\n");
  std::string large;
  while (large.size() < 2u << 20) large += mbox;
  paths.push_back(dir.Write("large", large));
  paths.push_back(dir.Write("large.gz", source::Gzip(large)));
  for (size_t i = 0; i < 100; ++i) {
    paths.push_back(dir.Write(Concat("md/cur/", 100 + i),
                              source::NoisyMessage(i, 9'000 * (i % 5))));
  }
  ReadOptions options;
  options.block_bytes = 300'000;
  for (const uint32_t percent : {3u, 40u}) {
    options.sample = {.parts = percent * 1'000'000};
    const Examined whole = ExamineAll(paths, options);
    for (const uint32_t count : {2u, 7u, 50u}) {
      ExpectShardsToAddUp(paths, options, count, whole);
    }
  }
}

// A file that shards would have cut is one unit here: left out by one of them.
TEST(Coverage, OfShardsOfASampleOfLargeUnits) {
  TempDirectory dir;
  std::string mbox = source::MakeMbox(source::ManyShapes(), "\n");
  ASSERT_GT(mbox.size(), 128u << 10);
  while (mbox.size() < 300u << 10) mbox += mbox;
  for (size_t i = 0; i < 200; ++i) dir.Write(Concat("d/", 100 + i), mbox);
  ReadOptions options;
  options.sample = {.parts = 80'000'000};
  const Examined whole = ExamineAll({dir.Path("d")}, options);
  std::map<std::string, Books> sum;
  for (uint32_t i = 1; i <= 7; ++i) {
    options.shard = {i, 7};
    for (const auto& [file, stream] :
         ExamineAll({dir.Path("d")}, options).streams) {
      sum[file].Merge(stream.books);
    }
  }
  uint64_t left_out = 0;
  ASSERT_EQ(sum.size(), whole.streams.size());
  for (const auto& [file, stream] : whole.streams) {
    EXPECT_EQ(sum[file], stream.books) << file;
    left_out += stream.books[Gap::kNotSampled] == mbox.size() ? 1 : 0;
  }
  EXPECT_EQ(left_out, 40u);
}

TEST(Coverage, OfMailThatIsOneMessage) {
  TempDirectory dir;
  const std::string text = source::Message(1, 500);
  const std::string path = dir.Write("m", text);
  Books expected;
  expected.AddMessage(text.size());
  expected.stream_bytes = text.size();
  EXPECT_EQ(ExamineAll({path}, {}).streams[path].books, expected);
}

// Files that change behind the reader: what they have lost is a gap.
TEST(Coverage, OfAFileCutShort) {
  TempDirectory dir;
  const auto messages = source::ManyShapes();
  std::string mbox = source::MakeMbox(messages, "\n");
  mbox += mbox;
  for (size_t left : {0u, 5u, 30'000u, 250'000u, 400'000u}) {
    const std::string path = dir.Write("m", mbox);
    ReadOptions options;
    options.block_bytes = 50'000;
    auto reader = source::Reader::Open({path}, options);
    ASSERT_TRUE(reader.ok());
    Covered covered;
    audit::GroupExaminer examiner({}, {});
    for (bool first = true; auto block = (*reader)->Next(); first = false) {
      if (first) {
        ASSERT_EQ(truncate(path.c_str(), static_cast<off_t>(left)), 0);
      }
      Batch batch;
      batch.block = std::move(block);
      Examine(batch, examiner, SIZE_MAX);
      for (const auto& books : batch.books) covered.books.Merge(books.second);
    }
    EXPECT_TRUE(covered.books.balanced()) << left;
    EXPECT_EQ(covered.books.stream_bytes, mbox.size());
    EXPECT_GT(covered.books[Gap::kUnreadable], 0u);
    EXPECT_LE(covered.books.message_bytes, left);
  }
}

// What was not read has a size.
TEST(Coverage, OfWhatIsNotMail) {
  TempDirectory dir;
  const std::string pdf = "%PDF-1.7 ..." + std::string(1000, 'p');
  const std::string gzip = source::Gzip(pdf);
  const std::string path = dir.Write("p", pdf);
  const std::string compressed = dir.Write("p.gz", gzip);
  const std::string tar = dir.Write("t", source::Tar({{"p", pdf}}));
  const Examined all = ExamineAll({path, compressed, tar}, {});
  EXPECT_TRUE(all.streams.empty());
  ASSERT_EQ(all.errors.size(), 3u);
  EXPECT_EQ(all.errors[0].length, pdf.size());
  EXPECT_EQ(all.errors[1].length, gzip.size());
  EXPECT_EQ(all.errors[2].length, pdf.size());
}

}  // namespace
}  // namespace mailassay::run
