// Reading again from behind any block gives what would have followed.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "lib/base/concat.h"
#include "pipeline/source/place.h"
#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

// One piece in words.
std::string Describe(const Piece& piece) {
  const auto where = [](const audit::Input& input, uint64_t offset) {
    return Concat(input.file, " (", input.ordinal >> 32, ".",
                  input.ordinal & UINT32_MAX, " in ", input.archive, " ",
                  audit::FormatName(input.format), " ", input.stored_bytes, " ",
                  input.modified_ns, ")@", offset, " ");
  };
  if (const auto* run = std::get_if<MboxRun>(&piece)) {
    return Concat("run ", where(*run->input, run->offset), run->text);
  }
  if (const auto* run = std::get_if<FileRun>(&piece)) {
    return Concat("file run ", where(*run->input, run->offset), run->size);
  }
  if (const auto* end = std::get_if<FileEnd>(&piece)) {
    return Concat("file end ", end->path);
  }
  if (const auto* whole = std::get_if<WholeMessage>(&piece)) {
    return Concat("message ", where(*whole->input, whole->offset),
                  whole->from_line, "\n", whole->text);
  }
  if (const auto* examined = std::get_if<ExaminedMessage>(&piece)) {
    return Concat("long message ", where(*examined->input, examined->offset),
                  examined->length, " ",
                  examined->facts ? examined->facts->message_id : "filtered");
  }
  if (const auto* gap = std::get_if<Gap>(&piece)) {
    return Concat("gap ", audit::GapName(gap->kind), " ",
                  where(*gap->input, gap->offset), gap->length);
  }
  if (const auto* end = std::get_if<StreamEnd>(&piece)) {
    return Concat("end ", where(*end->input, end->octets));
  }
  const auto& row = std::get<audit::ErrorRow>(piece);
  return Concat("row ", audit::ErrorCodeName(row.code), " ", row.file, " ",
                row.offset, " ", row.length, " ", row.kind, " ", row.text);
}

struct Read {
  std::string pieces;  // of one block
  Position next;
};

struct Reading {
  std::vector<Read> blocks;  // that have pieces
  std::vector<Position> places;
  std::vector<std::string> notes;
  uint64_t input_bytes = 0;
  uint64_t total_bytes = 0;
};

Reading ReadFrom(const std::vector<std::string>& paths, ReadOptions options,
                 Position start = {}) {
  Reading reading;
  options.start = start;
  auto reader = Reader::Open(paths, options);
  EXPECT_TRUE(reader.ok()) << reader.status();
  if (!reader.ok()) return reading;
  EXPECT_TRUE((*reader)->resumable());
  Position last = start;
  while (auto block = (*reader)->Next()) {
    reading.input_bytes += block->input_bytes;
    EXPECT_GE(block->next, last);
    last = block->next;
    reading.places.push_back(block->next);
    Read read{.pieces = {}, .next = block->next};
    for (const Piece& piece : block->pieces) {
      read.pieces += Describe(piece) + "\n";
    }
    if (!read.pieces.empty()) reading.blocks.push_back(std::move(read));
  }
  reading.notes = (*reader)->notes();
  reading.total_bytes = (*reader)->total_bytes();
  return reading;
}

ReadOptions Small() {
  ReadOptions options;
  options.block_bytes = 16 << 10;
  return options;
}

// From every place named, or so many of them.
void ExpectResumable(const std::vector<std::string>& paths,
                     const ReadOptions& options = Small(),
                     size_t most = SIZE_MAX) {
  const Reading whole = ReadFrom(paths, options);
  ASSERT_FALSE(whole.blocks.empty());
  const size_t step = std::max<size_t>(whole.places.size() / most, 1);
  for (size_t i = 0; i < whole.places.size(); i += step) {
    const Position start = whole.places[i];
    const std::string where = Concat(paths[0], ": ", start.file, ".",
                                     start.member, "@", start.offset);
    const Reading rest = ReadFrom(paths, options, start);
    const auto first = std::ranges::find_if(
        whole.blocks, [&](const Read& read) { return read.next > start; });
    const auto expected = static_cast<size_t>(whole.blocks.end() - first);
    ASSERT_EQ(rest.blocks.size(), expected) << where;
    for (size_t b = 0; b < expected; ++b) {
      ASSERT_EQ(rest.blocks[b].pieces, first[static_cast<ptrdiff_t>(b)].pieces)
          << where;
      ASSERT_EQ(rest.blocks[b].next, first[static_cast<ptrdiff_t>(b)].next)
          << where;
    }
    EXPECT_EQ(rest.notes, whole.notes);
    EXPECT_EQ(rest.total_bytes, whole.total_bytes);
    if (!rest.blocks.empty()) {
      EXPECT_EQ(rest.input_bytes, whole.input_bytes) << where;
    }
  }
}

std::vector<std::string> Messages() { return ManyShapes(); }

std::string Large() {
  const std::string mbox = MakeMbox(Messages(), "\n");
  return mbox + mbox + mbox;
}

TEST(Position, Orders) {
  EXPECT_LT((Position{1, 9, 9}), (Position{2, 0, 0}));
  EXPECT_LT((Position{1, 1, 9}), (Position{1, 2, 0}));
  EXPECT_EQ(Ordinal({.file = 3, .member = 5, .offset = 7}), 3ull << 32 | 5);
}

TEST(Position, MboxAsItIsAndCompressed) {
  TempDirectory dir;
  const std::string mbox = MakeMbox(Messages(), "\n");
  const std::string large = Large();
  ASSERT_GT(large.size(), 500'000u);
  ExpectResumable({dir.Write("small", mbox.substr(0, 100'000))});
  ExpectResumable({dir.Write("large", large)});
  ExpectResumable({dir.Write("bom", "\xEF\xBB\xBF\r\n\n" + large)});
  ExpectResumable({dir.Write("gz", Gzip(mbox))});
  ExpectResumable({dir.Write("xz", Xz(mbox))});
  ExpectResumable({dir.Write("bz2", Bzip2(mbox))});
  ExpectResumable({dir.Write("zst", Zstd(mbox))});
  ExpectResumable({dir.Write("frames", ZstdFrameFile(mbox, 9'999))});
  ReadOptions other = Small();
  other.block_bytes = 50'000;
  ExpectResumable({dir.Path("large")}, other);
}

TEST(Position, ZstdFramesReadAhead) {
  TempDirectory dir;
  std::string large;
  std::string noise(3000, '\0');
  uint32_t state = 1;
  for (size_t i = 0; i < 600; ++i) {
    for (char& c : noise) {
      state = state * 1664525 + 1013904223;
      c = static_cast<char>('!' + (state >> 24) % 90);
    }
    large += MakeMbox({Message(i) + noise + "\n"}, "\n");
  }
  const std::string file = ZstdFrameFile(large, 100'000);
  ASSERT_GT(file.size(), 1u << 20);
  ExpectResumable({dir.Write("z", file)}, Small(), 20);
  std::string damaged = file;
  damaged[damaged.size() / 2] ^= 1;
  damaged[damaged.size() / 3] ^= 1;
  ExpectResumable({dir.Write("d", damaged)}, Small(), 20);
}

TEST(Position, ContentLength) {
  TempDirectory dir;
  auto messages = Messages();
  for (const auto& m : Messages()) messages.push_back(m);
  const std::string mbox = MakeContentLengthMbox(&messages, "\n");
  ExpectResumable({dir.Write("cl", mbox)});
  ExpectResumable({dir.Write("cl.gz", Gzip(mbox))});
  auto lying = messages;
  for (size_t i : {6u, 9u, 24u, 26u, 30u}) {
    const size_t at = lying[i].find("Content-Length: ") + 16;
    lying[i].replace(at, lying[i].find('\n', at) - at, i % 2 ? "17" : "99999");
  }
  ExpectResumable({dir.Write("lies", MakeMbox(lying, "\n"))});
}

// Too long to be looked ahead for its end: 8 MiB.
TEST(Position, LongMessageInAContentLengthMbox) {
  TempDirectory dir;
  auto messages = SampleMessages("\n");
  const std::string head = MakeContentLengthMbox(&messages, "\n");
  std::string file = head;
  for (const size_t size :
       {8'300'000u, 8'388'000u, 8'389'000u, 8'700'000u, 9'200'000u}) {
    file += MakeMbox({Message(size, size) + "\n"}, "\n") + head;
  }
  ReadOptions options;
  for (size_t block : {1u << 20, 10u << 20, 11u << 20}) {
    options.block_bytes = block;
    ExpectResumable({dir.Write("m", file)}, options);
  }
}

TEST(Position, EveryKind) {
  TempDirectory dir;
  const auto paths = MakeEveryKind(dir);
  for (const std::string& path : paths) ExpectResumable({path});
  ReadOptions large = Small();
  large.block_bytes = 300'000;
  ExpectResumable(paths, large);
  large.filter.domains = {"example.org", "a1.example.com"};
  ExpectResumable(paths, large);
}

TEST(Position, Samples) {
  TempDirectory dir;
  auto paths = MakeEveryKind(dir);
  auto messages = Messages();
  for (size_t i = 0; i < 30; ++i) {
    messages.push_back(NoisyMessage(i, 9'000) + "\n");
  }
  const std::string mbox = MakeMbox(messages, "\n");
  std::string large;
  while (large.size() < 1u << 20) large += mbox;
  auto counted = messages;
  std::string by_length = MakeContentLengthMbox(&counted, "\n");
  while (by_length.size() < 1u << 20) by_length += by_length;
  paths.push_back(dir.Write("large", "\xEF\xBB\xBF" + large));
  paths.push_back(dir.Write("large.gz", Gzip(large)));
  paths.push_back(dir.Write("large.cl", by_length));
  paths.push_back(dir.Write("large.zip", Zip({{"a", large},
                                              {"b", by_length},
                                              {"m", NoisyMessage(1, 300'000)},
                                              {"z", Gzip(large)},
                                              {"s", mbox}})));
  paths.push_back(dir.Write("large.eml", NoisyMessage(1, 300'000)));
  for (const uint32_t percent : {3u, 30u, 80u}) {
    ReadOptions options;
    options.block_bytes = 100'000;
    options.sample = {.parts = percent * 1'000'000};
    ExpectResumable(paths, options, 20);
  }
}

TEST(Position, MaildirsMessagesAndFilesOfAllKinds) {
  TempDirectory dir;
  const auto messages = Messages();
  for (size_t i = 0; i < messages.size(); ++i) {
    dir.Write(Concat("d/md/cur/", 100 + i), messages[i]);
  }
  dir.MakeDirectory("d/md/new");
  const std::string mbox = MakeMbox(messages, "\n");
  dir.Write("d/a.mbox", mbox);
  dir.Write("d/b.empty", "");
  dir.Write("d/c.pdf", "%PDF-1.7 ...");
  dir.Write("d/d.eml", "\xEF\xBB\xBF" + Message(1, 70'000));
  dir.Write("d/e.tgz", Gzip(Tar({{"1", mbox}, {"2", messages[1]}})));
  dir.Write("d/f.eml.gz", Gzip(Message(2, 30'000)));
  dir.Write("d/z.zip", Zip({{"1", mbox}, {"2", messages[1]}}));
  std::filesystem::create_symlink("loop", dir.Path("loop"));
  std::filesystem::create_symlink("a.mbox", dir.Path("d/link"));
  ASSERT_EQ(mkfifo(dir.Path("d/fifo").c_str(), 0600), 0);
  ExpectResumable({dir.Path("loop"), dir.Path("d"), dir.Path("d/a.mbox"),
                   dir.Path("loop"), dir.Path("d/e.tgz"),
                   dir.Path("d/a.mbox")});
  ReadOptions ahead = Small();
  ahead.open_ahead = {.threads = 3, .always = true};
  ExpectResumable({dir.Path("d/md"), dir.Path("d")}, ahead);
}

TEST(Position, Members) {
  TempDirectory dir;
  const auto messages = Messages();
  const std::string mbox = MakeMbox(messages, "\n");
  auto counted = messages;
  Members members = {{"a", mbox},
                     {"empty", ""},
                     {"b.zst", Zstd(mbox)},
                     {"p.pdf", "%PDF-1.7 ..."},
                     {"in.tar", Tar({{"x", messages[0]}})},
                     {"cl", MakeContentLengthMbox(&counted, "\n")}};
  for (size_t i = 0; i < messages.size(); ++i) {
    members.emplace_back(Concat("md/cur/", 100 + i), messages[i]);
  }
  ExpectResumable({dir.Write("t", Tar(members))});
  ExpectResumable({dir.Write("tgz", Gzip(Tar(members)))});
  ExpectResumable({dir.Write("zip", Zip(members))});
}

TEST(Position, Damage) {
  TempDirectory dir;
  const auto messages = Messages();
  const std::string mbox = MakeMbox(messages, "\n");
  const std::string after = dir.Write("after", messages[0]);
  const auto expect = [&](std::string_view content) {
    ExpectResumable({dir.Write("x", content), after});
  };
  const std::string gzip = Gzip(mbox);
  expect(gzip.substr(0, gzip.size() / 2));
  expect(gzip + "rubbish");
  for (const size_t frame : {3'000u, 30'000u, 100'000u}) {
    std::string frames = ZstdFrameFile(mbox, frame);
    for (size_t at : {frames.size() / 5, frames.size() / 3,
                      frames.size() * 2 / 3, frames.size() - 3}) {
      frames[at] ^= 0x55;
    }
    expect(frames);
    expect(Tar({{"a", frames}, {"b", mbox}}));
  }
  Members members;
  for (size_t i = 0; i < messages.size(); ++i) {
    members.emplace_back(Concat(i), messages[i]);
  }
  members.emplace_back("m", mbox);
  const std::string tar = Tar(members);
  expect(tar.substr(0, tar.size() / 2));
  const std::string tgz = Gzip(tar);
  expect(tgz.substr(0, tgz.size() - 5'000));
  for (const std::string& container : {tar, Zip(members)}) {
    for (size_t i = 1; i < 12; ++i) {
      std::string bad = container;
      for (size_t at = bad.size() * i / 13; at < bad.size(); at += 61'003) {
        bad[at] ^= 0x11;
      }
      expect(bad);
    }
  }
}

// Limits of a whole container, and of a stream, are met at the same octet.
TEST(Position, Limits) {
  TempDirectory dir;
  const std::string mbox = Large();
  const std::string after = dir.Write("after", Message(1));
  ReadOptions options = Small();
  options.max_output_bytes = mbox.size() + 100'000;
  const Members members = {{"a", mbox}, {"b", mbox}, {"c", mbox}};
  for (const std::string& file :
       {Zip(members), Gzip(Tar(members)), Gzip(mbox + mbox)}) {
    ExpectResumable({dir.Write("x", file), after}, options);
  }
}

TEST(Position, InsideAMessageOfManyBlocks) {
  TempDirectory dir;
  ReadOptions options;
  options.block_bytes = 1 << 20;
  options.max_ratio = 1'000'000;
  const std::string lines = [] {
    std::string text;
    for (size_t i = 0; i < 1'500'000; ++i)
      text += "a line of fifty octets, which is no separator !!!\n";
    return text;
  }();
  const std::string mbox =
      MakeMbox({Message(1), Message(2) + "\n" + lines, Message(3)}, "\n");
  for (const std::string& content : {mbox, Zstd(mbox)}) {
    const std::string path = dir.Write("x", content);
    const Reading whole = ReadFrom({path}, options);
    // A block was given up in the middle.
    ASSERT_LT(whole.blocks.size(), whole.places.size());
    ExpectResumable({path}, options);
  }
}

TEST(Position, PipesCannotBeReadAgain) {
  TempDirectory dir;
  const std::string file = dir.Write("m", Message(1));
  EXPECT_TRUE((*Reader::Open({file}, {}))->resumable());
  EXPECT_FALSE((*Reader::Open({file, "-"}, {}))->resumable());
  ASSERT_EQ(mkfifo(dir.Path("fifo").c_str(), 0600), 0);
  EXPECT_FALSE((*Reader::Open({dir.Path("fifo")}, {}))->resumable());
}

TEST(Position, OneMessage) {
  TempDirectory dir;
  const std::string mbox = dir.Write("m", MakeMbox(SampleMessages("\n"), "\n"));
  const std::string place = Concat(mbox, "@", 44);
  auto reader = OpenInputs({place}, {});
  ASSERT_TRUE(reader.ok());
  auto block = (*reader)->Next();
  ASSERT_NE(block, nullptr);
  ReadOptions rest;
  rest.start = block->next;
  auto again = OpenInputs({place}, rest);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ((*again)->Next(), nullptr);
}

}  // namespace
}  // namespace mailassay::source
