// The rows H9, H13 to H16, H20 to H25, H34 and H35 of README.md: header
// sections of odd shape, as they were signed and as they were changed.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "lib/mail/mbox.h"
#include "tests/cases/case_support.h"

namespace mailassay::cases {
namespace {

using namespace std::literals;

// kPlain with another Subject.
std::string WithSubject(std::string_view value) {
  return Replaced(kPlain, "Subject: Two  words",
                  "Subject: " + std::string(value));
}

// Signed with that Subject: a pass under both canonicalisations; signed with
// another and changed to it: broken.
void ExpectSubject(std::string_view value, const std::string& anomalies) {
  for (const char* canon : {"relaxed", "simple"}) {
    const SignOptions options = {.header_canon = canon};
    Expect(JudgeMessage(Signed(WithSubject(value), options)),
           {.anomalies = anomalies}, value);
    Expected changed = kHeaderChanged;
    changed.anomalies = anomalies;
    Expect(JudgeMessage(Replaced(Signed(kPlain, options), "Two  words", value)),
           changed, value);
  }
}

TEST(Case, H9_BareCrInHeader) {
  ExpectSubject("a\rX-Evil: 1", "bare_cr");
  ExpectSubject("a\r\rFrom: eve@evil.example\r b", "bare_cr");
  const Judged j = JudgeMessage(Signed(WithSubject("a\rX-Evil: 1")));
  EXPECT_EQ(j.facts->author.from_count, 1u);
  EXPECT_EQ(j.evidence().unsigned_names, "");  // there is no X-Evil
}

TEST(Case, H13_NulInHeader) {
  ExpectSubject("a\0b"sv, "nul");
  Expect(JudgeMessage(WithFieldOnTop(Signed(), "X-Nul: a\0b\r\n"sv)),
         {.anomalies = "nul"});
  // What stands behind a NUL is read: a second From is one.
  Expect(JudgeMessage(WithFieldOnTop(
             Signed(), "X-Nul: \0\r\nFrom: eve@evil.example\r\n"sv)),
         {.flags = "unsigned_from",
          .anomalies = "multi_from nul",
          .author = "multi_from",
          .message_class = "verified_unaligned"});
}

// RFC 5322 2.2.3, 4.2: such a line folds; the header goes on behind it.
TEST(Case, H14_LineOfWhiteSpace) {
  for (const char* blank : {" ", "\t", " \t  "}) {
    const std::string lines = blank + "\r\nX-Evil: 1\r\n"s;
    const Judged added = JudgeMessage(WithFieldBelow(Signed(), lines));
    Expect(added, {.anomalies = "ws_only_line"});
    EXPECT_EQ(added.evidence().unsigned_names, "x-evil");
    Expected simple = kHeaderChanged;
    simple.anomalies = "ws_only_line";
    Expect(JudgeMessage(WithFieldBelow(
               Signed(kPlain, {.header_canon = "simple"}), lines)),
           simple);
    for (const char* canon : {"relaxed", "simple"}) {
      Expect(JudgeMessage(Signed(WithFieldBelow(kPlain, lines),
                                 {.header_canon = canon})),
             {.anomalies = "ws_only_line"}, canon);
    }
  }
  // A second From behind it is a From.
  Expected from = kHeaderChanged;
  from.flags = "unsigned_from";
  from.anomalies = "multi_from ws_only_line";
  from.author = "multi_from";
  Expect(
      JudgeMessage(WithFieldBelow(Signed(), " \r\nFrom: eve@evil.example\r\n")),
      from);
}

TEST(Case, H15_LineWithoutColon) {
  for (const char* line :
       {"garbage\r\n", "From eve@evil.example\r\n",
        "garbage\r\n and its fold: x\r\n", ": no name\r\n", "--boundary\r\n"}) {
    Expect(JudgeMessage(WithFieldBelow(Signed(), line)),
           {.anomalies = "garbage_header"}, line);
    Expect(JudgeMessage(Replaced(Signed(), "To: Bob", line + "To: Bob"s)),
           {.anomalies = "garbage_header"}, line);
  }
  // It ends no header: what follows is a field.
  Expected expected = kHeaderChanged;
  expected.flags = "unsigned_from";
  expected.anomalies = "multi_from garbage_header";
  expected.author = "multi_from";
  Expect(JudgeMessage(
             WithFieldBelow(Signed(), "garbage\r\nFrom: eve@evil.example\r\n")),
         expected);
}

TEST(Case, H16_FromLineBeforeTheHeader) {
  const std::string line =
      "From alice@example.com Sat Jan  3 01:02:03 2026\r\n";
  for (const std::string& left_over : {line, ">" + line}) {
    Expect(JudgeMessage(left_over + Signed()), {.anomalies = "from_line"});
    Expect(JudgeMessage(WithLf(left_over + Signed())),
           {.anomalies = "from_line"});
  }
  // The mbox layer takes its separator away, and only that.
  const std::string mbox = line + Signed();
  const auto messages = mail::SplitMbox(mbox);
  ASSERT_EQ(messages.size(), 1u);
  Expect(JudgeMessage(std::string(messages[0].message),
                      {.from_line = std::string(messages[0].from_line)}),
         {});
}

TEST(Case, H20_MoreNamesThanFields) {
  const std::string sound =
      Signed(kPlain, {.headers = {"From", "From", "To", "To", "To", "X-Absent",
                                  "Subject", "Date", "Date", "Sender"}});
  const Judged j = JudgeMessage(sound);
  Expect(j, {});
  EXPECT_EQ(j.evidence().oversigned, "from;to;x-absent;date;sender");
  // What was absent must stay absent.
  for (const char* field : {"X-Absent: 1\r\n", "Sender: x@example.com\r\n"}) {
    Expect(JudgeMessage(WithFieldOnTop(sound, field)), kHeaderChanged, field);
  }
  Expect(JudgeMessage(WithFieldOnTop(sound, "X-Other: 1\r\n")), {});
}

TEST(Case, H21_NamesInAnyCase) {
  const SignOptions options = {
      .headers = {"from", "FROM", "From", "sUBJECT", "to"},
      .tags = {{"h", "from:FROM\t:\r\n\t From :\t\r\n\tsUBJECT: to"}}};
  for (const char* canon : {"relaxed", "simple"}) {
    SignOptions with = options;
    with.header_canon = canon;
    const Judged j = JudgeMessage(Signed(kPlain, with));
    Expect(j, {}, canon);
    EXPECT_EQ(j.evidence().oversigned, "from");
    EXPECT_EQ(j.evidence().h_count, 5u);
    Expected changed = kHeaderChanged;
    Expect(JudgeMessage(Replaced(Signed(kPlain, with), "Two", "Three")),
           changed, canon);
  }
}

// RFC 6376 5.4: the signature's own field is no instance that h= selects.
TEST(Case, H22_OwnFieldInH) {
  const SignOptions options = {.headers = {"From", "To", "DKIM-Signature"}};
  const std::string once = Signed(kPlain, options);
  Expect(JudgeMessage(once), {});
  // The second covers the first; a third above it changes nothing.  The first
  // says that there is no other, which holds no longer.
  const std::string twice = Signed(once, options);
  const Judged two = JudgeMessage(twice);
  Expect(two, {});
  EXPECT_EQ(two.Verdict(1), kHeaderChanged.verdict);
  const Judged three = JudgeMessage(Signed(twice, {.headers = {"From"}}));
  Expect(three, {});
  EXPECT_EQ(three.Verdict(1), "pass ok pass match");
  EXPECT_EQ(three.Verdict(2), kHeaderChanged.verdict);
  // Without the first the second is broken.
  const std::string without =
      twice.substr(0, twice.size() - once.size()) + kPlain;
  Expect(JudgeMessage(without), kHeaderChanged);
}

TEST(Case, H23_PlaceAndNameOfTheField) {
  for (const char* canon : {"relaxed", "simple"}) {
    for (const char* name :
         {"DKIM-Signature", "dkim-signature", "Dkim-SIGNATURE",
          "DKIM-Signature ", "DKIM-Signature\t"}) {
      const std::string field =
          Sign(kPlain, RsaKey(), {.header_canon = canon, .name = name});
      const bool blank = name[14] != '\0';
      const Expected expected = {.anomalies =
                                     blank ? "space_before_colon" : ""};
      Expect(JudgeMessage(WithFieldOnTop(kPlain, field)), expected, name);
      Expect(JudgeMessage(WithFieldBelow(kPlain, field)), expected, name);
      Expect(JudgeMessage(Replaced(kPlain, "Subject:", field + "Subject:")),
             expected, name);
    }
  }
}

TEST(Case, H24_OddFieldNames) {
  Expect(JudgeMessage(WithFieldOnTop(Signed(), "Sub\r\n ject: x\r\n")),
         {.anomalies = "garbage_header"});
  Expect(JudgeMessage(
             WithFieldOnTop(Signed(), std::string(1000, 'X') + ": y\r\n")),
         {});
  Expect(JudgeMessage(
             WithFieldOnTop(Signed(), std::string(1001, 'X') + ": y\r\n")),
         {.anomalies = "long_name"});
  for (const char* name : {"X-\xC3\xBC", "\xFF\xFE", "Fr\xC3\xB6m"}) {
    Expect(JudgeMessage(WithFieldOnTop(Signed(), name + ": y\r\n"s)),
           {.anomalies = "eight_bit_name"}, name);
  }
  // Signed, they count like any other.
  const std::string name(1001, 'X');
  const std::string sound = Signed(WithFieldBelow(kPlain, name + ": y\r\n"),
                                   {.headers = {"From", name}});
  Expect(JudgeMessage(sound), {.anomalies = "long_name"});
  Expected changed = kHeaderChanged;
  changed.anomalies = "long_name";
  Expect(JudgeMessage(Replaced(sound, ": y\r\n", ": z\r\n")), changed);
}

TEST(Case, H25_OctetsOfAllKinds) {
  for (const std::string_view value :
       {"caf\xC3\xA9"sv, "caf\xE9"sv, "\xED\xA0\x80"sv, "\xFF\xFE\xFD"sv,
        "\x01\x02\x1B[2J\x7F"sv, "\xC0\xAF\xF4\x90\x80\x80"sv}) {
    ExpectSubject(value, "");
  }
}

TEST(Case, H34_ForgedResultsAreNoEvidence) {
  for (const char* claim :
       {"Authentication-Results: mx.example.net; dkim=pass "
        "header.d=example.com;"
        " dmarc=pass\r\n",
        "ARC-Authentication-Results: i=1; mx.example.net; dkim=pass\r\n",
        "DKIM-Filter: OpenDKIM Filter v2.11 verified\r\n",
        "X-DKIM-Result: pass\r\n"}) {
    Expect(JudgeMessage(WithFieldOnTop(Signed(), claim)), {}, claim);
    Expect(
        JudgeMessage(WithFieldOnTop(Replaced(Signed(), "Two", "Three"), claim)),
        kHeaderChanged, claim);
    Expect(JudgeMessage(WithFieldOnTop(kReceived + kPlain, claim)),
           {.verdict = "none", .message_class = "unsigned"}, claim);
    // Nor does it make a failure.
    std::string denied(claim);
    const size_t pass = denied.find("pass");
    if (pass != denied.npos) denied.replace(pass, 4, "fail");
    Expect(JudgeMessage(WithFieldOnTop(Signed(), denied)), {}, denied);
  }
}

TEST(Case, H35_EndlessResults) {
  std::string results = "Authentication-Results: mx.example.net";
  for (int i = 0; i < 10'000; ++i) {
    results += ";\r\n\tdkim=pass header.__proto__=x header.constructor=\"y;z\"";
  }
  ASSERT_GT(results.size(), 500'000u);
  Expect(JudgeMessage(WithFieldOnTop(Signed(), results + "\r\n")),
         {.anomalies = "long_field"});
  std::string received = "Received: from a by b";
  for (int i = 0; i < 30'000; ++i) received += "\r\n\t(__proto__=1;;)";
  Expect(JudgeMessage(WithFieldOnTop(
             Signed(), received + "; Sun, 1 Mar 2026 12:00:00 +0000\r\n")),
         {.anomalies = "long_field"});
  std::string hops;
  for (int i = 0; i < 4'000; ++i) hops += kReceived;
  Expect(JudgeMessage(WithFieldOnTop(Signed(), hops)), {});
}

}  // namespace
}  // namespace mailassay::cases
