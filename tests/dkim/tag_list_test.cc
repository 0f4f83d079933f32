#include "lib/dkim/tag_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace mailassay::dkim {
namespace {

using Defect = TagList::Defect;
using testing::ElementsAre;

// "name=value" of each tag, joined by "|".
std::string Show(const TagList& list) {
  std::string out;
  for (const Tag& tag : list.tags) {
    if (!out.empty()) out += '|';
    out.append(tag.name).append("=").append(tag.value);
  }
  return out;
}

struct Case {
  std::string_view text;
  Defect defect;
  std::string_view tags;
};

// RFC 6376 3.2.
TEST(TagList, WellFormed) {
  using namespace std::literals;
  for (const auto& [text, defect, tags] : {
           Case{"v=1", Defect::kNone, "v=1"},
           Case{"v=1;", Defect::kNone, "v=1"},
           Case{"v=1; ", Defect::kNone, "v=1"},
           Case{"v=1;\r\n", Defect::kNone, "v=1"},
           Case{" v = 1 ; a\t=\r\n\trsa ", Defect::kNone, "v=1|a=rsa"},
           Case{"v=1;\n a=2", Defect::kNone, "v=1|a=2"},
           Case{"p=", Defect::kNone, "p="},
           Case{"p= ;x=1", Defect::kNone, "p=|x=1"},
           Case{"zz=b=1", Defect::kNone, "zz=b=1"},
           Case{"b=a\r\n b\t c", Defect::kNone, "b=a\r\n b\t c"},
           // Names are ALPHA *ALNUMPUNC and case-sensitive.
           Case{"a_1=x;A_1=y", Defect::kNone, "a_1=x|A_1=y"},
           // RFC 8616: U-labels in values.
           Case{"d=b\xC3\xBC"sv, Defect::kNone, "d=b\xC3\xBC"sv},
       }) {
    const TagList list = ParseTagList(text);
    EXPECT_EQ(list.defect, defect) << text;
    EXPECT_EQ(Show(list), tags) << text;
  }
}

TEST(TagList, T9_SemicolonsAndOtherSyntax) {
  using namespace std::literals;
  for (const auto& [text, defect, tags] : {
           Case{"v=1;;", Defect::kSyntax, "v=1"},
           Case{"v=1; ;", Defect::kSyntax, "v=1"},
           Case{";v=1", Defect::kSyntax, "v=1"},
           Case{"v=1;;a=2", Defect::kSyntax, "v=1|a=2"},
           Case{"", Defect::kSyntax, ""},
           Case{" \r\n ", Defect::kSyntax, ""},
           Case{";", Defect::kSyntax, ""},
           Case{"v", Defect::kSyntax, ""},
           Case{"=1", Defect::kSyntax, ""},
           Case{"v=1;a;b=2", Defect::kSyntax, "v=1|b=2"},
           Case{"1v=1", Defect::kSyntax, ""},
           Case{"_v=1", Defect::kSyntax, ""},
           Case{"a b=1", Defect::kSyntax, ""},
           Case{"a-b=1", Defect::kSyntax, ""},
           Case{"\xC3\xBC=1"sv, Defect::kSyntax, ""},
           // Octets outside VALCHAR and FWS; the tag is still to be read.
           Case{"v=1\0002"sv, Defect::kSyntax, "v=1\0002"sv},
           Case{"v=a\x7F"sv, Defect::kSyntax, "v=a\x7F"sv},
           Case{"v=a\vb", Defect::kSyntax, "v=a\vb"},
           Case{"v=a\rb", Defect::kSyntax, "v=a\rb"},
           Case{"v=a;\r", Defect::kSyntax, "v=a"},
       }) {
    const TagList list = ParseTagList(text);
    EXPECT_EQ(list.defect, defect) << text;
    EXPECT_EQ(Show(list), tags) << text;
  }
}

TEST(TagList, T1_DuplicateNamesKeepTheFirst) {
  const TagList list = ParseTagList("d=a;s=x; d =b;;");
  EXPECT_EQ(list.defect, Defect::kDuplicate);
  EXPECT_EQ(Show(list), "d=a|s=x");
  EXPECT_EQ(list.Find("d")->value, "a");
  EXPECT_EQ(list.Find("D"), nullptr);
  EXPECT_EQ(ParseTagList("D=a;d=b").defect, Defect::kNone);
}

std::string ManyTags(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += "t" + std::to_string(i) + "=1;";
  return text;
}

TEST(TagList, T41_Limits) {
  EXPECT_EQ(ParseTagList(ManyTags(kMaxTags)).defect, Defect::kNone);
  EXPECT_EQ(ParseTagList(ManyTags(kMaxTags + 1)).defect, Defect::kLimit);
  EXPECT_EQ(ParseTagList(ManyTags(100'000)).tags.size(), kMaxTags);

  const std::string name(kMaxTagName, 'n');
  EXPECT_EQ(ParseTagList(name + "=1").defect, Defect::kNone);
  EXPECT_EQ(ParseTagList(name + "n=1").defect, Defect::kLimit);
  EXPECT_EQ(ParseTagList(std::string(1'000'000, 'n') + "=1").defect,
            Defect::kLimit);
  // A limit goes before other defects, wherever they stand.
  EXPECT_EQ(ParseTagList(";a=1;a=2;" + name + "n=1").defect, Defect::kLimit);
  EXPECT_EQ(ParseTagList(std::string(1'000'000, ';')).defect, Defect::kSyntax);
}

// What is emptied when b= is hashed (RFC 6376 3.7: all surrounding white space
// included), and nothing else.
TEST(TagList, RawRangeIsAllBetweenEqualsAndSemicolon) {
  const std::string_view text = "zz=b=9; b =\r\n x y\t; h=from";
  const TagList list = ParseTagList(text);
  const Tag* b = list.Find("b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ(b->value, "x y");
  EXPECT_EQ(text.substr(b->raw_begin, b->raw_size), "\r\n x y\t");

  const std::string_view at_end = "a=1; b=xyz ";
  const TagList last = ParseTagList(at_end);
  EXPECT_EQ(at_end.substr(last.Find("b")->raw_begin, last.Find("b")->raw_size),
            "xyz ");
  const TagList empty = ParseTagList("b=");
  EXPECT_EQ(empty.Find("b")->raw_begin, 2u);
  EXPECT_EQ(empty.Find("b")->raw_size, 0u);
}

// Every text over a small alphabet: what is accepted reads the same when
// written anew, and its ranges are the text.
TEST(TagList, AllShortTextsRoundTrip) {
  constexpr std::string_view kAlphabet = "aB1=; \n";
  size_t accepted = 0;
  std::string text;
  for (size_t number = 0; number < 7 * 7 * 7 * 7 * 7 * 7 * 7; ++number) {
    text.clear();
    for (size_t rest = number; rest > 0; rest /= 7) text += kAlphabet[rest % 7];
    const TagList list = ParseTagList(text);
    if (list.defect != Defect::kNone) continue;
    ++accepted;
    std::string again;
    for (const Tag& tag : list.tags) {
      ASSERT_EQ(text[tag.raw_begin - 1], '=') << text;
      const size_t end = tag.raw_begin + tag.raw_size;
      ASSERT_TRUE(end == text.size() || text[end] == ';') << text;
      again.append(tag.name).append("=").append(tag.value).append(";");
    }
    ASSERT_EQ(Show(ParseTagList(again)), Show(list)) << text;
  }
  EXPECT_GT(accepted, 1000u);
}

TEST(SplitItems, ItemsWithoutWhiteSpaceAtTheirEnds) {
  EXPECT_THAT(SplitItems("from", 9), ElementsAre("from"));
  EXPECT_THAT(SplitItems(" a :\r\n b\t:c d", 9), ElementsAre("a", "b", "c d"));
  EXPECT_THAT(SplitItems("", 9), ElementsAre(""));
  EXPECT_THAT(SplitItems(":a::", 9), ElementsAre("", "a", "", ""));
  EXPECT_THAT(SplitItems("a:b:c:d", 2), ElementsAre("a", "b", "c"));
}

}  // namespace
}  // namespace mailassay::dkim
