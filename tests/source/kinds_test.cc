// Files that hold a message among other octets, and the names of members.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/source/place.h"
#include "pipeline/source/zip_name.h"
#include "tests/source/archive_maker.h"

namespace mailassay::source {
namespace {

using audit::ErrorCode;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using std::string_literals::operator""s;

const std::string kList =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n"
    "<dict>\n<key>flags</key><integer>1</integer>\n</dict>\n</plist>\n";

std::string Emlx(const std::string& message, const std::string& blanks = "") {
  return Concat(message.size(), blanks, "\n", message, kList);
}

TEST(Emlx, K4_GivesTheMessageAndNothingElse) {
  TempDirectory dir;
  const std::string small = Message(1), large = NoisyMessage(2, 300'000);
  dir.Write("d/1.emlx", Emlx(small, "       "));
  dir.Write("d/2.partial.emlx", Emlx(small));
  dir.Write("d/3", Emlx(large));  // told by its content
  dir.Write("d/4.emlx", Gzip(Emlx(small)));
  dir.Write("d/5.emlx", Concat("\xEF\xBB\xBF", Emlx(small, "\r")));
  dir.Write("d/6.tar", Tar({{"a/7.emlx", Emlx(small)},
                            {"a/8.partial.emlx", Emlx(large)}}));
  for (const size_t block :
       {size_t{16 << 10}, size_t{64 << 10}, size_t{8 << 20}}) {
    ReadOptions options;
    options.block_bytes = block;
    const ReadResult result = ReadAll({dir.Path("d")}, options);
    EXPECT_THAT(Codes(result), IsEmpty()) << block;
    ASSERT_THAT(result.mail, SizeIs(7)) << block;
    const std::vector<audit::Format> formats = {
        audit::Format::kEmlx,       audit::Format::kEmlxPartial,
        audit::Format::kEmlx,       audit::Format::kEmlx,
        audit::Format::kEmlx,       audit::Format::kEmlx,
        audit::Format::kEmlxPartial};
    for (size_t i = 0; i < result.mail.size(); ++i) {
      const std::string& expected = i == 2 || i == 6 ? large : small;
      EXPECT_EQ(result.mail[i].format, formats[i]) << i;
      const std::string place =
          Concat(result.mail[i].file, "@", result.mail[i].offset);
      auto again =
          ReadMessageAt(result.mail[i].file, result.mail[i].offset, 1 << 20);
      ASSERT_TRUE(again.ok()) << place << again.status();
      EXPECT_TRUE(*again == expected) << place;
    }
  }
}

TEST(Emlx, K4_CutShortIsDamage) {
  TempDirectory dir;
  const std::string text = Concat(5000, "\n", Message(1));
  const ReadResult result = ReadAll({dir.Write("1.emlx", text)});
  EXPECT_THAT(result.mail, IsEmpty());
  EXPECT_THAT(Codes(result), ElementsAre(ErrorCode::kDamaged));
}

// A zip file of stored members; bit 11 of `flags`: the name is UTF-8.
struct ZipEntry {
  std::string name;
  int flags = 0;
  std::string extra = {};
};

std::string Number(uint64_t value, int octets) {
  std::string text;
  for (; octets > 0; --octets, value >>= 8) {
    text.push_back(static_cast<char>(value));
  }
  return text;
}

uint32_t Crc(std::string_view text) {
  uint32_t crc = ~0u;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

std::string MakeZip(const std::vector<ZipEntry>& entries) {
  std::string out, directory;
  size_t n = 0;
  for (const ZipEntry& entry : entries) {
    const std::string text = Message(n++);
    const std::string common =
        Concat(Number(20, 2), Number(static_cast<uint64_t>(entry.flags), 2),
               Number(0, 6), Number(Crc(text), 4), Number(text.size(), 4),
               Number(text.size(), 4), Number(entry.name.size(), 2),
               Number(entry.extra.size(), 2));
    directory += Concat("PK\1\2"s, Number(0x031E, 2), common, Number(0, 6),
                        Number(0100644u << 16, 4), Number(out.size(), 4),
                        entry.name, entry.extra);
    out += Concat("PK\3\4"s, common, entry.name, entry.extra, text);
  }
  const std::string end =
      Concat("PK\5\6"s, Number(0, 4), Number(n, 2), Number(n, 2),
             Number(directory.size(), 4), Number(out.size(), 4), Number(0, 2));
  return Concat(out, directory, end);
}

std::string UnicodePath(const std::string& name, const std::string& unicode) {
  return Concat(Number(0x7075, 2), Number(5 + unicode.size(), 2), Number(1, 1),
                Number(Crc(name), 4), unicode);
}

TEST(ZipNames, K5_StandAsTheyAre) {
  TempDirectory dir;
  constexpr int kUtf8 = 1 << 11;
  const std::vector<ZipEntry> entries = {
      {"\xC3\x9Cn\xC3\xAF.eml", kUtf8},
      {"U\xCC\x88n.eml", kUtf8},   // decomposed
      {"bad\xFF\xFE.eml", kUtf8},  // no UTF-8
      {"cp437\x9A.eml"},           // in an encoding that nobody names
      {"latin\xDC.eml", 0, UnicodePath("latin\xDC.eml", "real\xC3\x9C.eml")},
      {"stale\xDC.eml", 0, UnicodePath("other.eml", "no.eml")},
      {"a!b@5.eml"},
      {"a@7"},
      {"line\nand\x1B[31m.eml"},
      {"\xE2\x80\xAE"
       "rtl.eml",
       kUtf8},
      {"back\\x41slash.eml"},
      {"\xF0\x9F\x93\xA7.eml", kUtf8},
      {"long" + std::string(3000, 'n') + ".eml"},
      {"PK\3\4.eml"},
  };
  std::vector<std::string> names;
  for (const ZipEntry& entry : entries) names.push_back(entry.name);
  names[4] = "real\xC3\x9C.eml";
  const std::string zip = MakeZip(entries);
  // Sought in, and read as a stream.
  for (const std::string& path :
       {dir.Write("a.zip", zip), dir.Write("b@1!.zip.gz", Gzip(zip))}) {
    const ReadResult result = ReadAll({path});
    ASSERT_THAT(Codes(result), IsEmpty());
    ASSERT_THAT(result.mail, SizeIs(names.size()));
    for (size_t i = 0; i < names.size(); ++i) {
      const std::string file = Concat(path, "!", names[i]);
      EXPECT_EQ(result.mail[i].file, file);
      for (const std::string& shown : {file, SafeText(file)}) {
        auto found = FindMessageAt(shown, 0, 1 << 20);
        ASSERT_TRUE(found.ok()) << shown << found.status();
        EXPECT_EQ(found->text, Message(i)) << shown;
        EXPECT_EQ(found->file, file);
        EXPECT_EQ(found->archive, path);
        EXPECT_TRUE(OpenInputs({Concat(shown, "@0")}, {}).ok());
      }
    }
  }
}

TEST(ZipNames, K5_OfPathsThatAreShownOtherwise) {
  TempDirectory dir;
  const std::string path = dir.Write(
      "d\xFF\n/\xE2\x80\xAE"
      "a.mbox",
      MakeMbox({Message(1)}, "\n"));
  const uint64_t offset = ReadAll({path}).mail.at(0).offset;
  auto found = FindMessageAt(SafeText(path), offset, 1 << 20);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->file, path);
  EXPECT_FALSE(FindMessageAt(dir.Path("\\xZZ"), 0, 10).ok());
  EXPECT_FALSE(FindMessageAt(dir.Path("\\u{110000000}\\x"), 0, 10).ok());
}

TEST(ZipNames, NothingButALocalHeaderHasOne) {
  EXPECT_FALSE(ZipName(""));
  EXPECT_FALSE(ZipName("PK\3\4"));
  const std::string header =
      Concat("PK\3\4"s, std::string(22, '\0'), Number(1, 2), Number(0, 2), "a");
  EXPECT_EQ(ZipName(header), "a");
  EXPECT_EQ(ZipName("PK\3\4" + header), "a");
  EXPECT_FALSE(ZipName(header + "x"));
  EXPECT_FALSE(ZipName(header.substr(1)));
}

}  // namespace
}  // namespace mailassay::source
