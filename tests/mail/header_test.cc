#include "lib/mail/header.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mailassay::mail {
namespace {

using std::string_literals::operator""s;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs NamesAndValues(const Header& header) {
  Pairs pairs;
  for (const HeaderField& field : header.fields) {
    pairs.emplace_back(field.name(), field.value());
  }
  return pairs;
}

AnomalySet Set(std::initializer_list<Anomaly> anomalies) {
  AnomalySet set;
  for (Anomaly a : anomalies) set.Add(a);
  return set;
}

struct Case {
  std::string text;
  Pairs fields;
  size_t size;
  AnomalySet anomalies = {};
};

void Check(const Case& c) {
  const Header header = ParseHeader(c.text, 100);
  EXPECT_EQ(NamesAndValues(header), c.fields) << c.text;
  EXPECT_EQ(header.size, c.size) << c.text;
  EXPECT_EQ(header.anomalies.bits(), c.anomalies.bits()) << c.text;
}

TEST(ParseHeader, FieldsAndTheirEnd) {
  for (const Case& c : {
           Case{"A: b\r\n\r\nbody", {{"A", " b"}}, 8},
           Case{"A: b\n\nbody\n\n", {{"A", " b"}}, 6},
           Case{"A:b\nC:\n\n", {{"A", "b"}, {"C", ""}}, 8},
           Case{"A: b: c\n\n", {{"A", " b: c"}}, 9},
           // RFC 5322 2.2.3: folding
           Case{"A: b\r\n c\r\n\td\r\nE: f\r\n\r\n",
                {{"A", " b\r\n c\r\n\td"}, {"E", " f"}},
                22},
           Case{"A:\n b\n\n", {{"A", "\n b"}}, 7},
           Case{"\r\nA: b\r\n", {}, 2},
           Case{"\nA: b", {}, 1},
       }) {
    Check(c);
  }
}

TEST(ParseHeader, TextThatEndsInside) {
  const AnomalySet open = Set({Anomaly::kNoBodySeparator});
  for (const Case& c : {
           Case{"", {}, 0, open},
           Case{"A: b\r\n", {{"A", " b"}}, 6, open},
           Case{"A: b", {{"A", " b"}}, 4, open},
           Case{"A: b\n c", {{"A", " b\n c"}}, 7, open},
           Case{"A: b\r\n\r",  // a CR that ends nothing
                {{"A", " b"}, {"", ""}},
                7,
                Set({Anomaly::kNoBodySeparator, Anomaly::kBareCr,
                     Anomaly::kGarbageHeader})},
       }) {
    Check(c);
  }
}

// H9: RFC 5321 2.3.8, a bare CR is no line end.
TEST(ParseHeader, BareCr) {
  const AnomalySet bare = Set({Anomaly::kBareCr});
  for (const Case& c : {
           Case{"Subject: a\rX-Evil: 1\r\n\r\n",
                {{"Subject", " a\rX-Evil: 1"}},
                24,
                bare},
           Case{"A: b\r\r\n\r\n", {{"A", " b\r"}}, 9, bare},
           Case{"A: b\r\n c\rd\r\n\r\n", {{"A", " b\r\n c\rd"}}, 14, bare},
           Case{"A: b\n\r\r\nC: d\n\n",  // "\r\r\n" is no empty line
                {{"A", " b"}, {"", ""}, {"C", " d"}},
                14,
                Set({Anomaly::kBareCr, Anomaly::kMixedEol,
                     Anomaly::kGarbageHeader})},
       }) {
    Check(c);
  }
}

// H14: white space alone folds; Exim bug 3036 is to end the header there.
TEST(ParseHeader, LineOfWhiteSpace) {
  const AnomalySet blank = Set({Anomaly::kWsOnlyLine});
  for (const Case& c : {
           Case{"A: b\r\n \r\nX-Evil: 1\r\n\r\nbody",
                {{"A", " b\r\n "}, {"X-Evil", " 1"}},
                22,
                blank},
           Case{"A: b\n\t \t\n c\n\n", {{"A", " b\n\t \t\n c"}}, 13, blank},
           Case{" \nA: b\n\n",
                {{"", ""}, {"A", " b"}},
                8,
                Set({Anomaly::kWsOnlyLine, Anomaly::kGarbageHeader})},
       }) {
    Check(c);
  }
}

// H38, H39: a backup tool's ">From:" is From where there is no other.
TEST(ParseHeader, H38_H39_QuotedFrom) {
  const AnomalySet quoted = Set({Anomaly::kFromQuoted});
  for (const Case& c : {
           Case{">From: a\n\n", {{"From", " a"}}, 10, quoted},
           Case{"A: b\n>From: a\n c\n>From-X: d\n\n",
                {{"A", " b"}, {"From", " a\n c"}, {"From-X", " d"}},
                29,
                quoted},
           Case{">>From: a\n\n", {{"From", " a"}}, 11, quoted},
           Case{">From: a\n>From: b\n\n",
                {{"From", " a"}, {"From", " b"}},
                19,
                quoted},
           // Beside a From field, in another case, of another name.
           Case{">From: a\nFrom: b\n>From-X: d\n\n",
                {{">From", " a"}, {"From", " b"}, {">From-X", " d"}},
                29},
           Case{">from: a\n\n", {{">from", " a"}}, 10},
           Case{">From-X: a\n\n", {{">From-X", " a"}}, 12},
           Case{"> From: a\n\n", {{"> From", " a"}}, 11},
       }) {
    Check(c);
  }
  const Header header = ParseHeader(">From: a\n>From: b\n\n", 10);
  ASSERT_NE(header.Find(FieldName::kFrom), nullptr);
  EXPECT_EQ(header.Find(FieldName::kFrom)->raw, "From: a");
}

// H15: a line without a colon is a field without a name.
TEST(ParseHeader, Garbage) {
  const AnomalySet garbage = Set({Anomaly::kGarbageHeader});
  for (const Case& c : {
           Case{"A: b\ngarbage\nC: d\n\n",
                {{"A", " b"}, {"", ""}, {"C", " d"}},
                19,
                garbage},
           Case{": x\nA: b\n\n", {{"", ""}, {"A", " b"}}, 10, garbage},
           Case{"garbage\n more: x\n\n", {{"", ""}}, 18, garbage},
           // H24: a folded name is none
           Case{"Subj\r\n ect: x\r\n\r\n", {{"", ""}}, 17, garbage},
           Case{"From\r\n : x\r\n\r\n", {{"", ""}}, 14, garbage},
           // white space before the first field folds nothing
           Case{" From: x\nA: b\n\n", {{"", ""}, {"A", " b"}}, 15, garbage},
       }) {
    Check(c);
  }
  const Header header = ParseHeader("A: b\ngarbage\n more\n\n", 9);
  EXPECT_EQ(header.fields[1].raw, "garbage\n more");
  EXPECT_EQ(header.fields[1].name_size, 0u);
  EXPECT_EQ(header.fields[1].value_begin, header.fields[1].raw.size());
}

// H5: RFC 5322 4.5.3
TEST(ParseHeader, SpaceBeforeColon) {
  Check({"From : x\nTo \t :y\n\n",
         {{"From", " x"}, {"To", "y"}},
         18,
         Set({Anomaly::kSpaceBeforeColon})});
}

// H16: what an mbox left on top.
TEST(ParseHeader, FromLine) {
  const AnomalySet from = Set({Anomaly::kFromLine});
  for (const Case& c : {
           Case{"From a Thu Jan  1 00:00:00 1970\nA: b\n\n",
                {{"", ""}, {"A", " b"}},
                38,
                from},
           Case{">From a Thu Jan  1 00:00:00 1970\nA: b\n\n",
                {{"", ""}, {"A", " b"}},
                39,
                from},
           Case{"From \nA: b\n\n", {{"", ""}, {"A", " b"}}, 12, from},
           // fields, not From_ lines
           Case{"From : a\n\n",
                {{"From", " a"}},
                10,
                Set({Anomaly::kSpaceBeforeColon})},
           Case{"From: a\n\n", {{"From", " a"}}, 9},
           // only the first line is one
           Case{"A: b\n>From a\n\n",
                {{"A", " b"}, {"", ""}},
                14,
                Set({Anomaly::kGarbageHeader})},
       }) {
    Check(c);
  }
}

TEST(ParseHeader, OctetsOfAllKinds) {
  Check({"A: b\0c\n\n"s, {{"A", " b\0c"s}}, 8, Set({Anomaly::kNul})});
  Check({"A\0: b\n\n"s, {{"A\0"s, " b"}}, 7, Set({Anomaly::kNul})});
  // in the body it is not the header's
  Check({"A: b\n\n\0\r"s, {{"A", " b"}}, 6});
  Check({"\xC3\xA4: b\n\n",
         {{"\xC3\xA4", " b"}},
         7,
         Set({Anomaly::kEightBitName})});
  Check({"A: \xFF\n\n", {{"A", " \xFF"}}, 6});
}

// H24, H26
TEST(ParseHeader, LongNamesAndFields) {
  const std::string name(1000, 'n');
  Check({name + ": b\n\n", {{name, " b"}}, 1005});
  Check({name + "n: b\n\n",
         {{name + "n", " b"}},
         1006,
         Set({Anomaly::kLongName})});
  const std::string value((256 << 10) - 2, 'v');
  Check({"A:" + value + "\n\n", {{"A", value}}, (256 << 10) + 2});
  Check({"A:" + value + "v\n\n",
         {{"A", value + "v"}},
         (256 << 10) + 3,
         Set({Anomaly::kLongField})});
}

TEST(ParseHeader, LineEnds) {
  EXPECT_EQ(ParseHeader("", 9).line_ends, LineEnds::kNone);
  EXPECT_EQ(ParseHeader("A: b", 9).line_ends, LineEnds::kNone);
  EXPECT_EQ(ParseHeader("A: b\n\nx\r\n", 9).line_ends, LineEnds::kLf);
  EXPECT_EQ(ParseHeader("A: b\r\n\r\nx\n", 9).line_ends, LineEnds::kCrlf);
  for (const char* mixed : {"A: b\r\n\n", "A: b\n\r\n", "A: b\n c\r\n\n"}) {
    const Header header = ParseHeader(mixed, 9);
    EXPECT_EQ(header.line_ends, LineEnds::kMixed);
    EXPECT_TRUE(header.anomalies.Has(Anomaly::kMixedEol));
  }
}

// H4: RFC 5322 3.6
TEST(ParseHeader, FieldsThatStandOnce) {
  const std::vector<std::pair<std::string, Anomaly>> single = {
      {"Subject", Anomaly::kDupSubject},
      {"to", Anomaly::kDupTo},
      {"CC", Anomaly::kDupCc},
      {"Date", Anomaly::kDupDate},
      {"reply-to", Anomaly::kDupReplyTo},
      {"Sender", Anomaly::kDupSender},
      {"Message-Id", Anomaly::kDupMessageId},
      {"Content-type", Anomaly::kDupContentType},
      {"Content-Transfer-Encoding", Anomaly::kDupContentTransferEncoding},
      {"Mime-Version", Anomaly::kDupMimeVersion},
  };
  for (const auto& [name, anomaly] : single) {
    const std::string once = name + ": x\n";
    EXPECT_TRUE(ParseHeader(once + "\n", 9).anomalies.empty()) << name;
    EXPECT_EQ(ParseHeader(once + "A: b\n" + once + "\n", 9).anomalies.bits(),
              Set({anomaly}).bits())
        << name;
  }
  EXPECT_TRUE(ParseHeader("Received: a\nReceived: b\nFrom: a\nFrom: b\n\n", 9)
                  .anomalies.empty());
}

// H28: one more than allowed is kept, the rest is only passed over.
TEST(ParseHeader, AtMostSoManyFields) {
  for (size_t given : {4, 5, 6, 7, 100}) {
    std::string text;
    for (size_t i = 0; i < given; ++i) text += "A: b\n";
    text += "Date: x\nDate: y\n\n";
    const Header header = ParseHeader(text, 5);
    EXPECT_EQ(header.fields.size(), 6u);
    EXPECT_EQ(header.size, text.size());
    EXPECT_TRUE(header.anomalies.Has(Anomaly::kDupDate));
  }
  EXPECT_EQ(ParseHeader("A: b\nC: d\n\n", 0).fields.size(), 1u);
  EXPECT_EQ(ParseHeader("A: b\nC: d\n\n", 2).fields.size(), 2u);
}

TEST(ParseHeader, ManyFieldsAndLongLines) {
  std::string text;
  for (int i = 0; i < 100000; ++i) text += "From: a\n";
  EXPECT_EQ(ParseHeader(text + "\n", 100000).fields.size(), 100000u);
  const std::string line(1 << 20, ' ');
  EXPECT_EQ(ParseHeader("A:" + line + "\n" + line + "\n\n", 9).fields.size(),
            1u);
  const std::string colons(1 << 20, ':');
  EXPECT_EQ(ParseHeader(colons + "\n\n", 9).fields.size(), 1u);
}

// The header as its lines say, without views or cleverness.
Pairs ReferenceFields(const std::string& text) {
  Pairs pairs;
  size_t begin = 0;
  std::vector<std::string> fields;
  while (begin < text.size()) {
    const size_t lf = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, lf - begin);
    const bool crlf = lf < text.size() && line.ends_with('\r');
    if (crlf) line.pop_back();
    if (line.empty() && lf < text.size()) break;
    if (begin > 0 && (line[0] == ' ' || line[0] == '\t')) {
      const bool after_crlf = text[begin - 2] == '\r';
      fields.back() += (after_crlf ? "\r\n" : "\n") + line;
    } else {
      fields.push_back(line);
    }
    begin = lf + 1;
  }
  for (const std::string& field : fields) {
    const std::string first = field.substr(0, field.find('\n'));
    const size_t colon = first.find(':');
    std::string name = first.substr(0, colon == first.npos ? 0 : colon);
    while (name.ends_with(' ')) name.pop_back();
    if (first.starts_with(' ')) name.clear();
    pairs.emplace_back(name, name.empty() ? "" : field.substr(colon + 1));
  }
  return pairs;
}

TEST(ParseHeader, AllShortTextsAsTheReferenceReadsThem) {
  const std::vector<std::string> pieces = {"a", ":", " ", "\n", "\r\n", "\r"};
  std::vector<std::string> texts = {""};
  for (size_t begin = 0, length = 0; length < 6; ++length) {
    const size_t end = texts.size();
    for (size_t i = begin; i < end; ++i) {
      for (const std::string& piece : pieces) texts.push_back(texts[i] + piece);
    }
    begin = end;
  }
  for (const std::string& text : texts) {
    const Header header = ParseHeader(text, 99);
    ASSERT_EQ(NamesAndValues(header), ReferenceFields(text))
        << testing::PrintToString(text);
    const auto end = FindHeaderEnd(text);
    ASSERT_EQ(end.has_value(), !header.anomalies.Has(Anomaly::kNoBodySeparator))
        << testing::PrintToString(text);
    ASSERT_EQ(header.size, end.value_or(text.size()))
        << testing::PrintToString(text);
  }
}

TEST(ParseHeader, IntoAUsedHeaderAsIntoAFreshOne) {
  std::string many;
  for (int i = 0; i < 3000; ++i) many += "X: y\n";
  const std::vector<std::string> texts = {"From: a\r\nTo: b\r\n\r\n",
                                          "Subject: c\nSubject: d\n\nx",
                                          many + "\n",
                                          "garbage\nA: \0\rb\n"s,
                                          "",
                                          "To: e\n\n"};
  Header used;
  for (int i = 0; i < 36; ++i) {
    const std::string& text = texts[static_cast<size_t>(i * 7 % 36) / 6];
    ParseHeader(text, 5000, used);
    const Header fresh = ParseHeader(text, 5000);
    EXPECT_EQ(NamesAndValues(used), NamesAndValues(fresh));
    EXPECT_EQ(used.size, fresh.size);
    EXPECT_EQ(used.line_ends, fresh.line_ends);
    EXPECT_EQ(used.anomalies, fresh.anomalies);
    EXPECT_EQ(used.topmost, fresh.topmost);
  }
}

TEST(Header, FindAndCount) {
  const Header header =
      ParseHeader("from: 1\ngarbage\nFROM: 2\nFrom : 3\nFrom-x: 4\n\n", 99);
  ASSERT_NE(header.Find("From"), nullptr);
  EXPECT_EQ(header.Find("From")->value(), " 1");
  EXPECT_EQ(header.Count("From"), 3u);
  EXPECT_EQ(header.Find("Fro"), nullptr);
  EXPECT_EQ(header.Count("To"), 0u);
  EXPECT_EQ(header.Find(""), nullptr);  // fields without a name have no name
  EXPECT_EQ(header.Count(""), 0u);
}

// The first empty line, octet by octet.
std::optional<size_t> ReferenceHeaderEnd(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (i > 0 && text[i - 1] != '\n') continue;
    if (text[i] == '\n') return i + 1;
    if (text.substr(i, 2) == "\r\n") return i + 2;
  }
  return std::nullopt;
}

TEST(FindHeaderEnd, LongTextsAsTheReferenceReadsThem) {
  std::mt19937 random(1);
  const std::string_view kLineEnds[] = {"\n", "\r\n", "\r", "\n\r", "\r\r\n"};
  size_t found = 0;
  for (int i = 0; i < 300'000; ++i) {
    std::string text;
    for (size_t lines = random() % 6; lines > 0; --lines) {
      text.append(random() % 3 == 0 ? random() % 3 : random() % 50, 'a');
      text += kLineEnds[random() % 8 < 6 ? random() % 2 : random() % 5];
    }
    // AddressSanitizer sees what is read behind it.
    const std::vector<char> octets(text.begin(), text.end());
    const auto end = FindHeaderEnd({octets.data(), octets.size()});
    ASSERT_EQ(end, ReferenceHeaderEnd(text)) << testing::PrintToString(text);
    found += end && *end > 40 ? 1 : 0;
  }
  EXPECT_GT(found, 15'000u);
}

TEST(FindHeaderEnd, FirstEmptyLine) {
  EXPECT_EQ(FindHeaderEnd("A: b\n\nC: d\n\n"), 6u);
  EXPECT_EQ(FindHeaderEnd("A: b\r\n\r\n"), 8u);
  EXPECT_EQ(FindHeaderEnd("\n"), 1u);
  EXPECT_EQ(FindHeaderEnd("\r\n"), 2u);
  EXPECT_EQ(FindHeaderEnd("A: b\n\r\n"), 7u);
  for (const char* open : {"", "\r", "A", "A: b\n", "A: b\r\n", "A: b\r\n\r",
                           "A: b\r\r\n", "A: b\n \n"}) {
    EXPECT_EQ(FindHeaderEnd(open), std::nullopt) << open;
  }
}

TEST(Unfold, OneLine) {
  EXPECT_EQ(Unfold(" a\r\n b\n\tc \r\n"), "a b\tc");
  EXPECT_EQ(Unfold("  \r\n "), "");
  EXPECT_EQ(Unfold("a \rb"), "a \rb");
  EXPECT_EQ(Unfold(""), "");
}

TEST(AnomalyName, AllAreNamedOnce) {
  std::set<std::string_view> names;
  for (int i = 0; i < static_cast<int>(Anomaly::kCount); ++i) {
    const std::string_view name = AnomalyName(static_cast<Anomaly>(i));
    EXPECT_FALSE(name.empty()) << i;
    EXPECT_TRUE(names.insert(name).second) << name;
  }
  EXPECT_EQ(AnomalyName(Anomaly::kBareCr), "bare_cr");
  EXPECT_EQ(AnomalyName(Anomaly::kLongField), "long_field");
  EXPECT_EQ(AnomalyName(Anomaly::kDupSubject), "dup_header:subject");
  EXPECT_EQ(AnomalyName(Anomaly::kDupMimeVersion), "dup_header:mime-version");
  EXPECT_EQ(AnomalyName(Anomaly::kCount), "");
}

}  // namespace
}  // namespace mailassay::mail
