// One set of messages in every format, compression and container gives the
// same list of messages, for every block size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "lib/base/concat.h"
#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

struct Compression {
  const char* name;
  std::function<std::string(std::string_view)> compress;
};

std::vector<Compression> Compressions() {
  return {
      {"plain", [](std::string_view t) { return std::string(t); }},
      {"zstd", Zstd},
      {"zstd frames", [](std::string_view t) { return ZstdFrameFile(t, 777); }},
      {"zstd unsized",
       [](std::string_view t) { return ZstdFrameFile(t, 9999, true, false); }},
      {"gzip", Gzip},
      {"gzip members",
       [](std::string_view t) {
         const size_t cut = t.size() / 3;
         return Gzip(t.substr(0, cut)) + Gzip(t.substr(cut));
       }},
      {"xz", Xz},
      {"bzip2", Bzip2},
  };
}

void ExpectMessages(const ReadResult& result,
                    const std::vector<std::string>& messages,
                    const std::string& what) {
  EXPECT_THAT(Texts(result), ElementsAreArray(messages)) << what;
  EXPECT_THAT(Codes(result), IsEmpty()) << what;
  EXPECT_EQ(result.input_bytes, result.total_bytes) << what;
}

TEST(Formats, MboxInEveryCompression) {
  TempDirectory dir;
  for (const char* line_end : {"\n", "\r\n"}) {
    const auto messages = SampleMessages(line_end);
    const std::string mbox = MakeMbox(messages, line_end);
    for (const Compression& c : Compressions()) {
      // Case F5: the name says nothing.
      const std::string path = dir.Write("a.jpg", c.compress(mbox));
      ExpectMessages(ReadAll({path}), messages, c.name);
    }
  }
}

TEST(Formats, ContentLengthMboxInEveryCompression) {
  TempDirectory dir;
  for (const char* line_end : {"\n", "\r\n"}) {
    auto messages = SampleMessages(line_end);
    // Only a reader that goes by Content-Length keeps these in one piece.
    messages[3] +=
        Concat(line_end, "From b Mon Jan  1 00:00:00 2024", line_end,
               "Subject: unescaped", line_end, line_end, "text", line_end);
    const std::string mbox = MakeContentLengthMbox(&messages, line_end);
    for (const Compression& c : Compressions()) {
      const std::string path = dir.Write("a", c.compress(mbox));
      const ReadResult result = ReadAll({path});
      ExpectMessages(result, messages, c.name);
      EXPECT_EQ(result.mail[0].format, audit::Format::kMboxCl);
    }
  }
}

TEST(Formats, MboxInContainers) {
  TempDirectory dir;
  const auto messages = SampleMessages("\n");
  const std::string mbox = MakeMbox(messages, "\n");
  for (const Compression& member : Compressions()) {
    const Members members = {{"b", member.compress(mbox)}};
    for (const Compression& c : Compressions()) {
      const std::string path = dir.Write("t", c.compress(Tar(members)));
      const ReadResult result = ReadAll({path});
      ExpectMessages(result, messages, Concat(c.name, "(tar)/", member.name));
      EXPECT_EQ(result.mail[0].file, path + "!b");
    }
    ExpectMessages(ReadAll({dir.Write("z", Zip(members))}), messages, "zip");
  }
}

TEST(Formats, MaildirAndTreeAndContainersOfMessages) {
  TempDirectory dir;
  const auto messages = SampleMessages("\n");
  Members members;
  for (size_t i = 0; i < messages.size(); ++i) {
    members.emplace_back(Concat("md/cur/", i + 100, ":2,S"), messages[i]);
  }
  for (const Compression& c : Compressions()) {
    const std::string root = Concat("tree-", c.name);
    dir.MakeDirectory(root + "/md/new");
    dir.Write(root + "/md/tmp/1", "From: not@delivered\n\n");
    dir.Write(root + "/md/dovecot.index", "binary");
    for (const auto& [name, text] : members) {
      dir.Write(Concat(root, "/", name), c.compress(text));
    }
    const ReadResult result = ReadAll({dir.Path(root)});
    EXPECT_THAT(Texts(result), ElementsAreArray(messages)) << c.name;
    EXPECT_THAT(Codes(result), IsEmpty()) << c.name;
    EXPECT_EQ(result.mail[0].format, audit::Format::kMaildir);
    EXPECT_EQ(result.input_bytes, result.total_bytes) << c.name;
    ExpectMessages(ReadAll({dir.Write("t", c.compress(Tar(members)))}),
                   messages, c.name);
  }
  const ReadResult zip = ReadAll({dir.Write("z", Zip(members))});
  ExpectMessages(zip, messages, "zip");
  EXPECT_EQ(zip.mail[0].format, audit::Format::kMaildir);
}

TEST(Formats, ConcatenatedTarFiles) {
  TempDirectory dir;
  const auto m = SampleMessages("\n");
  const std::string tar = Tar({{"1", m[0]}}) + Tar({{"2", m[2]}});
  for (const std::string& file : {tar, Gzip(tar)}) {
    const ReadResult result = ReadAll({dir.Write("t", file)});
    EXPECT_THAT(Texts(result), ElementsAreArray({m[0], m[2]}));
    EXPECT_THAT(Codes(result), IsEmpty());
  }
}

TEST(Formats, SmallFilesShareBlocks) {
  TempDirectory dir;
  const std::string message = SampleMessages("\n")[0];
  for (int i = 0; i < 500; ++i) {
    dir.Write(Concat("d/", i), message);
  }
  const ReadResult result = ReadAll({dir.Path("d")});
  EXPECT_EQ(result.mail.size(), 500u);
  EXPECT_EQ(result.blocks, 1u);
}

// Messages, offsets and lengths are the same for every block size.
TEST(Formats, BlockSizesDoNotMatter) {
  TempDirectory dir;
  for (const char* line_end : {"\n", "\r\n"}) {
    auto messages = SampleMessages(line_end);
    const auto again = messages;
    messages.insert(messages.end(), again.begin(), again.end());
    std::vector<std::string> paths = {
        dir.Write("1", MakeMbox(messages, line_end)),
        dir.Write("2", Zstd(MakeMbox(messages, line_end))),
        dir.Write("4", messages[13]), dir.Write("5", messages[17])};
    auto counted = messages;
    paths.push_back(dir.Write("3", MakeContentLengthMbox(&counted, line_end)));
    const ReadResult whole = ReadAll(paths);
    ASSERT_EQ(whole.mail.size(), 3 * messages.size() + 2);
    EXPECT_EQ(whole.examined, 0u);
    for (size_t block : {1u << 10, 17u << 10, 20'001u, 33u << 10, 64u << 10,
                         100'003u, 1u << 20}) {
      ReadOptions options;
      options.block_bytes = block;
      const ReadResult result = ReadAll(paths, options);
      ASSERT_EQ(result.mail.size(), whole.mail.size()) << block;
      for (size_t i = 0; i < whole.mail.size(); ++i) {
        EXPECT_EQ(result.mail[i].file, whole.mail[i].file) << block;
        EXPECT_EQ(result.mail[i].offset, whole.mail[i].offset) << block;
        EXPECT_EQ(result.mail[i].length, whole.mail[i].length) << block;
        EXPECT_EQ(result.mail[i].message_id, whole.mail[i].message_id);
        if (!result.mail[i].text.empty()) {
          EXPECT_EQ(result.mail[i].text, whole.mail[i].text);
        }
      }
      if (block < 40'000) {
        EXPECT_GT(result.examined, 0u) << block;
      }
      if (block > 200'000) {
        EXPECT_EQ(result.examined, 0u) << block;
      }
    }
  }
}

// Every place of a cut, around separators above all.
TEST(Formats, EverySeparatorPlace) {
  TempDirectory dir;
  ReadOptions options;
  options.block_bytes = 1;  // the least there is: 16 KiB
  for (size_t size = (12u << 10) - 40; size < (12u << 10) + 60; ++size) {
    for (size_t first : {size, size + (4u << 10)}) {
      const std::vector<std::string> messages = {
          Concat("Message-ID: <1>\n\n", std::string(first, 'a'), "\n"),
          "Message-ID: <2>\n\nshort\n"};
      const ReadResult result =
          ReadAll({dir.Write("m", MakeMbox(messages, "\n"))}, options);
      ASSERT_EQ(result.mail.size(), 2u) << first;
      EXPECT_EQ(result.mail[0].length, messages[0].size());
      EXPECT_EQ(result.mail[1].text, messages[1]);
    }
  }
}

TEST(Formats, PreambleIsSkippedAndCounted) {
  TempDirectory dir;
  const auto messages = SampleMessages("\n");
  const std::string mbox = MakeMbox(messages, "\n");
  const ReadResult result = ReadAll({dir.Write("m", "\xEF\xBB\xBF" + mbox)});
  EXPECT_THAT(Texts(result), ElementsAreArray(messages));
  EXPECT_EQ(result.mail[0].offset, 3 + mbox.find('\n') + 1);
  const ReadResult eml =
      ReadAll({dir.Write("e", "\xEF\xBB\xBF" + messages[0])});
  ASSERT_EQ(eml.mail.size(), 1u);
  EXPECT_EQ(eml.mail[0].text, messages[0]);
  EXPECT_EQ(eml.mail[0].offset, 3u);
}

TEST(Formats, ContentLengthThatLies) {
  TempDirectory dir;
  auto messages = SampleMessages("\n");
  std::string mbox = MakeContentLengthMbox(&messages, "\n");
  // Case F10: one value too small, one too large, one beyond all.
  for (const char* lie : {"1", "99", "20000", "99999999999999999999"}) {
    auto changed = messages;
    const size_t at = changed[9].find("Content-Length: ") + 16;
    changed[9].replace(at, changed[9].find('\n', at) - at, lie);
    const ReadResult result =
        ReadAll({dir.Write("m", MakeMbox(changed, "\n"))});
    EXPECT_THAT(Texts(result), ElementsAreArray(changed)) << lie;
    EXPECT_EQ(result.mail[0].format, audit::Format::kMboxCl);
  }
  // A first value that lies: no mboxcl at all.
  auto changed = messages;
  const size_t at = changed[0].find("Content-Length: ") + 16;
  changed[0].replace(at, changed[0].find('\n', at) - at, "3");
  const ReadResult result = ReadAll({dir.Write("m", MakeMbox(changed, "\n"))});
  EXPECT_THAT(Texts(result), ElementsAreArray(changed));
  EXPECT_EQ(result.mail[0].format, audit::Format::kMboxRd);
}

TEST(Formats, ReadMessageAtGivesEveryMessageAgain) {
  TempDirectory dir;
  auto messages = SampleMessages("\r\n");
  const std::string mbox = MakeMbox(messages, "\r\n");
  auto counted = messages;
  const std::string by_length = MakeContentLengthMbox(&counted, "\r\n");
  const Members members = {
      {"x!y", Gzip(mbox)}, {"m/cur/1", messages[4]}, {"cl", by_length}};
  const std::vector<std::string> paths = {
      dir.Write("mbox", mbox),
      dir.Write("frames", ZstdFrameFile(mbox, 1000)),
      dir.Write("a!b.tar.xz", Xz(Tar(members))),
      dir.Write("zip", Zip(members)),
      dir.Write("one.eml", messages[2]),
      dir.Write("cl.bz2", Bzip2(by_length))};
  const ReadResult result = ReadAll(paths);
  ASSERT_EQ(result.mail.size(), 7 * messages.size() + 3);
  for (const ReadMail& m : result.mail) {
    auto text = ReadMessageAt(m.file, m.offset, 1 << 20);
    ASSERT_TRUE(text.ok()) << text.status();
    EXPECT_EQ(*text, m.text) << m.file << "@" << m.offset;
  }
  EXPECT_EQ(ReadMessageAt(paths[0], result.mail[0].offset, 10)->size(), 10u);
  EXPECT_FALSE(ReadMessageAt(paths[0], 1u << 30, 10).ok());
  EXPECT_FALSE(ReadMessageAt(paths[2] + "!none", 0, 10).ok());
  EXPECT_FALSE(ReadMessageAt(paths[2], 0, 10).ok());
  EXPECT_FALSE(ReadMessageAt(paths[0] + "!x", 0, 10).ok());
  EXPECT_FALSE(ReadMessageAt(dir.Path("nothing"), 0, 10).ok());
}

TEST(Formats, LargeZstdFramesAreStreamedBetweenSmallOnes) {
  TempDirectory dir;
  std::vector<std::string> messages;
  for (int i = 0; i < 300; ++i) {
    for (auto& m : SampleMessages("\n")) {
      m.insert(0, Concat("X-N: ", i * 2654435761u, "\n"));
      messages.push_back(std::move(m));
    }
  }
  const std::string mbox = MakeMbox(messages, "\n");
  const size_t a = mbox.size() / 3, b = a + 5'000'000;
  ReadOptions options;
  options.block_bytes = 1 << 20;  // so frames of over 4 MiB are streamed
  for (bool sized : {true, false}) {
    const std::string path = dir.Write(
        "z", ZstdFrameFile(mbox.substr(0, a), 300'000, true, sized) +
                 std::string("\x50\x2A\x4D\x18\x03\0\0\0abc", 11) +
                 ZstdFrameFile(mbox.substr(a, b - a), 1 << 30, true, sized) +
                 ZstdFrameFile(mbox.substr(b), 100'000, false, sized));
    const ReadResult result = ReadAll({path}, options);
    EXPECT_EQ(Texts(result), messages) << sized;
    EXPECT_THAT(Codes(result), IsEmpty());
    EXPECT_EQ(result.input_bytes, result.total_bytes);
  }
}

}  // namespace
}  // namespace mailassay::source
