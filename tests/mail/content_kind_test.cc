#include "lib/mail/content_kind.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <random>
#include <set>
#include <string>

namespace mailassay::mail {
namespace {

using std::string_literals::operator""s;

struct Case {
  std::string head;
  ContentKind kind;
};

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(ContentKindName(DetectContent(c.head)), ContentKindName(c.kind))
        << testing::PrintToString(c.head.substr(0, 80));
  }
}

TEST(DetectContent, Layers) {
  Check({
      {"\x28\xB5\x2F\xFD\x04\x00"s, ContentKind::kZstd},
      {"\x50\x2A\x4D\x18\x04\0\0\0abcd"s, ContentKind::kZstd},  // skippable
      {"\x5F\x2A\x4D\x18\x04\0\0\0abcd"s, ContentKind::kZstd},
      {"\x1F\x8B\x08\x00\0\0\0\0"s, ContentKind::kGzip},
      {"\xFD"
       "7zXZ\0\0\x04"s,
       ContentKind::kXz},
      {"BZh91AY&SY\x01\x02"s, ContentKind::kBzip2},
      {"BZh9\x17rE8P\x90\0\0\0\0"s, ContentKind::kBzip2},  // of nothing
      {"PK\x03\x04\x14\0"s, ContentKind::kZip},
      {"PK\x05\x06" + std::string(18, '\0'), ContentKind::kZip},
      // not quite
      {"BZhello\nworld\n", ContentKind::kText},
      {"PK\n", ContentKind::kText},
      {"\x1F\x8B\x09"s, ContentKind::kUnknown},
      {"\x60\x2A\x4D\x18\x04\0\0\0abcd"s, ContentKind::kUnknown},
  });
}

// A tar header of one member, with its checksum.
std::string TarHeader(const std::string& magic, int error) {
  std::string header(512, '\0');
  header.replace(0, 5, "a.eml");
  header.replace(100, 8, "0000644\0"s);
  header.replace(124, 12, "00000000005\0"s);
  header.replace(257, magic.size(), magic);
  header.replace(148, 8, "        ");
  int sum = error;
  for (char c : header) sum += static_cast<unsigned char>(c);
  char field[8];
  snprintf(field, sizeof field, "%06o", static_cast<unsigned>(sum));
  header.replace(148, 7, std::string(field, 7));
  return header;
}

TEST(DetectContent, Tar) {
  Check({
      {TarHeader("ustar\0"
                 "00"s,
                 0),
       ContentKind::kTar},
      {TarHeader("ustar  \0"s, 0), ContentKind::kTar},
      {TarHeader("", 0), ContentKind::kTar},  // Unix version 7
      {TarHeader("", 1), ContentKind::kUnknown},
      {TarHeader("x", 0), ContentKind::kUnknown},
      {TarHeader("", 0).substr(0, 511), ContentKind::kUnknown},
      {std::string(512, '\0'), ContentKind::kUnknown},
      // a message that has the word there
      {"Subject: x\nA: " + std::string(243, 'x') + "ustar here\n\nx\n",
       ContentKind::kMessage},
  });
}

const std::string kFrom = "From a@b Thu Jan  1 00:00:00 1970\n";

TEST(DetectContent, Mbox) {
  const std::string mark = "\xEF\xBB\xBF";
  Check({
      {kFrom + "A: b\n\nx\n", ContentKind::kMbox},
      {mark + kFrom + "A: b\n\nx\n", ContentKind::kMbox},
      {"\n\r\n" + kFrom + "A: b\n\nx\n", ContentKind::kMbox},
      {mark + "\n" + kFrom + "A: b\n\nx\n", ContentKind::kMbox},
      {"From 1@xxx Thu Jan 01 00:00:00 +0000 1970\r\nX-GM-THRID: 1\r\n",
       ContentKind::kMbox},
      {kFrom + ">From c\nA: b\n\nx\n", ContentKind::kMbox},
      {kFrom, ContentKind::kMbox},
      // no date, no field
      {"From a@b\nx\n", ContentKind::kText},
      {kFrom + "x\n", ContentKind::kText},
      {"From here on\nnothing\n", ContentKind::kText},
  });
}

TEST(DetectContent, Message) {
  Check({
      {"Return-Path: <a@b>\r\nReceived: x\r\n", ContentKind::kMessage},
      {"Subject: x\n\nbody", ContentKind::kMessage},
      {"Subject: x\r\n folded\r\n\tmore\r\n\r\nbody", ContentKind::kMessage},
      {"\xEF\xBB\xBFSubject: x\nFrom: y\n", ContentKind::kMessage},
      {"From : x\nTo : y\n\n", ContentKind::kMessage},
      {"From: x\n\n", ContentKind::kMessage},
      {"From: x\n\n\0\x01\x02"s, ContentKind::kMessage},
      {"X: \xFF\xFE\nY: z\n\n", ContentKind::kMessage},
      {"\xC3\xA4: b\nA: b\n", ContentKind::kMessage},
      // H16
      {"From a@b\nSubject: x\n\ny", ContentKind::kMessage},
      {">From a@b Thu Jan  1 00:00:00 1970\nA: b\nC: d\n",
       ContentKind::kMessage},
      {"Subject: " + std::string((64 << 10) - 9, 'x'), ContentKind::kMessage},
      // none
      {"Subject: x", ContentKind::kText},
      {"Subject: x\n", ContentKind::kText},
      {"Subject: x\nbody\n", ContentKind::kText},
      {"Dear all: hello\n\nA: b\n", ContentKind::kText},
      {": x\n: y\n", ContentKind::kText},
      {" Subject: x\nA: b\n", ContentKind::kText},
      {"\nSubject: x\nA: b\n\n", ContentKind::kText},
      {"12:00:01 started\n12:00:02 stopped\n", ContentKind::kText},
      {"2026-01-01T12:00:01 x\n2026-01-01T12:00:01 y\n", ContentKind::kText},
      {"https://a.example/\nhttps://b.example/\n", ContentKind::kText},
      {">From x\nhello\n", ContentKind::kText},
  });
}

TEST(DetectContent, MailThatIsNotAsItWasSent) {
  Check({
      {"!BDN\x01\x02\x03\x04SM\x0E\0"s, ContentKind::kPst},
      {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0"s, ContentKind::kOle},
      {"\x78\x9F\x3E\x22\x01\0"s, ContentKind::kTnef},
      {"123\nReceived: x\nFrom: y\n\n", ContentKind::kEmlx},
      {"1234      \r\nReceived: x\r\nFrom: y\r\n", ContentKind::kEmlx},
      {"123\nhello\n", ContentKind::kText},
      {"12a\nReceived: x\nFrom: y\n\n", ContentKind::kText},
      {"1234567890123\nReceived: x\nFrom: y\n\n", ContentKind::kText},
      {"// <!-- <mdb:mork:z v=\"1.4\"/> -->\n< <(a=c)>",
       ContentKind::kMboxIndex},
  });
}

TEST(DetectContent, Documents) {
  Check({
      {"<?xml version=\"1.0\"?>\n<plist version=\"1.0\">", ContentKind::kXml},
      {"\xEF\xBB\xBF<?xml version=\"1.0\"?>", ContentKind::kXml},
      {"bplist00\xD1\x01\x02"s, ContentKind::kXml},
      {"<feedback><a:b>x</a:b></feedback>", ContentKind::kXml},
      {"<!DOCTYPE plist PUBLIC", ContentKind::kXml},
      {" \n<!doctype HTML><html>", ContentKind::kHtml},
      {"<HTML>\n<head>", ContentKind::kHtml},
      {"{\"id\": \"1\",\n\"raw\": \"x\"}", ContentKind::kJson},
      {"{\n  \"id\": 1\n}", ContentKind::kJson},
      {"[{\"id\": 1}]", ContentKind::kJson},
      {"[]", ContentKind::kJson},
      {"[note] x\n", ContentKind::kText},
      {"{x}\n", ContentKind::kText},
      {"from,to,subject\na,b,c\n", ContentKind::kCsv},
      {"\xEF\xBB\xBF"
       "from;to\r\na;b\r\n",
       ContentKind::kCsv},
      {"\"from\"\t\"to\"\n\"a: b\"\t\"c\"\n", ContentKind::kCsv},
      {"Hello, all\nBye, all\n", ContentKind::kText},
      {"%PDF-1.7\n", ContentKind::kPdf},
      {"\x89PNG\r\n\x1A\n\0\0"s, ContentKind::kImage},
      {"\xFF\xD8\xFF\xE0\0\x10JFIF"s, ContentKind::kImage},
      {"GIF89a\x01\0"s, ContentKind::kImage},
      {"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0"s,
       ContentKind::kImage},
      {"BM is a short word, followed by others\n", ContentKind::kText},
      {"II*\0\x08\0\0\0"s, ContentKind::kImage},
      {"MM\0*\0\0\0\x08"s, ContentKind::kImage},
      {"RIFF\x24\0\0\0WEBPVP8 "s, ContentKind::kImage},
      {"RIFF\x24\0\0\0WAVEfmt "s, ContentKind::kUnknown},
      {"SQLite format 3\0\x10\0"s, ContentKind::kSqlite},
      {"\x7F"
       "ELF\x02\x01\x01\0"s,
       ContentKind::kElf},
      {"\x04\x22\x4D\x18\x64"s, ContentKind::kLz4},
      {"7z\xBC\xAF\x27\x1C\0\x04"s, ContentKind::kSevenZip},
      {"Rar!\x1A\x07\x01\0"s, ContentKind::kRar},
  });
}

TEST(DetectContent, Utf16) {
  Check({
      {"\xFF\xFE"
       "F\0r\0o\0m\0"s,
       ContentKind::kUtf16},
      {"\xFE\xFF\0F\0r\0o\0m"s, ContentKind::kUtf16},
      {"F\0r\0o\0m\0:\0 \0x\0\n\0"s, ContentKind::kUtf16},
      {"\0F\0r\0o\0m\0:\0 \0x\0\n"s, ContentKind::kUtf16},
      {"A\0"s, ContentKind::kUnknown},
      {"F\0rom"s, ContentKind::kUnknown},
      {"\0\0\0\0\0\0"s, ContentKind::kUnknown},
  });
}

TEST(DetectContent, TheRest) {
  Check({
      {"", ContentKind::kEmpty},
      {"\n\n", ContentKind::kText},
      {"\xEF\xBB\xBF", ContentKind::kText},
      {"hello", ContentKind::kText},
      {"h\xC3\xA4llo\n", ContentKind::kText},
      {"\x01\x02\x03", ContentKind::kUnknown},
      {"a\0b"s, ContentKind::kUnknown},
  });
}

// Any octets, and any number of those that decide, have some kind.
TEST(DetectContent, NeverFails) {
  std::mt19937 random(6);
  const Case starts[] = {{kFrom + "A: b\n", ContentKind::kMbox},
                         {TarHeader("", 0), ContentKind::kTar},
                         {"12\nA: b\nC: d\n", ContentKind::kEmlx},
                         {"BZh91AY&SY\x01", ContentKind::kBzip2},
                         {"RIFF\x24\0\0\0WEBPVP8 "s, ContentKind::kImage},
                         {"[ \"a\"", ContentKind::kJson}};
  for (const Case& start : starts) {
    for (size_t size = 0; size <= start.head.size(); ++size) {
      std::string head = start.head.substr(0, size);
      EXPECT_LE(DetectContent(head), ContentKind::kUnknown);
      if (size > 0) head[random() % size] = static_cast<char>(random());
      EXPECT_LE(DetectContent(head), ContentKind::kUnknown);
    }
    EXPECT_EQ(DetectContent(start.head), start.kind);
  }
}

TEST(ContentKind, NamesLabelsAndAdvice) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ContentKind::kUnknown); ++i) {
    const auto kind = static_cast<ContentKind>(i);
    EXPECT_TRUE(names.insert(ContentKindName(kind)).second) << i;
    EXPECT_FALSE(ContentKindLabel(kind).empty()) << i;
    const bool opened =
        kind >= ContentKind::kZstd && kind <= ContentKind::kMessage;
    EXPECT_EQ(ContentKindAdvice(kind).empty(), opened) << i;
    EXPECT_TRUE(opened || ContentKindAdvice(kind).ends_with('.')) << i;
  }
  EXPECT_EQ(ContentKindName(ContentKind::kEmpty), "empty");
  EXPECT_EQ(ContentKindName(ContentKind::kMbox), "mbox");
  EXPECT_EQ(ContentKindName(ContentKind::kPst), "pst");
  EXPECT_EQ(ContentKindLabel(ContentKind::kPst),
            "Outlook data file (PST or OST)");
  EXPECT_EQ(ContentKindName(ContentKind::kSevenZip), "7z");
  EXPECT_EQ(ContentKindName(ContentKind::kMboxIndex), "mbox_index");
  EXPECT_EQ(ContentKindName(ContentKind::kUnknown), "unknown");
}

}  // namespace
}  // namespace mailassay::mail
