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
      {"Subject: \xFF\xFE\nTo: z\n\n", ContentKind::kMessage},
      {"\xC3\xA4: b\nFrom: b@c\n", ContentKind::kMessage},
      // H16
      {"From a@b\nSubject: x\n\ny", ContentKind::kMessage},
      {">From a@b Thu Jan  1 00:00:00 1970\nTo: b\nFrom: d\n",
       ContentKind::kMessage},
      {"Subject: " + std::string((64 << 10) - 9, 'x'), ContentKind::kMessage},
      // none
      {"Subject: x", ContentKind::kText},
      {"Subject: x\n", ContentKind::kText},
      {"Subject: x\nbody\n", ContentKind::kText},
      {"Dear all: hello\n\nA: b\n", ContentKind::kText},
      {": x\n: y\n", ContentKind::kText},
      {" Subject: x\nA: b\n", ContentKind::kText},
      {"\n A: b\nSubject: x\n\n", ContentKind::kText},
      {"12:00:01 started\n12:00:02 stopped\n", ContentKind::kText},
      {"2026-01-01T12:00:01 x\n2026-01-01T12:00:01 y\n", ContentKind::kText},
      {"https://a.example/\nhttps://b.example/\n", ContentKind::kText},
      {">From x\nhello\n", ContentKind::kText},
  });
}

// What was sent as mail stays mail, though its start be damaged.
TEST(DetectContent, K2_MessagesWithOddStarts) {
  const std::string mark = "\xEF\xBB\xBF";
  const std::string sent =
      "Received: from a by b; Tue, 5 Mar 2024 10:00:00 +0000\n"
      "From: a@b.example\nSubject: x\n\ny\n";
  Check({
      {"\n" + sent, ContentKind::kMessage},
      {"\r\n\r\n" + sent, ContentKind::kMessage},
      {mark + "\n" + sent, ContentKind::kMessage},
      {" " + sent, ContentKind::kMessage},
      {"\tby c\n" + sent, ContentKind::kMessage},
      {"ived: from x\n" + sent, ContentKind::kMessage},
      {"\xFF\xFE\x01 damage\n" + sent, ContentKind::kMessage},
      {">From a\n" + sent, ContentKind::kMessage},
      {"From a\n>From b\n" + sent, ContentKind::kMessage},
      {"X-A: 1\nX-B: 2\nFoo: 3\n" + sent, ContentKind::kMessage},
      {"Foo: 1\nBar: 2\nBaz: 3\nMessage-ID: <a@b>\n\n", ContentKind::kMessage},
      // a line that is no field among those of a letter
      {"From: a@b.example\nTo: c\nstray\nSubject: x\n\ny",
       ContentKind::kMessage},
      // as mail programs write what was never sent
      {"From: Alice <a@b.example>\nTo: c@d.example\nSubject: x\n"
       "Date: Tue, 5 Mar 2024 10:00:00 +0000\n\ny\n",
       ContentKind::kMessage},
      {"To: c@d.example\nSubject: x\nX-Unsent: 1\n\ny", ContentKind::kMessage},
      {"Date: Tue, 5 Mar 2024 10:00:00 +0000\nFrom: a\n\ny",
       ContentKind::kMessage},
      {"from: a@b.example\nto: c\n\ny", ContentKind::kMessage},
      {"FROM: root\nSUBJECT: cron\n\ny", ContentKind::kMessage},
      // two lines of damage, and nothing that only mail has
      {"a\nb\n" + sent, ContentKind::kText},
      {"a\nFrom: b\nSubject: c\n\n", ContentKind::kText},
  });
}

// Lines "name: value" that are no mail.
TEST(DetectContent, K1_FieldsOfOtherFiles) {
  for (const char* text : {
           "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:d:/:/usr/sbin\n"
           "mail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n",
           "cur: 2\nunseen: 1-2\n",
           "Bagging-Date: 2024-03-05\nBag-Size: 1 KB\nPayload-Oxum: 1.2\n",
           "account: alice\nexported: 2024-03-05\nfolders:\n  - inbox\n",
           "---\nfrom: a@b.example\nto: c\ndate: 2024-03-05\n",
           "message-id: x\nfrom: a@b.example\nto:\n  - c@d.example\n",
           "from: a@b.example\nto: c@d.example\nsubject: x\n",
           "from: 2024-01-01\nto: 2024-02-01\n\n",
           "Note: these files were exported by X.\n\nPlease keep.\n",
           "Date: 2024-03-05\nTitle: notes\n\nText.\n",
           "Package: a\nVersion: 1\nMaintainer: a@b\nDescription: c\n",
           "Format: 1.8\nDate: Tue, 05 Mar 2024 10:00:00 +0000\nSource: a\n",
           "Metadata-Version: 2.1\nName: a\nKeywords: mail\nSummary: b\n\nc",
           "Manifest-Version: 1.0\nCreated-By: a\n\n",
           "User-agent: *\nDisallow: /\n",
           "HTTP/1.1 200 OK\nDate: Tue, 05 Mar 2024 10:00:00 GMT\n"
           "Content-Type: text/html\n\n",
           "Content-Type: text/html\n\n<p>",
           "commit 1234\nAuthor: a <a@b>\nDate:   Tue Mar 5 10:00:00 2024\n\n",
           "dn: cn=a\ncn: a\nmail: a@b.example\n",
           "BEGIN:VCARD\nVERSION:3.0\nEMAIL:a@b.example\nEND:VCARD\n",
           "3 V1275660208 N25022 G3085f01b\n1 :1275660208.M1P2.a\n",
           "---- Original message ----\nFrom: A [mailto:a@b]\nSent: Monday\n"
           "To: c\nSubject: x\n\n",
           "postmaster: root\nabuse: root\n",
           "Status: open\nOrganization: x\nComments: y\n\n",
       }) {
    EXPECT_EQ(ContentKindName(DetectContent(text)), "text") << text;
  }
}

// What is beside it is named, too.
TEST(DetectContent, K3_MailOfOtherPrograms) {
  const auto utf16 = [](std::string_view text, bool big) {
    std::string wide = big ? "\xFE\xFF" : "\xFF\xFE";
    for (char c : text) {
      wide += big ? std::string{'\0', c} : std::string{c, '\0'};
    }
    return wide;
  };
  const std::string message = "From: a@b.example\r\nSubject: x\r\n\r\ny";
  Check({
      {"2 M1e C5f9a1b2c\n\1\2N                    0000000000001F3A\nFrom: x"s,
       ContentKind::kDbox},
      {"2 Mike is here\nFrom: x\n", ContentKind::kText},
      {"*mbx*\r\n5f9a1b2c00000003\r\n", ContentKind::kUwMbx},
      {"15-Jan-2024 10:00:00 +0000,814;000000000001\r\nFrom: a@b\r\n",
       ContentKind::kUwMbx},
      {" 5-Jan-2024 10:00:00 -0800,814;0000000000\nFrom: a@b\n",
       ContentKind::kUwMbx},
      {"\1\1\1\1\nFrom a@b Thu Jan  1 00:00:00 1970\nSubject: x\n\n"s,
       ContentKind::kMmdf},
      {"\1\1\1\1\r\nSubject: x\r\n\r\n"s, ContentKind::kMmdf},
      {"BABYL OPTIONS: -*- rmail -*-\nVersion: 5\n", ContentKind::kBabyl},
      {"\xCF\xAD\x12\xFE\xC5\xFD\x74\x6F"s, ContentKind::kDbx},
      {"\x1A\0\0\x04\0\0"s, ContentKind::kNsf},
      {utf16(message, false), ContentKind::kUtf16Mail},
      {utf16(message, true), ContentKind::kUtf16Mail},
      {utf16(message, true).substr(2), ContentKind::kUtf16Mail},
      {utf16(kFrom + message, false), ContentKind::kUtf16Mail},
      {utf16("hello\n", false), ContentKind::kUtf16},
      {"<?xml version=\"1.0\"?>\n<emails elementCount=\"1\">\n",
       ContentKind::kOlm},
      {"\0\0\0\1Bud1\0"s, ContentKind::kDesktopFile},
      {"[.ShellClassInfo]\r\nIconIndex=1\r\n", ContentKind::kDesktopFile},
      {"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n",
       ContentKind::kBagIt},
      {"\xA1\x02\x8B\x0D"
       "Cyrus mailbox header\n"s,
       ContentKind::kMboxIndex},
  });
}

// One local header of a zip file, and what follows it.
std::string ZipMember(const std::string& name, const std::string& content,
                      bool size_follows = false) {
  const auto number = [](size_t value, int octets) {
    std::string text;
    for (; octets > 0; --octets, value >>= 8) {
      text.push_back(static_cast<char>(value));
    }
    return text;
  };
  return "PK\3\4" + number(20, 2) + number(size_follows ? 8 : 0, 2) +
         number(0, 10) + number(size_follows ? 0 : content.size(), 4) +
         number(content.size(), 4) + number(name.size(), 2) + number(0, 2) +
         name + content;
}

TEST(DetectContent, K3_ExportOfOutlookForMac) {
  const std::string folder = "Accounts/a@b/com.microsoft.__Messages/Inbox/";
  Check({
      {ZipMember(folder, ""), ContentKind::kOlm},
      {ZipMember("Local/", "") + ZipMember("Categories.xml", "<x/>") +
           ZipMember(folder + "message_00000.xml", "<emails"),
       ContentKind::kOlm},
      // mail that tells of such files
      {ZipMember("a.eml", "From: a@b\n\ncom.microsoft.__Messages"),
       ContentKind::kZip},
      {ZipMember("a.eml", ZipMember(folder, "")), ContentKind::kZip},
      {ZipMember("a.eml", "x", true) + ZipMember(folder, ""),
       ContentKind::kZip},
  });
}

TEST(NarrowByName, K1_K3_NamesWhatTheContentLeavesOpen) {
  const auto narrowed = [](ContentKind kind, const char* path) {
    return ContentKindName(NarrowByName(kind, path));
  };
  for (const char* path :
       {"a/dovecot-uidlist", "x.MSF", "mh/.mh_sequences", "a/.xmhcache",
        "In.toc", "Export.mbox/table_of_contents", "a.tar!b/cyrus.cache",
        "dovecot.index.cache", "courierimapuiddb"}) {
    EXPECT_EQ(narrowed(ContentKind::kUnknown, path), "mbox_index") << path;
    EXPECT_EQ(narrowed(ContentKind::kText, path), "mbox_index") << path;
    EXPECT_EQ(narrowed(ContentKind::kMessage, path), "message") << path;
    EXPECT_EQ(narrowed(ContentKind::kMbox, path), "mbox") << path;
  }
  EXPECT_EQ(narrowed(ContentKind::kText, "bag/manifest-md5.txt"), "bagit");
  EXPECT_EQ(narrowed(ContentKind::kText, "b/desktop.ini"), "desktop_file");
  EXPECT_EQ(narrowed(ContentKind::kUnknown, "a/1.olk15Message"), "olk");
  EXPECT_EQ(narrowed(ContentKind::kUnknown, "a/1.olk14MsgSource"), "olk");
  EXPECT_EQ(narrowed(ContentKind::kZip, "a/me.OLM"), "olm");
  EXPECT_EQ(narrowed(ContentKind::kZip, "a/me.zip"), "zip");
  EXPECT_EQ(narrowed(ContentKind::kText, "toc/readme"), "text");
  EXPECT_TRUE(NamesPartOfMessage("Messages/2.partial.emlx"));
  EXPECT_FALSE(NamesPartOfMessage("partial.emlx/2.emlx"));
}

TEST(DetectContent, MailThatIsNotAsItWasSent) {
  Check({
      {"!BDN\x01\x02\x03\x04SM\x0E\0"s, ContentKind::kPst},
      {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0"s, ContentKind::kOle},
      {"\x78\x9F\x3E\x22\x01\0"s, ContentKind::kTnef},
      {"123\nReceived: x\nFrom: y\n\n", ContentKind::kEmlx},
      {"1234      \r\nReceived: x\r\nFrom: y\r\n", ContentKind::kEmlx},
      {"123\nhello\n", ContentKind::kText},
      // mail with a first line that is damaged
      {"12a\nReceived: x\nFrom: y\n\n", ContentKind::kMessage},
      {"1234567890123\nReceived: x\nFrom: y\n\n", ContentKind::kMessage},
      {"20\nNote: x\nKeep: y\n\n", ContentKind::kText},
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
                         {"12\nTo: b\nFrom: d\n", ContentKind::kEmlx},
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
        kind >= ContentKind::kZstd && kind <= ContentKind::kEmlx;
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
