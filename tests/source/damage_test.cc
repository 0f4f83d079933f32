// Damage, limits and changes: the good messages before and behind are given,
// the rest is a row (promises P5 and P22; cases F1 to F4, F9, F10).
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"
#include "pipeline/source/file_run.h"
#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

using audit::ErrorCode;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Form {
  const char* name;
  std::function<std::string(std::string_view)> make;
};

std::vector<Form> Forms() {
  return {
      {"zstd", Zstd},
      {"zstd frames",
       [](std::string_view t) { return ZstdFrameFile(t, 3000); }},
      {"gzip", Gzip},
      {"xz", Xz},
      {"bzip2", Bzip2},
      {"tar",
       [](std::string_view t) {
         return Tar({{"m", std::string(t)}});
       }},
      {"tar.zst",
       [](std::string_view t) {
         return Zstd(Tar({{"m", std::string(t)}}));
       }},
      {"zip",
       [](std::string_view t) {
         return Zip({{"m", std::string(t)}});
       }},
  };
}

std::vector<std::string> ManyMessages() {
  std::vector<std::string> messages;
  for (int i = 0; i < 5; ++i) {
    for (std::string m : SampleMessages("\n")) {
      m.insert(0, Concat("X-N: ", i * 2654435761u, "\n"));
      messages.push_back(std::move(m));
    }
  }
  return messages;
}

TEST(Damage, TruncatedFormsGiveAPrefixAndARow) {
  TempDirectory dir;
  const auto messages = ManyMessages();
  const std::string mbox = MakeMbox(messages, "\n");
  for (const Form& form : Forms()) {
    const std::string whole = form.make(mbox);
    for (int tenth = 1; tenth < 10; tenth += 2) {
      const std::string path = dir.Write(
          "x", std::string_view(whole).substr(
                   0, whole.size() * static_cast<size_t>(tenth) / 10));
      const ReadResult result = ReadAll({path});
      const auto texts = Texts(result);
      ASSERT_LE(texts.size(), messages.size()) << form.name;
      EXPECT_TRUE(std::equal(texts.begin(), texts.end(), messages.begin()))
          << form.name << " " << tenth;
      EXPECT_LT(texts.size(), messages.size()) << form.name;
      ASSERT_THAT(Codes(result), ElementsAre(ErrorCode::kDamaged))
          << form.name << " " << tenth;
      EXPECT_THAT(result.errors[0].text, HasSubstr(path));
      EXPECT_EQ(result.input_bytes, result.total_bytes) << form.name;
    }
  }
}

TEST(Damage, ZstdFramesBehindADamagedOneAreRead) {
  TempDirectory dir;
  const auto messages = ManyMessages();
  const std::string mbox = MakeMbox(messages, "\n");
  // Frames of 100 KB, some 2 MB in all; the smaller form is streamed, the
  // larger one decompressed in parallel.
  for (size_t repeat : {1u, 24u}) {
    std::string text;
    for (size_t i = 0; i < repeat; ++i) text += mbox;
    const std::string whole = ZstdFrameFile(text, 100'000);
    std::string damaged = whole;
    const size_t frame = damaged.find("\x28\xB5\x2F\xFD", damaged.size() / 2);
    ASSERT_NE(frame, std::string::npos);
    damaged[frame + 2000] = static_cast<char>(damaged[frame + 2000] ^ 0x55);
    const ReadResult good = ReadAll({dir.Write("g", whole)});
    const ReadResult bad = ReadAll({dir.Write("d", damaged)});
    ASSERT_EQ(good.mail.size(), messages.size() * repeat);
    EXPECT_THAT(Codes(bad), ElementsAre(ErrorCode::kDamaged));
    // No message that is not there, none twice, at most two frames lost.
    EXPECT_LT(bad.mail.size(), good.mail.size());
    EXPECT_GT(bad.mail.size(), good.mail.size() * 7 / 10);
    std::set<uint64_t> offsets;
    for (const auto& m : good.mail) offsets.insert(m.offset);
    for (const auto& m : bad.mail) EXPECT_EQ(offsets.count(m.offset), 1u);
    EXPECT_EQ(bad.mail.back().offset, good.mail.back().offset);
    EXPECT_EQ(bad.mail.back().text, good.mail.back().text);
    for (const auto& row : bad.errors) {
      EXPECT_THAT(row.text, HasSubstr("as stored"));
    }
  }
}

TEST(Damage, WrongChecksumKeepsWhatWasRead) {
  TempDirectory dir;
  const auto messages = SampleMessages("\n");
  std::string file = ZstdFrameFile(MakeMbox(messages, "\n"), 1 << 20);
  file.back() = static_cast<char>(file.back() ^ 1);
  const ReadResult result = ReadAll({dir.Write("z", file)});
  // All but the last, of which nobody knows whether it is whole.
  EXPECT_THAT(Texts(result),
              ElementsAreArray(messages.begin(), messages.end() - 1));
  EXPECT_THAT(Codes(result), ElementsAre(ErrorCode::kDamaged));
  EXPECT_THAT(result.errors[0].text, HasSubstr("checksum"));
}

TEST(Damage, FlippedBitsNeverPassInSilence) {
  TempDirectory dir;
  const auto messages = SampleMessages("\n");
  const std::string mbox = MakeMbox(messages, "\n");
  for (const Form& form : Forms()) {
    if (std::string_view(form.name) == "tar") continue;  // checks no contents
    const std::string whole = form.make(mbox);
    for (size_t i = 0; i < 40; ++i) {
      std::string damaged = whole;
      const size_t at = i * 7919 * 31 % damaged.size();
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << i % 8));
      const ReadResult result = ReadAll({dir.Write("x", damaged)});
      EXPECT_EQ(result.input_bytes, result.total_bytes) << form.name;
      if (Texts(result) != messages) {
        EXPECT_FALSE(result.errors.empty()) << form.name << " at " << at;
      }
    }
  }
}

TEST(Damage, OctetsBehindTheCompressedData) {
  TempDirectory dir;
  const auto messages = SampleMessages("\n");
  const std::string mbox = MakeMbox(messages, "\n");
  const std::string garbage(300'000, '#');
  for (const Form& form : {Forms()[0], Forms()[1], Forms()[2]}) {
    const ReadResult result =
        ReadAll({dir.Write("x", form.make(mbox) + garbage)});
    EXPECT_THAT(Codes(result), ElementsAre(ErrorCode::kDamaged)) << form.name;
    EXPECT_GE(result.mail.size(), messages.size() - 1) << form.name;
  }
}

TEST(Damage, GoesOnAtTheNextTarMember) {
  TempDirectory dir;
  const auto messages = SampleMessages("\n");
  const Members members = {
      {"1", messages[0]}, {"2", messages[2]}, {"3", messages[5]}};
  std::string tar = Tar(members);
  tar[1024 + 10] = 'X';  // in the second header
  const ReadResult result = ReadAll({dir.Write("t", tar)});
  EXPECT_THAT(Texts(result), ElementsAre(messages[0], messages[5]));
  EXPECT_THAT(Codes(result), ElementsAre(ErrorCode::kDamaged));
}

TEST(Damage, DamagedZipMember) {
  TempDirectory dir;
  const auto messages = SampleMessages("\n");
  std::string zip =
      Zip({{"1", messages[12]}, {"2", messages[11]}, {"3", messages[0]}});
  zip[200] = static_cast<char>(zip[200] ^ 0xFF);
  const ReadResult result = ReadAll({dir.Write("z", zip)});
  EXPECT_THAT(Texts(result), ElementsAre(messages[11], messages[0]));
  EXPECT_THAT(Codes(result), ElementsAre(ErrorCode::kDamaged));
}

// Case F2.
TEST(Limits, Bombs) {
  TempDirectory dir;
  const std::string bomb = "From: <a@example.com>\nMessage-ID: <b>\n\n" +
                           std::string(65u << 20, 'a');
  ReadOptions options;
  options.max_ratio = 960;  // so that gzip, of natural ratio 1,030, is ...
  const auto messages = SampleMessages("\n");
  const std::string after = dir.Write("z", messages[0]);
  for (const Form& form : {Form{"zstd", Zstd}, Form{"bzip2", Bzip2}}) {
    const ReadResult result =
        ReadAll({dir.Write("x", form.make(bomb)), after}, options);
    EXPECT_THAT(Texts(result), ElementsAre(messages[0])) << form.name;
    EXPECT_THAT(Codes(result), ElementsAre(ErrorCode::kLimitRatio))
        << form.name;
  }
  // ... still let through: it has a tenth more.
  const std::string gzip = dir.Write("x", Gzip(bomb));
  EXPECT_THAT(MessageIds(ReadAll({gzip}, options)), ElementsAre("<b>"));
  options.max_output_bytes = 1000;
  EXPECT_THAT(Codes(ReadAll({gzip}, options)),
              ElementsAre(ErrorCode::kLimitRatio));
}

// Case F3: a window of 2^31 is refused, not allocated.
TEST(Limits, ZstdWindow) {
  TempDirectory dir;
  const std::string frame("\x28\xB5\x2F\xFD\x00\xA8\x01\x00\x00", 9);
  const ReadResult result = ReadAll({dir.Write("z", frame)});
  ASSERT_THAT(Codes(result), ElementsAre(ErrorCode::kLimitRatio));
  EXPECT_THAT(result.errors[0].text, HasSubstr("window"));
}

// Case F1: a message of any length needs one buffer and gives one row.
TEST(Limits, LongLineInASparseFile) {
  TempDirectory dir;
  const std::string head =
      "From a Mon Jan  1 00:00:00 2024\nMessage-ID: <1>\n\n";
  const std::string path = dir.Write("m", head);
  constexpr uint64_t kSize = 200u << 20;
  ASSERT_EQ(truncate(path.c_str(), kSize - 1), 0);
  // Else the NUL octets are what a crash has left behind a message.
  std::ofstream(path, std::ios::app) << 'x';
  rusage before{}, after{};
  getrusage(RUSAGE_SELF, &before);
  ReadOptions options;
  options.block_bytes = 1 << 20;
  options.limits.max_message_bytes = 10 << 20;
  const ReadResult result = ReadAll({path}, options);
  getrusage(RUSAGE_SELF, &after);
  ASSERT_THAT(MessageIds(result), ElementsAre("<1>"));
  EXPECT_EQ(result.mail[0].length, kSize - 32);
  EXPECT_THAT(Codes(result), ElementsAre(ErrorCode::kLimitMessage));
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 << 10);  // KiB
}

// Case H31, streamed.
TEST(Limits, LongHeader) {
  TempDirectory dir;
  ReadOptions options;
  options.block_bytes = 16 << 10;
  options.limits.max_header_bytes = 50'000;
  const auto messages = SampleMessages("\n");
  auto header = [](size_t size) {
    std::string text = "Message-ID: <long>\nX: ";
    text.append(size - text.size() - 2, 'x');
    return text + "\n\nbody\n";
  };
  for (size_t size : {49'999u, 50'000u, 50'001u, 90'000u, 500'000u}) {
    const std::vector<std::string> list = {messages[0], header(size),
                                           messages[1]};
    const ReadResult result =
        ReadAll({dir.Write("m", MakeMbox(list, "\n"))}, options);
    ASSERT_EQ(result.mail.size(), 3u) << size;
    EXPECT_EQ(result.mail[1].length, size + 5);
    EXPECT_EQ(result.mail[2].text, messages[1]);
    if (size > 50'000) {
      EXPECT_THAT(Codes(result), ElementsAre(ErrorCode::kLimitHeader)) << size;
    } else {
      EXPECT_THAT(Codes(result), IsEmpty()) << size;
    }
  }
}

TEST(Limits, FromFilterSkipsLongMessages) {
  TempDirectory dir;
  ReadOptions options;
  options.block_bytes = 16 << 10;
  options.limits.max_message_bytes = 20'000;
  options.filter.domains = {"example.org"};
  const ReadResult result =
      ReadAll({dir.Write("m", SampleMessages("\n")[17])}, options);
  EXPECT_EQ(result.examined, 1u);
  EXPECT_THAT(result.mail, IsEmpty());
  EXPECT_THAT(Codes(result), IsEmpty());
}

// Case F9.
TEST(Change, AppendedAndCutWhileRead) {
  TempDirectory dir;
  std::vector<std::string> messages;
  for (int i = 0; i < 50; ++i) {
    for (auto& m : SampleMessages("\n")) messages.push_back(m);
  }
  const std::string mbox = MakeMbox(messages, "\n");
  const std::string path = dir.Write("m", mbox);
  ReadOptions options;
  options.block_bytes = 64 << 10;
  for (bool grow : {true, false}) {
    dir.Write("m", mbox);
    auto reader = Reader::Open({path}, options);
    ASSERT_TRUE(reader.ok());
    auto block = (*reader)->Next();
    ASSERT_NE(block, nullptr);
    if (grow) {
      dir.Write("more", "");
      const int fd = open(path.c_str(), O_WRONLY | O_APPEND);
      ASSERT_EQ(write(fd, mbox.data(), mbox.size()),
                static_cast<ssize_t>(mbox.size()));
      close(fd);
    } else {
      ASSERT_EQ(truncate(path.c_str(), 200'000), 0);
    }
    uint64_t read = 0;
    std::vector<ErrorCode> codes;
    for (; block != nullptr; block = (*reader)->Next()) {
      for (const Piece& piece : block->pieces) {
        if (const auto* run = std::get_if<MboxRun>(&piece)) {
          read += run->text.size();
        } else if (const auto* file_run = std::get_if<FileRun>(&piece)) {
          FileRunText file(*file_run);
          while (file.ReadMore()) {
          }
          read += file.text().size();
          if (!file.complete()) codes.push_back(FaultCode(file.fault()));
        } else if (const auto* end = std::get_if<FileEnd>(&piece)) {
          if (auto changed = CheckUnchanged(*end)) {
            codes.push_back(changed->code);
          }
        } else if (const auto* row = std::get_if<audit::ErrorRow>(&piece)) {
          codes.push_back(row->code);
        }
      }
    }
    EXPECT_THAT(codes, Contains(ErrorCode::kChanged)) << grow;
    EXPECT_THAT(codes, Each(ErrorCode::kChanged)) << grow;
    if (grow) {
      EXPECT_EQ(read, mbox.size());
    } else {
      EXPECT_LE(read, 200'000u);
    }
  }
}

// Case F10: From_ lines by the million split nothing that is no separator.
TEST(Separators, OnlyFromLines) {
  TempDirectory dir;
  std::string text = "From a Mon Jan  1 00:00:00 2024\nMessage-ID: <1>\n\n";
  for (int i = 0; i < 200'000; ++i) text += "From \n";
  for (size_t block : {16u << 10, 8u << 20}) {
    ReadOptions options;
    options.block_bytes = block;
    const ReadResult result = ReadAll({dir.Write("m", text)}, options);
    ASSERT_THAT(MessageIds(result), ElementsAre("<1>"));
    EXPECT_EQ(result.mail[0].length, text.size() - 32);
  }
}

}  // namespace
}  // namespace mailassay::source
