// The rows H1 to H8 of README.md: who the author is, and what of that a
// signature covers.  The mathematics may hold in all of them; alignment, and
// so DMARC, must not (promise P3).

#include <gtest/gtest.h>

#include <string>

#include "tests/cases/case_support.h"

namespace mailassay::cases {
namespace {

const char kFrom[] = "From: Ann  <ann@example.com>\r\n";
const char kEvilFrom[] = "From: Eve <eve@evil.example>\r\n";

// A pass that nobody may take for the author's.
Expected Unaligned(std::string_view author) {
  return {.author = std::string(author), .message_class = "verified_unaligned"};
}

TEST(Case, H1_SecondFromOnTop) {
  Expected expected = Unaligned("multi_from");
  expected.flags = "unsigned_from";
  expected.anomalies = "multi_from";
  Expect(JudgeMessage(Signed()), {});
  for (const char* from : {kEvilFrom, kFrom, "FROM: eve@evil.example\r\n",
                           "from:\teve@evil.example\r\n"}) {
    const Judged j = JudgeMessage(WithFieldOnTop(Signed(), from));
    Expect(j, expected, from);
    EXPECT_FALSE(j.evidence().from_signed);
  }
  // Behind the signature and above the signed one: the same.
  Expect(
      JudgeMessage(Replaced(Signed(), kFrom, std::string(kEvilFrom) + kFrom)),
      expected);
  // An honest signer of two From fields makes no author of them.
  const std::string two = std::string(kEvilFrom) + kPlain;
  Expected both = Unaligned("multi_from");
  both.anomalies = "multi_from";
  Expect(JudgeMessage(Signed(two, {.oversign = {"From"}})), both);
}

TEST(Case, H2_SecondFromAtTheBottom) {
  Expected expected = kHeaderChanged;
  expected.author = "multi_from";
  expected.anomalies = "multi_from";
  expected.flags = "unsigned_from";
  Expect(JudgeMessage(Signed()), {});
  Expect(JudgeMessage(WithFieldBelow(Signed(), kEvilFrom)), expected);
  // Of two equal fields it does not matter which is taken.
  Expected same = Unaligned("multi_from");
  same.anomalies = "multi_from";
  same.flags = "unsigned_from";
  Expect(JudgeMessage(WithFieldBelow(Signed(), kFrom)), same);
}

TEST(Case, H3_OversignedFrom) {
  const std::string sound = Signed(kPlain, {.oversign = {"From"}});
  const Judged untouched = JudgeMessage(sound);
  Expect(untouched, {});
  EXPECT_EQ(untouched.evidence().oversigned, "from");
  Expected expected = kHeaderChanged;
  expected.author = "multi_from";
  expected.anomalies = "multi_from";
  for (const char* from : {kEvilFrom, kFrom, "From : eve@evil.example\r\n"}) {
    Expected with = expected;
    if (std::string_view(from).starts_with("From :")) {
      with.anomalies = "multi_from space_before_colon";
    }
    Expect(JudgeMessage(WithFieldOnTop(sound, from)), with, from);
    Expect(JudgeMessage(WithFieldBelow(sound, from)), with, from);
  }
}

TEST(Case, H4_SecondOfOtherFields) {
  const std::string sound =
      Signed(WithFieldBelow(kPlain,
                            "Reply-To: a@example.com\r\nCc: c@example.net\r\n"
                            "Sender: a@example.com\r\n"
                            "Content-Type: text/plain\r\n"),
             {.headers = {"From", "To", "Cc", "Subject", "Date", "Reply-To",
                          "Sender", "Content-Type"}});
  Expect(JudgeMessage(sound), {});
  for (const auto& [name, anomaly] :
       {std::pair{"Subject", "dup_header:subject"},
        std::pair{"To", "dup_header:to"}, std::pair{"Cc", "dup_header:cc"},
        std::pair{"Date", "dup_header:date"},
        std::pair{"Reply-To", "dup_header:reply-to"},
        std::pair{"Sender", "dup_header:sender"},
        std::pair{"Content-Type", "dup_header:content-type"}}) {
    const std::string second = std::string(name) + ": something else\r\n";
    Expect(JudgeMessage(WithFieldOnTop(sound, second)),
           {.flags = "unsigned_extra", .anomalies = anomaly}, name);
    Expected below = kHeaderChanged;
    below.flags = "unsigned_extra";
    below.anomalies = anomaly;
    Expect(JudgeMessage(WithFieldBelow(sound, second)), below, name);
  }
}

TEST(Case, H5_SpaceBeforeColon) {
  Expected expected = Unaligned("multi_from");
  expected.flags = "unsigned_from";
  for (const char* from :
       {"From : eve@evil.example\r\n", "from\t: eve@evil.example\r\n"}) {
    expected.anomalies = "multi_from space_before_colon";
    Expect(JudgeMessage(WithFieldOnTop(Signed(), from)), expected, from);
  }
  // Alone it is the From field: relaxed strips the blank, simple keeps it.
  const std::string odd = Replaced(kPlain, "From: Ann", "From : Ann");
  for (const char* canon : {"relaxed", "simple"}) {
    Expect(JudgeMessage(Signed(odd, {.header_canon = canon})),
           {.anomalies = "space_before_colon"}, canon);
  }
  const std::string put_in =
      Replaced(Signed(kPlain), "From: Ann", "From : Ann");
  Expect(JudgeMessage(put_in), {.anomalies = "space_before_colon"});
  Expected simple = kHeaderChanged;
  simple.anomalies = "space_before_colon";
  Expect(JudgeMessage(Replaced(Signed(kPlain, {.header_canon = "simple"}),
                               "From: Ann", "From : Ann")),
         simple);
}

std::string WithFrom(std::string_view value) {
  return Replaced(kPlain, kFrom, "From:" + std::string(value) + "\r\n");
}

TEST(Case, H6_TwoAuthorDomains) {
  Expected expected = Unaligned("multi_author");
  expected.anomalies = "multi_author";
  for (const char* value : {" ann@example.com, eve@evil.example",
                            " eve@evil.example, ann@example.com",
                            " ann@example.com,\r\n Eve <eve@mail.example.com>",
                            " team: ann@example.com, eve@evil.example;"}) {
    Expect(JudgeMessage(Signed(WithFrom(value))), expected, value);
  }
  // Several authors of one domain are one author domain.
  Expect(JudgeMessage(Signed(WithFrom(" ann@example.com, b@EXAMPLE.com"))), {});
}

TEST(Case, H7_NoReadableAuthor) {
  using namespace std::literals;
  struct Row {
    std::string_view value;
    std::string_view author;
    std::string anomalies;
  };
  for (const Row& row : {
           Row{" undisclosed:;", "syntax", "from_syntax"},
           Row{"", "syntax", "from_syntax"},
           Row{" <>", "syntax", "from_syntax"},
           Row{" Ann <>", "syntax", "from_syntax"},
           Row{" ann", "syntax", "from_syntax"},
           Row{" ann@example.com\0"sv, "syntax", "from_syntax nul"},
           Row{" ann@example.com\0.evil.example"sv, "syntax",
               "from_syntax nul"},
           Row{" ann@=?utf-8?q?example=2Ecom?=", "bad_domain", ""},
           Row{" ann@[192.0.2.1]", "bad_domain", ""},
           Row{" \"a\\\r\n b\"@example.com", "syntax",
               "from_syntax from_ambiguous"},
           Row{" <ann@example.com> <eve@evil.example>", "syntax",
               "from_syntax from_ambiguous"},
           Row{" ann@evil.example@example.com", "syntax",
               "from_syntax from_ambiguous"},
       }) {
    Expected expected = Unaligned(row.author);
    expected.anomalies = row.anomalies;
    Expect(JudgeMessage(Signed(WithFrom(row.value))), expected, row.value);
  }
  // Odd, and what they say is plain: comments, a folded quoted string.
  for (const char* value :
       {" ann@example.com (eve@evil.example)", " \"a\r\n b\"@example.com",
        " \"eve@evil.example\" <ann@example.com>",
        " (a (nested) comment)ann(@evil.example)@(here)example.com",
        " team: ann@example.com;"}) {
    Judged j = JudgeMessage(Signed(WithFrom(value)));
    EXPECT_EQ(j.Verdict(), "pass ok pass match") << value;
    EXPECT_EQ(j.facts->author.defect, mail::AuthorDefect::kNone) << value;
    EXPECT_EQ(j.facts->author.domain, "example.com") << value;
    EXPECT_EQ(j.row.message_class, audit::MessageClass::kVerifiedAligned);
  }
}

TEST(Case, H8_InternationalNames) {
  const std::string u_label =
      "b\xC3\xBC"
      "cher.example";
  const std::string a_label = "xn--bcher-kva.example";
  const Setting setting = {
      .keys = {{"sel._domainkey." + a_label, RsaKey().Record()}}};
  for (const std::string& author :
       {u_label, a_label, std::string("XN--Bcher-KVA.Example"),
        "mail." + u_label}) {
    for (const std::string& domain : {u_label, a_label}) {
      const SignOptions options = {.domain = domain,
                                   .identity = "x@sub." + u_label};
      const Judged j =
          JudgeMessage(Signed(WithFrom(" ann@" + author), options), setting);
      Expect(j, {.flags = domain == u_label ? "u_label_domain" : ""},
             author + " " + domain);
      EXPECT_EQ(j.evidence().signature.domain, a_label);
    }
  }
  // Case does not matter, a trailing dot is no domain of mail.
  Expect(JudgeMessage(
             Signed(WithFrom(" ann@EXAMPLE.Com"), {.domain = "Example.COM"})),
         {});
  const Judged dotted =
      JudgeMessage(Signed(kPlain, {.domain = "example.com."}));
  Expect(dotted, Refused("bad_domain"));
  EXPECT_TRUE(dotted.asked.empty());
  Expect(JudgeMessage(Signed(WithFrom(" ann@example.com."))),
         {.anomalies = "from_syntax from_repaired"});
  Expect(JudgeMessage(Signed(kPlain, {.identity = "ann@example.com."})),
         Refused("auid_domain"));
}

// Every reader takes the one address of such a field, so it is the author's; an
// anomaly says that RFC 5322 does not allow the field.
TEST(Case, H36_InvalidFromOfOneAddress) {
  for (const char* value :
       {" ann@example.com <ann@example.com>", " Doe, Ann <ann@example.com>",
        " [EXT] Ann <ann@example.com>", " Ann <ann..d@example.com>",
        " Ann <<ann@example.com>>", " Ann <ann@example.com>;",
        " Ann <ann@example.com", " ann@example.com (no end",
        " =?utf-8?q?Ann?= <=?utf-8?q?ann=40example.com?=>"}) {
    Expect(JudgeMessage(Signed(WithFrom(value))),
           {.anomalies = "from_syntax from_repaired"}, value);
  }
  // Whoever signs for another domain is not the author's.
  Expected other = Unaligned("none");
  other.anomalies = "from_syntax from_repaired";
  Expect(JudgeMessage(Signed(WithFrom(" Doe, Eve <eve@evil.example>"))), other);
}

// One address for the reader and another for us: never aligned, whichever of
// them signs.
TEST(Case, H37_InvalidFromOfSeveralAddresses) {
  for (const char* value :
       {" eve@evil.example <ann@example.com>",
        " ann@example.com <eve@evil.example>",
        " Doe, Eve <eve@evil.example>, Ann <ann@example.com>",
        " Doe, Ann <ann@example.com> (eve@evil.example)",
        " Doe, Ann <ann@example.com(x).evil.example>",
        " ann@example.com@evil.example",
        " Ann, <@evil.example:ann@example.com>",
        " =?utf-8?q?eve=40evil.example?=, Ann <ann@example.com>",
        " ann@example.com <Eve>"}) {
    const Judged j = JudgeMessage(Signed(WithFrom(value)));
    EXPECT_EQ(j.Verdict(), "pass ok pass match") << value;
    EXPECT_EQ(j.facts->author.defect, mail::AuthorDefect::kSyntax) << value;
    EXPECT_FALSE(j.signature().alignment.relaxed) << value;
    EXPECT_EQ(j.row.message_class, audit::MessageClass::kVerifiedUnaligned)
        << value;
  }
}

// A backup tool quotes each line that begins "From", in the header too.
TEST(Case, H38_QuotedFromField) {
  const std::string quoted = Replaced(Signed(), "From: Ann", ">From: Ann");
  const Expected read = {.flags = "from_unquoted", .anomalies = "from_quoted"};
  Expect(JudgeMessage(quoted), read);
  Expect(JudgeMessage(Replaced(Signed(kPlain, {.header_canon = "simple"}),
                               "From: Ann", ">From: Ann")),
         read);
  // In the body it quotes more than mboxrd does.
  const std::string body = kPlain + "Fromage\r\n>From x\r\nFrom y\r\n";
  const auto store = [](const std::string& message) {
    return Replaced(
        Replaced(Replaced(Replaced(message, "\r\nFrom: Ann", "\r\n>From: Ann"),
                          "\r\nFromage", "\r\n>Fromage"),
                 "\r\n>From x", "\r\n>>From x"),
        "\r\nFrom y", "\r\n>From y");
  };
  Expect(JudgeMessage(store(Signed(body))), read);
  Expect(JudgeMessage(WithLf(store(Signed(body)))), read);
  // Without such a header a line ">Fromage" is nobody's quotation.
  Expect(JudgeMessage(Replaced(Signed(body), "\r\nFromage", "\r\n>Fromage")),
         kBodyChanged);
}

// It is read so only where no From field stands: nothing passes for another
// author than the one that readers are shown.
TEST(Case, H39_QuotedFromBesideFrom) {
  // Beside a From it is no From: not covered, not counted.
  Expect(JudgeMessage(WithFieldOnTop(Signed(), ">From: eve@evil.example\r\n")),
         {});
  Expect(JudgeMessage(WithFieldBelow(Signed(), ">From: eve@evil.example\r\n")),
         {});
  // Two of them are two.
  const std::string quoted = Replaced(Signed(), "From: Ann", ">From: Ann");
  Expected two = Unaligned("multi_from");
  two.flags = "unsigned_from from_unquoted";
  two.anomalies = "multi_from from_quoted";
  Expect(JudgeMessage(WithFieldOnTop(quoted, ">From: eve@evil.example\r\n")),
         two);
  // Another one in its place.
  Expected changed = kHeaderChanged;
  changed.flags = "from_unquoted";
  changed.anomalies = "from_quoted";
  Expect(JudgeMessage(
             Replaced(Signed(), kFrom, ">From: Eve <eve@example.com>\r\n")),
         changed);
}

}  // namespace
}  // namespace mailassay::cases
