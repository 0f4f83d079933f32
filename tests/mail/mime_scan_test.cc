#include "lib/mail/mime_scan.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "lib/mail/content_type.h"
#include "lib/mail/header.h"

namespace mailassay::mail {
namespace {

TEST(ContentType, AsMailWritesIt) {
  struct Case {
    std::string_view value, type, boundary;
  };
  for (const Case& c : std::vector<Case>{
           {" multipart/mixed; boundary=b", "multipart/mixed", "b"},
           {"Multipart/MIXED;\r\n\tBOUNDARY=\"a b\"", "multipart/mixed", "a b"},
           {"multipart/mixed; x=\"boundary=no; \\\"\"; boundary=b",
            "multipart/mixed", "b"},
           {"multipart/mixed (c; boundary=no (d\\) )) ; boundary = \"b\" (e)",
            "multipart/mixed", "b"},
           {"multipart / mixed;boundary=b;", "multipart/mixed", "b"},
           {"multipart/mixed; boundary=----=_Part_1; x", "multipart/mixed",
            "----=_Part_1"},
           {"multipart/mixed; boundary=\"b \"", "multipart/mixed", "b"},
           {"multipart/mixed; boundary=\"a\\\"b\"", "multipart/mixed", "a\"b"},
           {"multipart/mixed; boundary=\"a\r\n b\"", "multipart/mixed", "a b"},
           {"multipart/mixed; boundary*0=\"a\"; boundary*1=\"b\"",
            "multipart/mixed", "ab"},
           {"multipart/mixed; boundary=a; boundary=b", "multipart/mixed", "a"},
           {"multipart/mixed; boundary=\"open", "multipart/mixed", "open"},
           {"multipart/mixed", "multipart/mixed", ""},
           {"multipart/mixed; boundary=\"\"", "multipart/mixed", ""},
           {"text/plain; boundary=b", "text/plain", ""},
           {"message/rfc822", "message/rfc822", ""},
           {"multipart", "", ""},
           {"", "", ""},
           {"((((", "", ""},
       }) {
    const ContentType type = ParseContentType(c.value);
    EXPECT_EQ(type.type, c.type) << c.value;
    EXPECT_EQ(type.boundary, c.boundary) << c.value;
  }
  const std::string most(256, 'x');
  EXPECT_EQ(ParseContentType("multipart/a; boundary=" + most).boundary, most);
  EXPECT_FALSE(
      ParseContentType("multipart/a; boundary=" + most + "x").multipart());
}

uint64_t CountIn(const std::string& message, size_t piece = SIZE_MAX) {
  const Header header = ParseHeader(message, 1000);
  MimeScan scan;
  const HeaderField* const type = header.Find(FieldName::kContentType);
  scan.Begin(type == nullptr ? std::string_view() : type->value());
  const std::string_view body = std::string_view(message).substr(header.size);
  for (size_t at = 0; at < body.size(); at += std::min(piece, body.size())) {
    const std::string_view part = body.substr(at, piece);
    // A piece without such a line may be said to be one, and need not.
    const bool plain = part.find("\n-") == part.npos && at % 2 == 0;
    plain ? scan.FeedPlain(part) : scan.Feed(part);
  }
  return scan.Finish();
}

// In every split, with either line end.
void Expect(const std::string& message, uint64_t count) {
  std::string crlf;
  for (char c : message) {
    if (c == '\n') crlf += '\r';
    crlf += c;
  }
  for (const std::string& text : {message, crlf}) {
    EXPECT_EQ(CountIn(text), count) << text;
    for (const size_t piece : {1, 2, 3, 7, 64}) {
      EXPECT_EQ(CountIn(text, piece), count) << piece << " " << text;
    }
  }
}

const std::string kMixed =
    "From: a@b\nContent-Type: multipart/mixed;\n boundary=\"bb\"\n\n";
const std::string kPart = "--bb\nContent-Type: message/rfc822\n\n";
const std::string kInner = "From: c@d\nSubject: x\n\ntext\n";

TEST(MimeScan, K7_MessagesInMultiparts) {
  Expect(kMixed + kPart + kInner + "--bb--\n", 1);
  Expect(kMixed + "preamble\n" + kPart + kInner + kPart + kInner + "--bb--\n",
         2);
  Expect(kMixed + "--bb\n\ntext\n" + kPart + kInner, 1);  // cut short
  Expect(kMixed + "--bb \t\ncontent-type : Message/RFC822; x=y\n\n" + kInner,
         1);
  Expect(kMixed + "--bb\nContent-Type:\n message/global\n\n" + kInner, 1);
  Expect(kMixed + "--bb\nX: y\nContent-Type: message/rfc822\n--bb--\n", 1);
  Expect(kMixed + "--bb\nContent-Type: message/rfc822", 1);
  Expect("Content-Type: message/rfc822\n\n" + kInner, 1);
  Expect("Content-Type: message/rfc822\n\n" + kMixed + kPart + kInner, 2);
  // A forwarded message that carries one, and what follows it.
  Expect(kMixed + kPart +
             "Content-Type: multipart/mixed; boundary=cc\n\n--cc\n"
             "Content-Type: message/rfc822\n\n" +
             kInner + "--cc--\n" + kPart + kInner + "--bb--\n",
         3);
  Expect("Content-Type: multipart/digest; boundary=bb\n\n--bb\n\n" + kInner +
             "--bb\nContent-Type: text/plain\n\nx\n--bb\n\n" + kInner +
             "--bb--\n",
         2);
  // One boundary begins as the other does.
  Expect(
      "Content-Type: multipart/mixed; boundary=b\n\n--b\n"
      "Content-Type: multipart/mixed; boundary=bb\n\n" +
          kPart + kInner + "--bb--\n--b\nContent-Type: message/rfc822\n\n" +
          kInner + "--b--\n",
      2);
}

TEST(MimeScan, K7_WhatIsNoMessage) {
  Expect(kInner + kPart + kInner, 0);
  Expect("Content-Type: text/plain; boundary=bb\n\n" + kPart + kInner, 0);
  Expect(kMixed + "--bb\n\n> --bb\n> Content-Type: message/rfc822\n\n--bb--\n",
         0);
  Expect(kMixed +
             "--bb\nContent-Type: text/plain\n\n"
             "Content-Type: message/rfc822\n\n" +
             kInner + "--bb--\n",
         0);
  Expect(kMixed + "--bbb\nContent-Type: message/rfc822\n\n" + kInner, 0);
  Expect(kMixed + " --bb\nContent-Type: message/rfc822\n\n" + kInner, 0);
  Expect(kMixed + "--bb--\n" + kPart + kInner, 0);  // behind the end
  Expect(kMixed + "--bb\nX-Content-Type: message/rfc822\n\n" + kInner, 0);
  Expect(kMixed + "--bb\nContent-Type: message/delivery-status\n\nx\n", 0);
  Expect(kMixed + "--bb\nContent-Type: text/rfc822-headers\n\nx\n", 0);
  Expect(kMixed + "--bb\nSubject: x\n Content-Type: message/rfc822\n\n", 0);
  Expect(kMixed, 0);
  Expect("Content-Type: multipart/mixed\n\n" + kPart + kInner, 0);
}

TEST(MimeScan, K7_IsBoundedInDepth) {
  std::string text = "Content-Type: multipart/mixed; boundary=b0\n\n";
  for (int i = 1; i < 1000; ++i) {
    const std::string n = std::to_string(i);
    text += "--b" + std::to_string(i - 1) +
            "\nContent-Type: multipart/mixed; boundary=b" + n + "\n\n";
  }
  Expect(text + "--b31\nContent-Type: message/rfc822\n\n" + kInner, 1);
  Expect(text + "--b32\nContent-Type: message/rfc822\n\n" + kInner, 0);
  // What follows the outermost is found again.
  Expect(text + "--b0\nContent-Type: message/rfc822\n\n" + kInner, 1);
}

TEST(MimeScan, K7_LongLinesAndManyParts) {
  const std::string dashes(100'000, '-');
  const std::string text = kMixed + dashes + "\n" + kPart +
                           "Subject: " + std::string(100'000, 'x') + "\n\n" +
                           dashes + "\n";
  EXPECT_EQ(CountIn(text), 1u);
  EXPECT_EQ(CountIn(text, 4095), 1u);
  std::string parts = kMixed;
  for (int i = 0; i < 10'000; ++i) parts += kPart;
  EXPECT_EQ(CountIn(parts), 10'000u);
  EXPECT_EQ(CountIn(parts, 1000), 10'000u);
}

// Any text, in any pieces, has one count.
TEST(MimeScan, K7_AnySplit) {
  std::mt19937 random(11);
  const std::vector<std::string> pieces = {
      kPart,
      kInner,
      "--bb\n",
      "--bb--\n",
      "--cc\n",
      "\n",
      "-",
      "--",
      "\r\n",
      "x",
      "Content-Type: multipart/digest; boundary=cc\n",
      "--cc--\n",
      "Content-Type: message/rfc822\n",
      " bb"};
  for (int i = 0; i < 2000; ++i) {
    std::string text = kMixed;
    for (int n = 0; n < 12; ++n) text += pieces[random() % pieces.size()];
    const uint64_t count = CountIn(text);
    for (const size_t piece : {1, 5, 31}) {
      ASSERT_EQ(CountIn(text, piece), count) << text;
    }
  }
}

}  // namespace
}  // namespace mailassay::mail
