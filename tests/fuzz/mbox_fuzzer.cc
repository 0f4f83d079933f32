// The mbox splitter.  Properties:
// - messages, From_ lines and what belongs to separators (an empty line,
// blanks,
//   NUL, ^Z, a byte order mark) cover the text in order;
// - a file cut into runs at any certain separator splits into the same
// messages,
//   in doubt or not, whatever the dialect;
// - searching backwards finds the last one that searching forwards finds.
#include <vector>

#include "lib/mail/from_line.h"
#include "lib/mail/mbox.h"
#include "tests/fuzz/fuzz_input.h"

namespace mailassay::mail {
namespace {

size_t OffsetIn(std::string_view text, std::string_view part) {
  return static_cast<size_t>(part.data() - text.data());
}

// What no message has at its end or before its beginning.
bool IsNothing(std::string_view text) {
  return text.find_first_not_of(std::string_view("\r\n \t\0\x1A\xEF\xBB\xBF",
                                                 10)) == std::string_view::npos;
}

void CheckCover(std::string_view text,
                const std::vector<MboxMessage>& messages) {
  size_t at = 0;
  for (size_t i = 0; i < messages.size(); ++i) {
    const MboxMessage& m = messages[i];
    FUZZ_CHECK(m.from_offset >= at);
    const std::string_view gap = text.substr(at, m.from_offset - at);
    FUZZ_CHECK(IsNothing(gap));
    at = m.from_offset;
    if (!m.from_line.empty()) {
      FUZZ_CHECK(OffsetIn(text, m.from_line) == at);
      at += m.from_line.size();
      const size_t begin = m.message.data() ? OffsetIn(text, m.message) : at;
      FUZZ_CHECK(begin >= at && IsNothing(text.substr(at, begin - at)));
      at = begin;
    }
    at += m.message.size();
    FUZZ_CHECK(at <= text.size());
  }
  FUZZ_CHECK(IsNothing(text.substr(at)));
}

std::vector<size_t> AllSeparators(std::string_view text,
                                  const MboxDialect& dialect) {
  std::vector<size_t> all;
  for (auto next = FindSeparator(text, 0, true, dialect); next;
       next = FindSeparator(text, next->from_line + 1, true, dialect)) {
    const auto again = SeparatorAt(text, next->from_line, true, dialect);
    FUZZ_CHECK(again && again->message == next->message);
    all.push_back(next->from_line);
  }
  return all;
}

void CheckRuns(std::string_view text, const MboxDialect& dialect,
               const std::vector<MboxMessage>& whole, size_t cut) {
  std::vector<MboxMessage> runs = SplitMbox(
      text.substr(0, cut), dialect, MboxSplitter::Tail::kEndsAtSeparator);
  for (MboxMessage m : SplitMbox(text.substr(cut), dialect)) {
    m.from_offset += cut;
    runs.push_back(m);
  }
  FUZZ_CHECK(runs.size() == whole.size());
  for (size_t i = 0; i < runs.size(); ++i) {
    FUZZ_CHECK(runs[i].from_line == whole[i].from_line);
    FUZZ_CHECK(runs[i].message == whole[i].message);
    FUZZ_CHECK(runs[i].from_offset == whole[i].from_offset);
    FUZZ_CHECK(runs[i].in_doubt == whole[i].in_doubt);
  }
}

void Check(std::string_view text, size_t choice) {
  const MboxDialect dialect =
      choice % 2 == 0 ? ReadDialect(text)
                      : MboxDialect{choice / 2 % 2 == 1, choice / 4 % 2 == 1,
                                    choice / 8 % 2 == 1};
  const std::vector<MboxMessage> whole = SplitMbox(text, dialect);
  CheckCover(text, whole);
  for (const MboxMessage& m : whole) {
    EnvelopeFrom(m.from_line);
    ContentLength(m.message);
  }
  const std::vector<size_t> separators = AllSeparators(text, dialect);
  const size_t begin = choice % (text.size() + 1);
  const auto last = FindLastSeparator(text, begin, text.size(), true, dialect);
  if (separators.empty() || separators.back() < begin) {
    FUZZ_CHECK(!last);
    return;
  }
  FUZZ_CHECK(last && last->from_line == separators.back());
  CheckRuns(text, dialect, whole, separators[choice % separators.size()]);
}

}  // namespace
}  // namespace mailassay::mail

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr std::string_view kPieces[] = {
      "\n",
      "\r\n",
      "\r",
      "From ",
      "a@b ",
      "Wed Jan  1 00:00:00 2020",
      " +0000",
      ">From ",
      "A: b",
      ":",
      " ",
      "x",
      "\xEF\xBB\xBF",
      "\n\nFrom a Wed Jan  1 00:00:00 2020\nA: b\n",
      "\r\n\r\nFrom a Wed Jan  1 00:00:00 2020\r\nA: b\r\n",
      "Content-Length: ",
      "From \n",
      "From c@d\n",
      "From e\n",
      "Received: b\n",
      "Subject: c\n",
      "From 0123456789012345678901234567890123456789 "
      "Mon Sep 17 00:00:00 2001\n",
      std::string_view("\0", 1),
      "\x1A",
      "1"};
  if (size < 2) return 0;
  const size_t choice = data[0] + 256U * data[1];
  const std::string_view text = mailassay::AsText(data + 2, size - 2);
  mailassay::mail::Check(text, choice);
  mailassay::mail::Check(mailassay::IntoPieces(text, kPieces), choice);
  return 0;
}
