#include "lib/mail/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace mailassay::mail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "display|local|domain" of each mailbox.
std::vector<std::string> Show(const AddressList& list) {
  std::vector<std::string> shown;
  for (const Mailbox& m : list.mailboxes) {
    shown.push_back(m.display_name + "|" + m.local_part + "|" + m.domain);
  }
  return shown;
}

struct Good {
  std::string_view text;
  std::vector<std::string> mailboxes;
};

void ExpectGood(const std::vector<Good>& cases) {
  for (const Good& c : cases) {
    const AddressList list = ParseAddressList(c.text);
    EXPECT_TRUE(list.valid) << c.text;
    EXPECT_EQ(Show(list), c.mailboxes) << c.text;
  }
}

TEST(AddressList, Rfc5322Examples) {
  ExpectGood({
      // A.1.1 to A.1.3
      {"John Doe <jdoe@machine.example>", {"John Doe|jdoe|machine.example"}},
      {" Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
       {"Mary Smith|mary|x.test", "|jdoe|example.org", "Who?|one|y.test"}},
      {"<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>",
       {"|boss|nil.test", "Giant; \"Big\" Box|sysservices|example.net"}},
      {"\"Joe Q. Public\" <john.q.public@example.com>",
       {"Joe Q. Public|john.q.public|example.com"}},
      {"A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
       {"Ed Jones|c|a.test", "|joe|where.test", "John|jdoe|one.test"}},
      {"Undisclosed recipients:;", {}},
      // A.5
      {"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
       {"Pete|pete|silly.test"}},
      {"A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public"
       ".example>,\r\n         joe@example.org,\r\n  John <jdoe@one.test> "
       "(my dear friend); (the end of the group)",
       {"Chris Jones|c|public.example", "|joe|example.org",
        "John|jdoe|one.test"}},
      {"(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;", {}},
      // A.6.1, A.6.3
      {"Joe Q. Public <john.q.public@example.com>",
       {"Joe Q. Public|john.q.public|example.com"}},
      {"Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example",
       {"Mary Smith|mary|example.net", "|jdoe|test.example"}},
      {"John Doe <jdoe@machine(comment).  example>",
       {"John Doe|jdoe|machine.example"}},
  });
}

TEST(AddressList, Grammar) {
  const std::string deep =
      std::string(64, '(') + std::string(64, ')') + "a@b.com";
  ExpectGood({
      {"a@b.com", {"|a|b.com"}},
      {" \t\r\n a@b.com \t", {"|a|b.com"}},
      {"\n a@b.com\n\t", {"|a|b.com"}},      // LF alone ends lines in archives
      {" \r\n \r\n a@b.com", {"|a|b.com"}},  // obs-FWS
      {deep, {"|a|b.com"}},
      {"\"a b\"@c.com", {"|a b|c.com"}},
      {"\"a\\\"\\\\b\"@c.com", {"|a\"\\b|c.com"}},
      {"\"x@evil.com\"@b.com", {"|x@evil.com|b.com"}},
      {"\"a\r\n b\"@c.com", {"|a b|c.com"}},  // folding is no part of it
      {"\"\"@c.com", {"||c.com"}},
      {"\"a\".b@c.com", {"|a.b|c.com"}},  // obs-local-part
      {"a . (x) b@c.com", {"|a.b|c.com"}},
      {"a (x) @ (y) c (z) . com", {"|a|c.com"}},
      {"<(x) a@b.com (y)> (z)", {"|a|b.com"}},
      {"\"a\"b\"c\" <d@e.com>", {"abc|d|e.com"}},
      {"A . B.. <d@e.com>", {"A . B..|d|e.com"}},  // obs-phrase
      {"=?utf-8?q?=40x.com?= <d@e.com>", {"=?utf-8?q?=40x.com?=|d|e.com"}},
      {"<@a.com,@b.com,,:c@d.com>", {"|c|d.com"}},  // obs-route
      {"< , (x) ,@[1.2.3.4]:c@d.com>", {"|c|d.com"}},
      {",,a@b.com,(x),, c@d.com ,", {"|a|b.com", "|c|d.com"}},
      {"g:,,a@b.com,;", {"|a|b.com"}},  // obs-group-list
      {"g:,;", {}},
      {"g: ;, a@b.com", {"|a|b.com"}},
      {"g:a@b.com;,h:c@d.com;", {"|a|b.com", "|c|d.com"}},
      {"\"g:\":a@b.com;", {"|a|b.com"}},
      {"a@[192.0.2.1]", {"|a|[192.0.2.1]"}},
      {"a@[ IPv6:2001:db8::1\r\n ]", {"|a|[IPv6:2001:db8::1]"}},
      {"a@[\\]]", {"|a|[\\]]"}},  // obs-dtext
      {"Jos\xC3\xA9 <jos\xC3\xA9@b\xC3\xBC"
       "cher.example>",  // RFC 6532
       {"Jos\xC3\xA9|jos\xC3\xA9|b\xC3\xBC"
        "cher.example"}},
      {"(\xF0\x9F\x98\x80) \"\xE2\x82\xAC\\\xE2\x82\xAC\" <a@b.com>",
       {"\xE2\x82\xAC\xE2\x82\xAC|a|b.com"}},
      // Old mail has Latin-1 and the like in names and comments.
      {"M\xFCller <a@b.com>", {"M\xFCller|a|b.com"}},
      {"\"M\xFCller\" <a@b.com>", {"M\xFCller|a|b.com"}},
      {"\"\\\xFC\" <a@b.com>", {"\xFC|a|b.com"}},
      {"(\xFC) a@b.com (\xE2\x82)", {"|a|b.com"}},
      {"!#$%&'*+-/=?^_`{|}~@b.com", {"|!#$%&'*+-/=?^_`{|}~|b.com"}},
  });
}

TEST(AddressList, Refuses) {
  const std::string deep =
      std::string(65, '(') + std::string(65, ')') + "a@b.com";
  for (std::string_view text : std::initializer_list<std::string_view>{
           // no address
           "", " ", ",", ",,", "()", "a", "a b", "\"a\"", "<>", "<a>", "a@",
           "@b.com", "<@b.com>", "<@b.com:>", "<@b.com a@c.com>", "<,:a@b.com>",
           "<@b.com@c.com:a@d.com>", "<:a@b.com>", ";", ":", ":;", ".:;", "@",
           ".", "a@.", "=?utf-8?q?a=40b.com?=",
           // a second author behind a first
           "a@b.com c@d.com", "<a@b.com> <c@d.com>", "<a@b.com><c@d.com>",
           "a@b.com <c@d.com>", "<a@b.com> x", "<a@b.com> \"x\"", "a@b@c.com",
           "<a@b@c.com>", "A <<a@b.com>>", "a@b.com:c@d.com;",
           "a@b.com; c@d.com", "a@b.com;", "<a@b.com, c@d.com>",
           // groups
           "g:", "g:a@b.com", "g:a@b.com,", "g:h:a@b.com;;", "g:a@b.com;;",
           "g:;x", "g:; a@b.com", "g:;h:;", "g <a@b.com>:;",
           // dots
           ".a@b.com", "a.@b.com", "a..b@c.com", "a@.b.com", "a@b.com.",
           "a@b..com", ". A <a@b.com>",
           // unterminated
           "\"a", "\"a\\", "\"a@b.com", "(a", "(a\\", "a@b.com (x",
           "a@b.com(x\\)", "<a@b.com", "A <a@b.com, c@d.com", "a@[1.2.3.4",
           "a@b.com)", "a@b.com>", "a@[1[2]]", "a@[1]b", "a@b[1]", "a b@c.com",
           "\"a\" \"b\"@c.com", "a@b c", "a\\@b.com", "a@b\\.com",
           // white space and control characters
           "a@b.com\r\n", "a@b.com\n", "a@b.com\r", "a\r@b.com", "a@b\r.com",
           "\r\na@b.com", "\"a\rb\"@c.com", "\"a\r\nb\"@c.com",
           "\"a\\\r\n b\"@c.com", "\"a\\\nb\"@c.com", "(\r)a@b.com",
           "(\x01)a@b.com", "\"\x01\"@b.com", "\"\\\x01\"@b.com", "a@[\x01]",
           "a\x7f@b.com", "a@b.com\x0b", "\x1b[2Ja@b.com",
           std::string_view("a@b.com\0", 8), std::string_view("\0a@b.com", 8),
           std::string_view("\"\0\"@b.com", 9),
           std::string_view("\"\\\0\"@b.com", 10),
           std::string_view("(\0)a@b.com", 10),
           std::string_view("a@b\0.com", 8),
           // not UTF-8 in an addr-spec: Latin-1, overlong, surrogate, too
           // high, cut short
           "\x80@b.com", "M\xFCller@b.com", "\"\\\xFC\"@b.com", "a@b\xFC.com",
           "\xC0\xAF@b.com", "\xE0\x9F\xBF@b.com", "\xED\xA0\x80@b.com",
           "\xF4\x90\x80\x80@b.com", "<\xE2\x82@b.com>",
           // Shift-JIS: the second octet of this letter is a backslash
           "\"\x83\x5C\" <a@b.com>", deep}) {
    EXPECT_FALSE(ParseAddressList(text).valid) << text;
  }
}

TEST(AddressList, KeepsWhatStandsBeforeTheDefect) {
  EXPECT_THAT(Show(ParseAddressList("a@b.com, <")), ElementsAre("|a|b.com"));
  EXPECT_THAT(Show(ParseAddressList("a@b@c.com")), IsEmpty());
  EXPECT_THAT(Show(ParseAddressList("<a@b.com> <c@d.com>")), IsEmpty());
}

TEST(AddressList, BoundsMailboxes) {
  std::string text;
  for (size_t i = 0; i < kMaxMailboxes; ++i) text += "a@b,";
  EXPECT_TRUE(ParseAddressList(text).valid);
  text += "a@b,";
  const AddressList list = ParseAddressList(text);
  EXPECT_FALSE(list.valid);
  EXPECT_EQ(list.mailboxes.size(), kMaxMailboxes);
}

// 128 KiB of each structural pattern; quadratic time would take minutes.
TEST(AddressList, LinearOnStructure) {
  for (std::string_view pattern :
       {"(",    ")",     "()",   "<",        ">",   ",",   ":",     ";",
        "\"",   "\\",    "@",    ".",        "[",   " ",   "\r\n ", "a ",
        "a.",   "\"\" ", "a@",   "@a,",      "<@a", "g:;", "g:;,",  "(\\",
        "\"\\", "a@b,",  "(a)b", "\xC3\xA9", "a@[", "\" "}) {
    std::string text;
    while (text.size() < 1 << 17) text += pattern;
    for (std::string_view prefix :
         {"", "a@", "<", "<@", "(", "\"", "g:", "a@["}) {
      std::string whole(prefix);
      whole += text;
      ParseAddressList(whole);
      ParseAddressList(whole + "a@b.com>;");
    }
  }
}

std::string Canonical(const Mailbox& mailbox) {
  std::string text = "\"";
  for (char c : mailbox.local_part) {
    if (c == '"' || c == '\\') text.push_back('\\');
    text.push_back(c);
  }
  return text + "\"@" + mailbox.domain;
}

// 200,000 texts of structural characters, the same ones in every run: what is
// valid says the same when it is written plainly.
TEST(AddressList, RandomTextsMeanOneThing) {
  static constexpr std::string_view kPieces[] = {
      "a", "b",  "x.y", "@",  "@",        ".",    "<",         ">",     ",",
      ";", ":",  "(",   ")",  "\"",       "\\",   " ",         "\r\n ", "[",
      "]", "\t", "a@b", "\n", "\xC3\xA9", "\xFC", "<a@b.com>", "\"q\""};
  std::mt19937 random(5322);
  size_t valid = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string text;
    const size_t pieces = 1 + random() % 16;
    for (size_t j = 0; j < pieces; ++j) {
      text += kPieces[random() % std::size(kPieces)];
    }
    const AddressList list = ParseAddressList(text);
    if (!list.valid || list.mailboxes.empty()) continue;
    ++valid;
    std::string plain;
    for (const Mailbox& mailbox : list.mailboxes) {
      plain += Canonical(mailbox) + ",";
    }
    const AddressList again = ParseAddressList(plain);
    ASSERT_TRUE(again.valid) << text << " -> " << plain;
    ASSERT_EQ(again.mailboxes.size(), list.mailboxes.size()) << text;
    for (size_t j = 0; j < list.mailboxes.size(); ++j) {
      ASSERT_EQ(again.mailboxes[j].local_part, list.mailboxes[j].local_part);
      ASSERT_EQ(again.mailboxes[j].domain, list.mailboxes[j].domain);
    }
  }
  EXPECT_GT(valid, 1000U);  // the test must test something
}

Author Find(std::string_view header) {
  return FindAuthor(ParseHeader(header, 1000));
}

struct AuthorCase {
  std::string_view header;
  AuthorDefect defect;
  std::string_view domain;
  std::string_view address;
  std::vector<Anomaly> anomalies;
};

void ExpectAuthors(const std::vector<AuthorCase>& cases) {
  for (const AuthorCase& c : cases) {
    const Author author = Find(c.header);
    EXPECT_EQ(AuthorDefectName(author.defect), AuthorDefectName(c.defect))
        << c.header;
    EXPECT_EQ(author.domain, c.domain) << c.header;
    EXPECT_EQ(author.address, c.address) << c.header;
    AnomalySet anomalies;
    for (Anomaly a : c.anomalies) anomalies.Add(a);
    EXPECT_EQ(author.anomalies.bits(), anomalies.bits()) << c.header;
  }
}

TEST(Author, One) {
  const auto none = AuthorDefect::kNone;
  ExpectAuthors({
      {"From: a@b.com\r\n", none, "b.com", "a@b.com", {}},
      {"from: Bob <a@B.Com>\r\n", none, "b.com", "a@B.Com", {}},
      {"From: =?utf-8?q?x?=\r\n\t<a@b.com> \r\n", none, "b.com", "a@b.com", {}},
      {"From: a@b.com,\r\n c@B.COM\r\n", none, "b.com", "a@b.com", {}},
      {"From: team: a@b.com, c@b.com;\r\n", none, "b.com", "a@b.com", {}},
      {"From: \"x@evil.com\"@b.com\r\n",
       none,
       "b.com",
       "\"x@evil.com\"@b.com",
       {}},
      // H7: comments with "@"
      {"From: (x@evil.com) a@b.com (y@evil.com)\r\n",
       none,
       "b.com",
       "a@b.com",
       {}},
      {"From: \"x@evil.com\" <a@b.com>\r\n", none, "b.com", "a@b.com", {}},
      // What the second reader misreads openly is not another author.
      {"From: Bob <a@b.com> (c)\r\n", none, "b.com", "a@b.com", {}},
      {"From: a@b.com (Doe, John)\r\n", none, "b.com", "a@b.com", {}},
      // H8: U-labels compare as A-labels.
      {"From: a@b\xC3\xBC"
       "cher.example\r\n",
       none,
       "xn--bcher-kva.example",
       "a@b\xC3\xBC"
       "cher.example",
       {}},
      {"From: a@b\xC3\xBC"
       "cher.example, c@XN--BCHER-KVA.example\r\n",
       none,
       "xn--bcher-kva.example",
       "a@b\xC3\xBC"
       "cher.example",
       {}},
      // H5: "From :" is a From.
      {"From : a@b.com\r\n", none, "b.com", "a@b.com", {}},
  });
}

TEST(Author, Defects) {
  const Anomaly syntax = Anomaly::kFromSyntax;
  const Anomaly ambiguous = Anomaly::kFromAmbiguous;
  ExpectAuthors({
      {"To: a@b.com\r\n", AuthorDefect::kNoFrom, "", "", {syntax}},
      {"", AuthorDefect::kNoFrom, "", "", {syntax}},
      {"X-From: a@b.com\r\n", AuthorDefect::kNoFrom, "", "", {syntax}},
      // H1, H5
      {"From: a@evil.com\r\nFrom: a@b.com\r\n",
       AuthorDefect::kMultiFrom,
       "evil.com",
       "a@evil.com",
       {Anomaly::kMultiFrom}},
      {"From : a@evil.com\r\nFrom: a@b.com\r\n",
       AuthorDefect::kMultiFrom,
       "evil.com",
       "a@evil.com",
       {Anomaly::kMultiFrom}},
      {"From: a@b.com\r\nFrom: a@b.com\r\n",
       AuthorDefect::kMultiFrom,
       "b.com",
       "a@b.com",
       {Anomaly::kMultiFrom}},
      {"From: a@b.com\r\nFrom: <\r\n",
       AuthorDefect::kMultiFrom,
       "b.com",
       "a@b.com",
       {Anomaly::kMultiFrom, syntax}},
      // H6
      {"From: a@b.com, c@d.com\r\n",
       AuthorDefect::kMultiAuthor,
       "b.com",
       "a@b.com",
       {Anomaly::kMultiAuthor}},
      {"From: a@b.com, c@sub.b.com\r\n",
       AuthorDefect::kMultiAuthor,
       "b.com",
       "a@b.com",
       {Anomaly::kMultiAuthor}},
      {"From: a@b.com, c@[1.2.3.4]\r\n",
       AuthorDefect::kMultiAuthor,
       "b.com",
       "a@b.com",
       {Anomaly::kMultiAuthor}},
      // H7
      {"From: undisclosed:;\r\n", AuthorDefect::kSyntax, "", "", {syntax}},
      {"From:\r\n", AuthorDefect::kSyntax, "", "", {syntax}},
      {"From: <>\r\n", AuthorDefect::kSyntax, "", "", {syntax}},
      {"From: bob\r\n", AuthorDefect::kSyntax, "", "", {syntax}},
      {std::string_view("From: a@b.com\0\r\n", 16),
       AuthorDefect::kSyntax,
       "",
       "",
       {syntax}},
      {"From: a@=?utf-8?q?b=2Ecom?=\r\n",
       AuthorDefect::kBadDomain,
       "",
       "a@=?utf-8?q?b=2Ecom?=",
       {}},
      {"From: a@[192.0.2.1]\r\n",
       AuthorDefect::kBadDomain,
       "",
       "a@[192.0.2.1]",
       {}},
      {"From: \"a\\\r\n b\"@c.com\r\n",
       AuthorDefect::kSyntax,
       "c.com",
       "",
       {syntax, ambiguous}},
      {"From: a@-b.com\r\n", AuthorDefect::kBadDomain, "", "a@-b.com", {}},
      // Two readers would show two authors; the domain is for showing.
      {"From: <a@b.com> <c@d.com>\r\n",
       AuthorDefect::kSyntax,
       "d.com",
       "",
       {syntax, ambiguous}},
      {"From: a@b@c.com\r\n",
       AuthorDefect::kSyntax,
       "c.com",
       "",
       {syntax, ambiguous}},
      {"From: a@b.com <c@d.com>\r\n",
       AuthorDefect::kSyntax,
       "d.com",
       "",
       {syntax, ambiguous}},
      {"From: <@r.com,@s.com:a@b.com>\r\n",
       AuthorDefect::kNone,
       "b.com",
       "a@b.com",
       {ambiguous}},
  });
}

// H36: a field that breaks the grammar, and one address in it.
TEST(Author, H36_Repaired) {
  const Anomaly syntax = Anomaly::kFromSyntax;
  const Anomaly repaired = Anomaly::kFromRepaired;
  for (const std::string_view value :
       {"Doe, A <a@b.com>", "a@b.com <a@b.com>", "[x] A <a@b.com>",
        "A <a@b.com", "a@b.com;", "<<a@b.com>>", "a@b.com.", "'a@b.com'"}) {
    const std::string header = "From: " + std::string(value) + "\r\n";
    const Author author = Find(header);
    EXPECT_EQ(author.defect, AuthorDefect::kNone) << value;
    EXPECT_EQ(author.domain, "b.com") << value;
    EXPECT_EQ(author.address, "a@b.com") << value;
    EXPECT_TRUE(author.anomalies.Has(syntax)) << value;
    EXPECT_TRUE(author.anomalies.Has(repaired)) << value;
    // Beside another From it is still one of two.
    const Author second = Find(header + "From: a@b.com\r\n");
    EXPECT_EQ(second.defect, AuthorDefect::kMultiFrom) << value;
  }
  // The second reader takes what stands before ":" for a group, and drops the
  // last octet of a group that nothing closes.
  for (const std::string_view value :
       {"mailto:j@o0.example", "<mailto:j@o0.example>",
        "undisclosed: j@o0.example", "A: B <j@o0.example>"}) {
    const Author author = Find("From: " + std::string(value) + "\r\n");
    EXPECT_EQ(author.defect, AuthorDefect::kNone) << value;
    EXPECT_EQ(author.domain, "o0.example") << value;
    EXPECT_EQ(author.address, "j@o0.example") << value;
    EXPECT_TRUE(author.anomalies.Has(repaired)) << value;
    EXPECT_FALSE(author.anomalies.Has(Anomaly::kFromAmbiguous)) << value;
  }
  // A route outside of angle brackets: some see one domain, some another.
  ExpectAuthors({{"From: @evil.example:j@o0.example\r\n",
                  AuthorDefect::kSyntax,
                  "",
                  "",
                  {syntax}}});
  // RFC 5322 says which of two it is.
  const Author named = Find("From: \"x@evil.com\" <a@b.com>\r\n");
  EXPECT_TRUE(named.anomalies.empty());
  // As archives of lists write it: for grouping only.
  ExpectAuthors(
      {{"From: ann at b.com (Ann)\r\n",
        AuthorDefect::kSyntax,
        "b.com",
        "",
        {syntax}},
       {"From: look at this\r\n", AuthorDefect::kSyntax, "", "", {syntax}}});
}

TEST(Author, CountsFromFields) {
  EXPECT_EQ(Find("From: a@b.com\r\nFROM : c@d.com\r\nTo: x\r\n").from_count,
            2U);
  EXPECT_EQ(Find("To: x\r\n").from_count, 0U);
}

TEST(Author, Names) {
  EXPECT_EQ(AuthorDefectName(AuthorDefect::kNone), "none");
  EXPECT_EQ(AuthorDefectName(AuthorDefect::kNoFrom), "no_from");
  EXPECT_EQ(AuthorDefectName(AuthorDefect::kMultiFrom), "multi_from");
  EXPECT_EQ(AuthorDefectName(AuthorDefect::kSyntax), "syntax");
  EXPECT_EQ(AuthorDefectName(AuthorDefect::kMultiAuthor), "multi_author");
  EXPECT_EQ(AuthorDefectName(AuthorDefect::kBadDomain), "bad_domain");
}

}  // namespace
}  // namespace mailassay::mail
