#include "lib/mail/mbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace mailassay::mail {
namespace {

const std::string kFrom = "From a@b.example Thu Jan  1 00:00:00 1970\n";

std::vector<std::string> Messages(const std::vector<MboxMessage>& messages) {
  std::vector<std::string> texts;
  for (const MboxMessage& m : messages) texts.emplace_back(m.message);
  return texts;
}

using Strings = std::vector<std::string>;

TEST(SplitMbox, TheEmptyLineBelongsToTheSeparator) {
  for (const auto& [text, messages] :
       std::vector<std::pair<std::string, Strings>>{
           {"", {}},
           {kFrom + "A: b\n\nx\n", {"A: b\n\nx\n"}},
           {kFrom + "A: b\n\nx\n\n", {"A: b\n\nx\n"}},
           {kFrom + "A: b\n\nx\n\n\n", {"A: b\n\nx\n\n"}},
           {kFrom + "A: b\n\nx\n\n" + kFrom + "C: d\n\ny\n",
            {"A: b\n\nx\n", "C: d\n\ny\n"}},
           {kFrom + "A: b\n\nx\n\n\n" + kFrom + "C: d\n",
            {"A: b\n\nx\n\n", "C: d\n"}},
           // no final line end
           {kFrom + "A: b\n\nx", {"A: b\n\nx"}},
           // a header without a body
           {kFrom + "A: b\n\n" + kFrom + "C: d\n\n", {"A: b\n", "C: d\n"}},
           // a From_ line at the end of the file: an empty message
           {kFrom + "A: b\n\n" + kFrom, {"A: b\n", ""}},
           {kFrom, {""}},
           {kFrom.substr(0, kFrom.size() - 1), {""}},
           // a headless start is a message of its own
           {"x\n\n" + kFrom + "A: b\n", {"x\n", "A: b\n"}},
           {"x\n", {"x\n"}},
           // empty lines and a byte order mark before the first are nothing
           {"\n\r\n\n" + kFrom + "A: b\n", {"A: b\n"}},
           {"\xEF\xBB\xBF" + kFrom + "A: b\n", {"A: b\n"}},
           {"\xEF\xBB\xBF\n" + kFrom + "A: b\n", {"A: b\n"}},
           {"\n\n", {}},
           // lines that are shorter than what is searched
           {"\n", {}},
           {"F", {"F"}},
           {"\nFrom", {"\nFrom"}},
       }) {
    EXPECT_EQ(Messages(SplitMbox(text)), messages) << text;
  }
}

TEST(SplitMbox, FromLinesAndOffsets) {
  const std::string text = "x\n\n" + kFrom + "A: b\n\n" +
                           "From c Thu Jan  1 00:00:00 1970\r\nC: d\r\n";
  const auto messages = SplitMbox(text);
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(messages[0].from_line, "");
  EXPECT_EQ(messages[0].from_offset, 0u);
  EXPECT_EQ(messages[1].from_line, kFrom.substr(0, kFrom.size() - 1));
  EXPECT_EQ(messages[1].from_offset, 3u);
  EXPECT_EQ(messages[2].from_line, "From c Thu Jan  1 00:00:00 1970");
  EXPECT_EQ(messages[2].from_offset, text.find("From c"));
  EXPECT_EQ(messages[2].message, "C: d\r\n");
}

TEST(SplitMbox, CrLf) {
  const std::string from = "From a@b Thu Jan  1 00:00:00 1970\r\n";
  const std::string text =
      from + "A: b\r\n\r\nx\r\n\r\n" + from + "C: d\r\n\r\ny\r\n\r\n";
  EXPECT_EQ(Messages(SplitMbox(text)),
            (Strings{"A: b\r\n\r\nx\r\n", "C: d\r\n\r\ny\r\n"}));
  // The program that wrote the From_ line used another line end.
  EXPECT_EQ(Messages(SplitMbox(kFrom + "A: b\r\n\r\nx\r\n\n" + kFrom +
                               "C: d\r\n\r\ny\r\n\r\n")),
            (Strings{"A: b\r\n\r\nx\r\n", "C: d\r\n\r\ny\r\n"}));
}

// Is the line, behind an empty line and before a field, a separator?
bool IsFromLine(const std::string& line) {
  const std::string text = "x\n\n" + line + "\nA: b\n\n";
  const auto found = SeparatorAt(text, 3, false);
  if (found) {
    EXPECT_EQ(found->from_line, 3u);
    EXPECT_EQ(found->message, 3 + line.size() + 1);
  }
  return found.has_value();
}

TEST(SeparatorAt, FromLines) {
  for (const char* line : {
           "From a@b.example Thu Jan  1 00:00:00 1970",
           "From a@b.example Thu Jan 1 00:00:00 1970",
           "From  Thu Jan  1 00:00:00 1970",  // no sender
           "From Thu Jan  1 00:00:00 1970",
           "From - Thu Jan  1 00:00:00 1970",  // Mozilla
           "From MAILER-DAEMON Thu Jan  1 00:00:00 1970",
           "From \"a b\"@c.example Thu Jan  1 00:00:00 1970",
           "From a b c d e f g h i Thu Jan  1 00:00:00 1970",
           "From a at b.example  Thu Jan  1 00:00:00 1970",  // pipermail
           // Google Takeout
           "From 1234567890@xxx Thu Jan 01 00:00:00 +0000 1970",
           "From a Thu Jan  1 00:00:00 1970 +0100",
           "From a Thu Jan  1 00:00 1970",
           "From a Thu, 1 Jan 1970 00:00:00 +0000",
           "From a@b\tThu Jan  1 00:00:00 1970",
           "From a Thu Jan  1 00:00:00 1970 ",
       }) {
    EXPECT_TRUE(IsFromLine(line)) << line;
  }
  EXPECT_TRUE(IsFromLine("From " + std::string(900, 'a') +
                         " Thu Jan  1 00:00:00 1970"));
}

TEST(SeparatorAt, LinesThatAreNone) {
  for (const char* line : {
           "From ",
           "From here on",
           "From a@b.example",
           "From me to you, at 10:30 or so",
           "From Monday to Friday",
           "From: a@b.example Thu Jan  1 00:00:00 1970",
           ">From a Thu Jan  1 00:00:00 1970",
           "from a Thu Jan  1 00:00:00 1970",
           " From a Thu Jan  1 00:00:00 1970",
           "FromaThu Jan  1 00:00:00 1970",
           "From a Thu Jan  1 00:00:00 1970 and so on",
           "From a Thu Jan 99 00:00:00 1970",
       }) {
    EXPECT_FALSE(IsFromLine(line)) << line;
  }
  EXPECT_FALSE(IsFromLine("From " + std::string(1000, 'a') +
                          " Thu Jan  1 00:00:00 1970"));
}

TEST(SeparatorAt, WhatStandsAround) {
  struct Case {
    std::string before, after;
    bool separator;
  };
  for (const Case& c : {
           Case{"", "A: b\n", true},
           Case{"\n", "A: b\n", true},
           Case{"x\n\n", "A: b\n", true},
           Case{"x\r\n\r\n", "A: b\n", true},
           Case{"x\n\r\n", "A: b\n", true},
           Case{"\xEF\xBB\xBF", "A: b\n", true},
           // before: an empty line with blanks, CR CR LF, or ^Z in it
           Case{"x\n \t \n", "A: b\n", true},
           Case{"x\n\r\r\n", "A: b\n", true},
           Case{"x\n\x1A\r\n", "A: b\n", true},
           // before: what crashed disks and joined files leave
           Case{"x\n" + std::string(9000, '\0'), "A: b\n", true},
           Case{"x" + std::string(1, '\0'), "A: b\n", true},
           Case{"x\n" + std::string(9000, '\0') + "\n", "A: b\n", true},
           Case{"x\r\n\x1A", "A: b\n", true},
           Case{"x\n\xEF\xBB\xBF", "A: b\n", true},
           // before: no empty line
           Case{"x\n", "A: b\n", false},
           Case{"x\r\n", "A: b\n", false},
           Case{std::string("x") + std::string(3, '\0') + "y\n", "A: b\n",
                false},
           Case{"x", "A: b\n", false},
           Case{"\r", "A: b\n", false},
           // behind: a field, whatever its value
           Case{"", "X-GM-THRID: 1\n", true},
           Case{"", "A:", true},
           Case{"", "A :", true},  // RFC 5322 4.5
           Case{"", "!#$: b", true},
           Case{"", ">From x\nA: b", true},
           Case{"", ">From x Thu Jan  1 00:00:00 1970\r\nA: b", true},
           // behind an empty line: fields that mail knows
           Case{"", "\nReceived: b\nX-Y: z\n", true},
           Case{"", "\r\n\r\nX-Y: b\n c\nSubject: z\n", true},
           Case{"", " \nX-Y: b\nSubject: z\n", true},
           Case{"", "\n\n\nX-Y: b\nSubject: z\n", false},
           Case{"", "\nA: b\nC: d\n", false},
           Case{"", "\nSubject: d\n\n", false},
           // behind an empty line: another message, or nothing
           Case{"", "\n" + kFrom + "A: b\n", false},
           // behind: none
           Case{"", "\nA: b\n", false},
           Case{"", "x\nA: b\n", false},
           Case{"", "x y: b\n", false},
           Case{"", ": b\n", false},
           Case{"", " A: b\n", false},
           Case{"", "A", false},
           Case{"", "A ", false},
           Case{"", ">From x\n\nA: b", false},
           Case{"", ">From x\n>From y\nA: b", false},
           Case{"", ">From x", false},
           Case{"", "\xC3\xA4: b\n", false},
       }) {
    const std::string text = c.before + kFrom + c.after;
    const auto found = SeparatorAt(text, c.before.size(), true);
    EXPECT_EQ(found.has_value(), c.separator)
        << testing::PrintToString(c.before) << " "
        << testing::PrintToString(c.after);
    // The end of the file makes no difference where a decision was made.
    EXPECT_EQ(SeparatorAt(text, c.before.size(), false).has_value(),
              c.separator);
  }
}

TEST(SeparatorAt, EndOfText) {
  const std::string line = kFrom.substr(0, kFrom.size() - 1);
  for (const std::string& text : {line, line + "\n", line + "\r\n"}) {
    const auto found = SeparatorAt(text, 0, true);
    ASSERT_TRUE(found.has_value()) << text;
    EXPECT_EQ(found->message, text.size());
    EXPECT_FALSE(SeparatorAt(text, 0, false).has_value()) << text;
  }
  EXPECT_FALSE(SeparatorAt(line + "\n\n", 0, true).has_value());
  EXPECT_FALSE(SeparatorAt("From ", 0, true).has_value());
  EXPECT_FALSE(SeparatorAt("", 0, true).has_value());
  EXPECT_FALSE(SeparatorAt(kFrom, 1000, true).has_value());
}

// Nothing behind the window can matter.
TEST(SeparatorAt, LooksAtABoundedWindow) {
  const size_t left = kSeparatorWindow - kFrom.size();
  const std::string fits = kFrom + std::string(left - 1, 'n') + ": b\n";
  EXPECT_TRUE(SeparatorAt(fits, 0, true).has_value());
  const std::string beyond = kFrom + std::string(left, 'n') + ": b\n";
  EXPECT_FALSE(SeparatorAt(beyond, 0, true).has_value());
  EXPECT_FALSE(SeparatorAt("From " + std::string(1 << 20, ' '), 0, true));
}

TEST(FindSeparator, AtAnyPlaceAndAlignment) {
  for (size_t shift = 0; shift < 200; ++shift) {
    const std::string text =
        std::string(shift, 'x') + "\n\n" + kFrom + "A: b\n";
    const auto found = FindSeparator(text, 0, false);
    ASSERT_TRUE(found.has_value()) << shift;
    EXPECT_EQ(found->from_line, shift + 2);
    EXPECT_EQ(FindSeparator(text, shift + 2, false)->from_line, shift + 2);
    EXPECT_FALSE(FindSeparator(text, shift + 3, false).has_value());
    EXPECT_FALSE(FindSeparator(text, text.size() + 9, false).has_value());
    const auto last = FindLastSeparator(text, 0, text.size(), false);
    ASSERT_TRUE(last.has_value()) << shift;
    EXPECT_EQ(last->from_line, shift + 2);
    EXPECT_TRUE(FindLastSeparator(text, 0, shift + 3, false).has_value());
    EXPECT_FALSE(FindLastSeparator(text, 0, shift + 2, false).has_value());
    EXPECT_FALSE(FindLastSeparator(text, shift + 3, text.size(), false));
  }
}

TEST(FindLastSeparator, FarFromTheEnd) {
  const std::string text = kFrom + "A: b\n\n" + kFrom + "C: d\n\n" +
                           std::string(100000, '\n') + "From here\n" +
                           std::string(100000, 'x');
  const auto found = FindLastSeparator(text, 0, text.size(), true);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->from_line, kFrom.size() + 6);
  EXPECT_EQ(FindLastSeparator(text, 0, found->from_line, true)->from_line, 0u);
}

std::string RandomMbox(std::mt19937* random) {
  static const std::string kPieces[] = {"From a Thu Jan  1 00:00:00 1970",
                                        "From b",
                                        "\n",
                                        "\n",
                                        "\n\n",
                                        "\r\n",
                                        "A: b",
                                        "x",
                                        ">From c\n",
                                        " ",
                                        "\x1A",
                                        std::string(3, '\0'),
                                        "\xEF\xBB\xBF",
                                        "\n\n" + kFrom + "A: b\n"};
  std::string text;
  for (size_t n = (*random)() % 40; n > 0; --n) {
    text += kPieces[(*random)() % std::size(kPieces)];
  }
  return text;
}

// What belongs to separators: an empty line, and what is no text in it.
bool IsEmptyLine(std::string_view text) {
  return text.find_first_not_of(
             std::string_view("\r\n \x1A\0\xEF\xBB\xBF", 8)) == text.npos;
}

// P7: every octet is part of a message, its From_ line, or the empty line of a
// separator.
TEST(SplitMbox, CoversTheText) {
  std::mt19937 random(3);
  for (int n = 0; n < 30000; ++n) {
    const std::string text = RandomMbox(&random);
    const auto messages = SplitMbox(text);
    size_t begin = 0;
    for (size_t i = 0; i < messages.size(); ++i) {
      const MboxMessage& m = messages[i];
      const std::string_view gap =
          std::string_view(text).substr(begin, m.from_offset - begin);
      if (i > 0) {
        ASSERT_TRUE(IsEmptyLine(gap)) << text;
      } else {
        ASSERT_TRUE(IsEmptyLine(gap)) << text;
      }
      if (!m.from_line.empty()) {
        ASSERT_EQ(m.from_line.data(), text.data() + m.from_offset);
        const auto separator = WeighSeparator(text, m.from_offset, true);
        ASSERT_TRUE(separator);
        // The first message begins with the text, whatever stands there.
        ASSERT_TRUE(i == 0 || separator->certainty == Certainty::kCertain);
      } else {
        ASSERT_EQ(i, 0u);
      }
      const size_t message =
          static_cast<size_t>(m.message.data() - text.data());
      const std::string_view line_end = std::string_view(text).substr(
          m.from_offset + m.from_line.size(),
          message - m.from_offset - m.from_line.size());
      ASSERT_TRUE(IsEmptyLine(line_end)) << text;
      begin = message + m.message.size();
    }
    if (!messages.empty()) {
      ASSERT_TRUE(IsEmptyLine(std::string_view(text).substr(begin))) << text;
    } else {
      ASSERT_TRUE(IsEmptyLine(text)) << text;
    }
  }
}

// Every place where a separator may stand, asked one by one.
TEST(FindSeparator, FindsWhatAskingEverywhereFinds) {
  std::mt19937 random(4);
  for (int n = 0; n < 5000; ++n) {
    const std::string text = RandomMbox(&random);
    std::vector<size_t> expected, found, backwards;
    for (size_t i = 0; i < text.size(); ++i) {
      if (SeparatorAt(text, i, true)) expected.push_back(i);
    }
    for (auto s = FindSeparator(text, 0, true); s;
         s = FindSeparator(text, s->from_line + 1, true)) {
      found.push_back(s->from_line);
    }
    for (auto s = FindLastSeparator(text, 0, text.size(), true); s;
         s = FindLastSeparator(text, 0, s->from_line, true)) {
      backwards.insert(backwards.begin(), s->from_line);
    }
    ASSERT_EQ(found, expected) << text;
    ASSERT_EQ(backwards, expected) << text;
  }
}

// P9: runs cut at separators hold the messages of the whole, whatever the size
// of the blocks.
TEST(SplitMbox, RunsSplitAsTheWhole) {
  std::mt19937 random(5);
  for (int n = 0; n < 5000; ++n) {
    const std::string text = RandomMbox(&random);
    const Strings whole = Messages(SplitMbox(text));
    for (size_t block : {1, 7, 40, 100, 300}) {
      Strings cut;
      size_t begin = 0;
      for (size_t end = block; begin < text.size(); end += block) {
        const bool at_end = end >= text.size();
        const auto next = at_end
                              ? std::nullopt
                              : FindLastSeparator(text, begin + 1, end, true);
        if (!next && !at_end) continue;
        const size_t stop = next ? next->from_line : text.size();
        const auto tail = at_end ? MboxSplitter::Tail::kEnds
                                 : MboxSplitter::Tail::kEndsAtSeparator;
        for (const std::string& message : Messages(
                 SplitMbox(std::string_view(text).substr(begin, stop - begin),
                           {}, tail))) {
          cut.push_back(message);
        }
        begin = stop;
      }
      ASSERT_EQ(cut, whole) << block << " " << text;
    }
  }
}

// A reader that holds a block and kSeparatorWindow octets behind it decides as
// one that holds the file.
TEST(SeparatorAt, TheWindowIsEnough) {
  std::mt19937 random(7);
  for (int n = 0; n < 40; ++n) {
    std::string text;
    for (int i = 0; i < 20; ++i) {
      text += RandomMbox(&random) + std::string(random() % 600, 'x');
    }
    for (size_t i = 0; i < text.size(); ++i) {
      const std::string_view seen =
          std::string_view(text).substr(0, i + kSeparatorWindow);
      const bool at_end = seen.size() == text.size();
      ASSERT_EQ(SeparatorAt(seen, i, at_end).has_value(),
                SeparatorAt(text, i, true).has_value());
    }
  }
}

// Random mail, with what looks like a separator and is none.
std::string RandomMbox(std::mt19937& random) {
  const std::string parts[] = {"\n" + kFrom + "A: b\n",
                               kFrom,
                               "\n\n",
                               "\r\n",
                               "From me\n",
                               "\nA: b\n",
                               "A: b\n\ntext\n",
                               ">From x\n",
                               std::string(700, 'x'),
                               "\n" + kFrom,
                               "\r\n" + kFrom,
                               "\xEF\xBB\xBF\n"};
  std::string text;
  for (size_t n = random() % 120; n > 0; --n) {
    text += parts[random() % std::size(parts)];
  }
  return text;
}

// Where each message and its From_ line lie.
std::vector<std::array<const char*, 4>> Views(
    const std::vector<MboxMessage>& messages) {
  std::vector<std::array<const char*, 4>> views;
  for (const MboxMessage& m : messages) {
    views.push_back({m.from_line.data(),
                     m.from_line.data() + m.from_line.size(), m.message.data(),
                     m.message.data() + m.message.size()});
  }
  return views;
}

// However the text arrives, the same views come out.
TEST(MboxSplitter, ARunThatGrows) {
  std::mt19937 random(4155);
  size_t given_early = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string text = RandomMbox(random);
    const std::vector<MboxMessage> whole = SplitMbox(text);
    std::vector<MboxMessage> grown;
    MboxSplitter splitter;
    for (size_t size = 0; size < text.size();) {
      size = std::min<size_t>(text.size(), size + 1 + random() % 9000);
      splitter.Extend(std::string_view(text).substr(0, size),
                      size == text.size() ? MboxSplitter::Tail::kEnds
                                          : MboxSplitter::Tail::kGoesOn);
      while (auto m = splitter.Next()) grown.push_back(*m);
      if (size < text.size()) given_early = std::max(given_early, grown.size());
      ASSERT_LE(splitter.done(), size);
    }
    ASSERT_EQ(Views(grown), Views(whole)) << round;
    ASSERT_EQ(splitter.done(), text.size());
  }
  EXPECT_GT(given_early, 5u);
}

// The text is lost before the run ends: the last message is not given.
TEST(MboxSplitter, ARunThatIsLost) {
  std::mt19937 random(1);
  for (int round = 0; round < 400; ++round) {
    const std::string text = RandomMbox(random);
    const std::string_view seen =
        std::string_view(text).substr(0, random() % (text.size() + 1));
    const auto last = FindLastSeparator(seen, 1, seen.size(), false);
    MboxSplitter splitter;
    splitter.Extend(seen.substr(0, random() % (seen.size() + 1)),
                    MboxSplitter::Tail::kGoesOn);
    std::vector<MboxMessage> given;
    while (auto m = splitter.Next()) given.push_back(*m);
    splitter.Extend(seen, MboxSplitter::Tail::kIsLost);
    while (auto m = splitter.Next()) given.push_back(*m);
    const size_t cut = last ? last->from_line : 0;
    ASSERT_EQ(splitter.done(), cut) << round;
    ASSERT_EQ(Views(given), Views(SplitMbox(seen.substr(0, cut)))) << round;
  }
}

// What is not certain, and what the dialect makes of it.
TEST(WeighSeparator, Doubts) {
  constexpr auto kUnlikely = Certainty::kUnlikely;
  constexpr auto kLikely = Certainty::kLikely;
  constexpr auto kCertain = Certainty::kCertain;
  const std::string header = "Received: x\nSubject: y\n";
  const std::string patch =
      "From " + std::string(40, 'a') + " Mon Sep 17 00:00:00 2001\n";
  struct Case {
    std::string before, line, after;
    std::optional<Certainty> plain, undated, no_empty_line, patches;
  };
  for (const Case& c : {
           // no empty line
           Case{"x\n", kFrom, header, kLikely, kLikely, kLikely, kLikely},
           Case{"x\n", kFrom, "Subject: y\n\n", kUnlikely, kUnlikely, kUnlikely,
                kUnlikely},
           Case{"x\n", kFrom, "A: b\nC: d\n", {}, {}, {}, {}},
           Case{"x\n", kFrom, "quoted\n", {}, {}, {}, {}},
           // no date
           Case{"\n", "From \n", header, kLikely, kCertain, kLikely, kLikely},
           Case{"\n", "From - \n", header, kLikely, kCertain, kLikely, kLikely},
           Case{"\n", "From a@b\n", header, kLikely, kCertain, kLikely,
                kLikely},
           Case{"\n", "From a@b\n", "Subject: y\n\n", kUnlikely, kUnlikely,
                kUnlikely, kUnlikely},
           Case{"\n", "From a@b 5 xyz 2024 10:00\n", header, kLikely, kCertain,
                kLikely, kLikely},
           Case{"\n", "From a\n", header, kUnlikely, kLikely, kUnlikely,
                kUnlikely},
           Case{"\n", "From a\n", "Subject: y\n\n", {}, {}, {}, {}},
           Case{"\n", "From me to you\n", header, {}, {}, {}, {}},
           // neither
           Case{"x\n", "From \n", header, kLikely, kLikely, kLikely, kLikely},
           Case{"x\n", "From a@b\n", header, kUnlikely, kUnlikely, kLikely,
                kUnlikely},
           Case{"x\n", "From a\n", header, kUnlikely, kUnlikely, kUnlikely,
                kUnlikely},
           // a patch in a message, and a mailbox of patches
           Case{"\n", patch, header, kUnlikely, kUnlikely, kUnlikely, kCertain},
           Case{"x\n", patch, header, {}, {}, {}, kLikely},
           Case{"\n", patch, "text\n", {}, {}, {}, kUnlikely},
           // a header that is lost, or begins with what is no field
           Case{"\n", kFrom, " x\n" + header, kUnlikely, kUnlikely, kUnlikely,
                kUnlikely},
           Case{"\n", kFrom, "From : x\n" + header, kUnlikely, kUnlikely,
                kUnlikely, kUnlikely},
           Case{"\n", kFrom, "quoted\n", kUnlikely, kUnlikely, kUnlikely,
                kUnlikely},
           // the line before a separator
           Case{"\n", kFrom, kFrom + header, {}, {}, {}, {}},
       }) {
    const std::string text = "x\n" + c.before + c.line + c.after;
    const size_t at = 2 + c.before.size();
    const auto weigh = [&](const MboxDialect& dialect) {
      const auto found = WeighSeparator(text, at, true, dialect);
      return found ? std::optional(found->certainty) : std::nullopt;
    };
    EXPECT_EQ(weigh({}), c.plain) << text;
    EXPECT_EQ(weigh({.undated = true}), c.undated) << text;
    EXPECT_EQ(weigh({.no_empty_line = true}), c.no_empty_line) << text;
    EXPECT_EQ(weigh({.patches = true}), c.patches) << text;
  }
}

TEST(ReadDialect, IsBelievedWhereNothingSpeaksAgainstIt) {
  const std::string message = "Received: x\nSubject: y\n\ntext\n";
  const auto mailbox = [&](const std::string& line, const std::string& before,
                           int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += line + message + before;
    return text;
  };
  const std::string patch =
      "From " + std::string(64, 'a') + " Mon Sep 17 00:00:00 2001\n";
  EXPECT_EQ(ReadDialect(mailbox(kFrom, "\n", 4)), MboxDialect());
  EXPECT_EQ(ReadDialect(mailbox("From \n", "\n", 4)),
            MboxDialect{.undated = true});
  EXPECT_EQ(ReadDialect(mailbox("From a\n", "\n", 4)),
            MboxDialect{.undated = true});
  EXPECT_EQ(ReadDialect(mailbox("From \n", "\n", 3)), MboxDialect());
  EXPECT_EQ(ReadDialect(mailbox("From \n", "\n", 9) + kFrom + message),
            MboxDialect());
  EXPECT_EQ(ReadDialect(mailbox(kFrom, "", 3)),
            MboxDialect{.no_empty_line = true});
  EXPECT_EQ(ReadDialect(mailbox(kFrom, "", 2)), MboxDialect());
  EXPECT_EQ(ReadDialect(mailbox(kFrom, "\n", 3) + mailbox(kFrom, "", 2)),
            MboxDialect());
  EXPECT_EQ(ReadDialect(mailbox(patch, "\n", 1)), MboxDialect{.patches = true});
  EXPECT_EQ(ReadDialect(kFrom + message + "\n" + patch), MboxDialect());
  EXPECT_EQ(ReadDialect(""), MboxDialect());
}

TEST(BeginsMbox, AFirstLineIsHardlyEnough) {
  const std::string header = "Received: x\nSubject: y\n\n";
  for (const std::string& line :
       {kFrom, std::string("From \n"), std::string("From a@b\n"),
        std::string("From - Sat Apr  6 20:13:31 2013\n\n")}) {
    EXPECT_TRUE(BeginsMbox(line + header, true)) << line;
  }
  for (const std::string& text :
       {"From a\n" + header, std::string("From a@b\nSubject: x\n\ny\n"), header,
        std::string("From here on\n" + header), std::string()}) {
    EXPECT_FALSE(BeginsMbox(text, true)) << text;
  }
}

// The first header is lost or odd; what follows shows a mailbox.
TEST(BeginsMbox, ByTheMessagesThatFollow) {
  const std::string header = "Received: x\nSubject: y\n\n";
  const std::string dated = "\n" + kFrom + header + "text\n";
  for (const std::string odd : {" folded\n", "***SPAM***\n", "From : x\n",
                                "Message Text: x\n", "\n\n\n"}) {
    const std::string first = kFrom + odd + header;
    EXPECT_FALSE(BeginsMbox(first, true)) << first;
    EXPECT_TRUE(BeginsMbox(first + dated, true)) << first;
  }
  for (const std::string from : {"From \n", "From a@b\n", "From -\n"}) {
    const std::string first = from + "Subject: x\n\ntext\n";
    EXPECT_FALSE(BeginsMbox(first, true)) << first;
    EXPECT_TRUE(BeginsMbox(first + "\n" + from + header, true)) << first;
  }
  // So much behind it that no other is in sight.
  EXPECT_TRUE(BeginsMbox("From a\n" + header, false));
  EXPECT_FALSE(BeginsMbox(kFrom + "text\n", false));
  EXPECT_FALSE(BeginsMbox("From here on\n" + dated, true));
}

TEST(MessageEnd, WithoutWhatIsNoPartOfTheMessage) {
  using std::string_literals::operator""s;
  struct Case {
    std::string text;
    size_t before_separator, at_end;
  };
  for (const Case& c : {
           Case{"x\n\n", 2, 2},
           Case{"x\r\n\r\n", 3, 3},
           Case{"x\n", 2, 2},
           Case{"x", 1, 1},
           Case{"", 0, 0},
           // blanks in the empty line only where a separator follows
           Case{"x\n \t\n", 2, 5},
           Case{"x \n", 3, 3},
           Case{"x\n\n\x1A", 2, 2},
           Case{"x\n\x1A\n", 2, 2},
           Case{"x\n\n\xEF\xBB\xBF", 2, 6},
           Case{"x\n\0\0"s, 2, 2},
           Case{"x\n\0\0\r\n"s, 2, 2},
           Case{"\0"s, 0, 0},
           Case{"x\0y\n\n"s, 4, 4},
           Case{"x\r\r\n\r\r\n", 4, 4},
       }) {
    EXPECT_EQ(MessageEnd(c.text, c.text.size(), true), c.before_separator)
        << testing::PrintToString(c.text);
    EXPECT_EQ(MessageEnd(c.text, c.text.size(), false), c.at_end)
        << testing::PrintToString(c.text);
  }
}

TEST(MboxSplitter, TellsWhereDoubtsAre) {
  const std::string header = "Received: x\nSubject: y\n\n";
  const std::string text = kFrom + header + "a\n\n" + kFrom + header +
                           "b\nFrom \n" + header + "c\n\n" + kFrom + header;
  const auto messages = SplitMbox(text);
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_FALSE(messages[0].in_doubt);
  EXPECT_TRUE(messages[1].in_doubt);
  EXPECT_FALSE(messages[2].in_doubt);
}

TEST(ContentLength, PlainNumberOfTheFirstField) {
  struct Case {
    std::string header;
    std::optional<uint64_t> length;
  };
  for (const Case& c : {
           Case{"Content-Length: 5\n\n", 5},
           Case{"A: b\r\ncontent-LENGTH :  0042 \r\n\r\n", 42},
           Case{"Content-Length:7", 7},
           Case{"Content-Length: 18446744073709551615\n",
                18446744073709551615u},
           Case{"Content-Length: 1\nContent-Length: 2\n\n", 1},
           Case{"", std::nullopt},
           Case{"A: b\n\nContent-Length: 5\n", std::nullopt},
           Case{" Content-Length: 5\n\n", std::nullopt},
           Case{"Content-Lengths: 5\n\n", std::nullopt},
           Case{"Content-Length\n\n", std::nullopt},
           Case{"Content-Length:\n\n", std::nullopt},
           Case{"Content-Length: -5\n\n", std::nullopt},
           Case{"Content-Length: +5\n\n", std::nullopt},
           Case{"Content-Length: 5 6\n\n", std::nullopt},
           Case{"Content-Length: 0x5\n\n", std::nullopt},
           Case{"Content-Length: 18446744073709551616\n\n", std::nullopt},
       }) {
    EXPECT_EQ(ContentLength(c.header), c.length) << c.header;
  }
}

}  // namespace
}  // namespace mailassay::mail
