// Candidates ("\nFrom ") are found 64 octets at a time; the rule is then
// applied to the few there are.  It ends at the first empty line behind the
// From_ line, so what follows the next separator cannot change it: a file cut
// into runs at separators splits into the same messages as the whole.
#include "lib/mail/mbox.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/mail/date.h"
#include "lib/mail/from_scan.h"

namespace mailassay::mail {
namespace {

constexpr std::string_view kFrom = "From ";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kNone = std::string_view::npos;

// Longer lines are no From_ lines: RFC 5321 4.5.3.1.3 allows a path of 256.
constexpr size_t kMaxFromLine = 1000;
// "Thu Jan  1 00:00:00 MET DST 1970" has seven words and 32 octets.
constexpr size_t kMaxDateWords = 8;
constexpr size_t kMaxDate = 80;
constexpr size_t kMinDate = 20;  // "Thu Jan 1 00:00 1970"
// Backward search: octets scanned forward at a time.
constexpr size_t kBackwardStep = 16u << 10;

// The line at the start of `text` without its line end.  `next` is the octet
// behind it; `ended` is false where the text ends before LF.
struct Line {
  std::string_view text;
  size_t next = 0;
  bool ended = false;
};

Line FirstLine(std::string_view text) {
  const size_t lf = text.find('\n');
  if (lf == kNone) return {text, text.size(), false};
  const bool crlf = lf > 0 && text[lf - 1] == '\r';
  return {text.substr(0, lf - (crlf ? 1 : 0)), lf + 1, true};
}

std::string_view WithoutByteOrderMark(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  return text;
}

// Does text[0, offset) end in an empty line, or is it nothing at all (but for
// a byte order mark)?
bool IsBehindEmptyLine(std::string_view text, size_t offset) {
  std::string_view before = WithoutByteOrderMark(text.substr(0, offset));
  if (before.empty()) return true;
  if (!before.ends_with('\n')) return false;
  before.remove_suffix(1);
  if (before.ends_with('\r')) before.remove_suffix(1);
  return before.empty() || before.ends_with('\n');
}

// Where the date at the end of a From_ line begins, or kNone.  The sender may
// hold anything, so the last few words are tried, the longest date first.
size_t FindDate(std::string_view line) {
  std::array<size_t, kMaxDateWords> words{};
  size_t count = 0;
  const size_t first =
      std::max(kFrom.size(), line.size() - std::min(line.size(), kMaxDate));
  for (size_t i = line.size(); i > first && count < words.size();) {
    --i;
    if (IsWsp(line[i - 1]) && !IsWsp(line[i])) words[count++] = i;
  }
  while (count > 0) {
    const size_t begin = words[--count];
    if (line.size() - begin < kMinDate) break;
    if (ParseFromLineDate(line.substr(begin))) return begin;
  }
  return kNone;
}

// RFC 5322 2.2: printable ASCII but for the colon.
bool IsFieldNameChar(char c) { return c > 32 && c < 127 && c != ':'; }

bool BeginsWithField(std::string_view text) {
  size_t i = 0;
  while (i < text.size() && IsFieldNameChar(text[i])) ++i;
  if (i == 0) return false;
  while (i < text.size() && IsWsp(text[i])) ++i;  // RFC 5322 4.5
  return i < text.size() && text[i] == ':';
}

// A field, or a ">From " line that an earlier mbox left and then a field.
bool BeginsWithHeader(std::string_view text) {
  if (BeginsWithField(text)) return true;
  if (!text.starts_with(">From ")) return false;
  const Line line = FirstLine(text);
  return line.ended && BeginsWithField(text.substr(line.next));
}

bool IsEmptyLines(std::string_view text) {
  while (!text.empty()) {
    const Line line = FirstLine(text);
    if (!line.text.empty()) return false;
    text.remove_prefix(line.next);
  }
  return true;
}

// Without the empty line at its end, if there is one.
std::string_view WithoutEmptyLine(std::string_view text) {
  if (!text.ends_with('\n') || !IsBehindEmptyLine(text, text.size())) {
    return text;
  }
  text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

MboxMessage MakeMessage(std::string_view text, const Separator& separator,
                        size_t end) {
  const std::string_view from =
      text.substr(separator.from_line, separator.message - separator.from_line);
  return {
      FirstLine(from).text,
      WithoutEmptyLine(text.substr(separator.message, end - separator.message)),
      separator.from_line};
}

// The first separator whose From_ line begins in text[begin, end).
std::optional<Separator> FindSeparatorIn(std::string_view text, size_t begin,
                                         size_t end, bool at_end) {
  if (begin >= end) return std::nullopt;
  if (auto found = SeparatorAt(text, begin, at_end)) return found;
  if (begin <= kByteOrderMark.size() && text.starts_with(kByteOrderMark)) {
    auto found = SeparatorAt(text, kByteOrderMark.size(), at_end);
    if (found && found->from_line < end) return found;
  }
  // The last "\nFrom " that counts has its F at end - 1.
  const size_t scan_end =
      text.size() - end < kFrom.size() ? text.size() : end + kFrom.size() - 1;
  for (size_t at = FindNewlineFrom(text, begin, scan_end); at != kNone;
       at = FindNewlineFrom(text, at + 1, scan_end)) {
    if (auto found = SeparatorAt(text, at + 1, at_end)) return found;
  }
  return std::nullopt;
}

// Decimal digits and nothing else.
std::optional<uint64_t> ParseNumber(std::string_view text) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Separator> SeparatorAt(std::string_view text, size_t offset,
                                     bool at_end) {
  if (offset >= text.size() || !IsBehindEmptyLine(text, offset)) {
    return std::nullopt;
  }
  const std::string_view window = text.substr(offset, kSeparatorWindow);
  if (!window.starts_with(kFrom)) return std::nullopt;
  const Line line = FirstLine(window.substr(0, kMaxFromLine + 2));
  const bool file_ends_here = at_end && offset + line.next == text.size();
  if (!line.ended && !file_ends_here) return std::nullopt;
  if (line.text.size() > kMaxFromLine) return std::nullopt;
  if (!file_ends_here && !BeginsWithHeader(window.substr(line.next))) {
    return std::nullopt;
  }
  if (FindDate(line.text) == kNone) return std::nullopt;
  return Separator{offset, offset + line.next};
}

std::optional<Separator> FindSeparator(std::string_view text, size_t begin,
                                       bool at_end) {
  return FindSeparatorIn(text, begin, text.size(), at_end);
}

std::optional<Separator> FindLastSeparator(std::string_view text, size_t begin,
                                           size_t end, bool at_end) {
  end = std::min(end, text.size());
  while (begin < end) {
    const size_t step = end - std::min(end - begin, kBackwardStep);
    std::optional<Separator> last;
    for (auto next = FindSeparatorIn(text, step, end, at_end); next;
         next = FindSeparatorIn(text, next->from_line + 1, end, at_end)) {
      last = next;
    }
    if (last) return last;
    end = step;
  }
  return std::nullopt;
}

void MboxSplitter::Extend(std::string_view text, Tail tail) {
  text_ = text;
  tail_ = tail;
}

// The first separator behind those found before, if it is certain.
std::optional<Separator> MboxSplitter::FindNext() {
  size_t end = text_.size();
  if (tail_ == Tail::kGoesOn) end -= std::min(end, kSeparatorWindow);
  const auto next =
      FindSeparatorIn(text_, searched_, end, tail_ == Tail::kEnds);
  searched_ = next ? next->message : std::max(searched_, end);
  return next;
}

std::optional<MboxMessage> MboxSplitter::Next() {
  while (!ended_) {
    const std::optional<Separator> next = FindNext();
    if (!next && tail_ != Tail::kEnds) return std::nullopt;
    ended_ = !next;
    const std::optional<Separator> open = std::exchange(open_, next);
    const size_t end = next ? next->from_line : text_.size();
    done_ = end;
    if (open) return MakeMessage(text_, *open, end);
    const std::string_view head = text_.substr(0, end);
    if (!IsEmptyLines(WithoutByteOrderMark(head))) {
      return MboxMessage{{}, WithoutEmptyLine(head), 0};
    }
  }
  return std::nullopt;
}

std::vector<MboxMessage> SplitMbox(std::string_view text) {
  std::vector<MboxMessage> messages;
  MboxSplitter splitter(text);
  while (auto message = splitter.Next()) messages.push_back(*message);
  return messages;
}

std::string_view EnvelopeFrom(std::string_view from_line) {
  if (!from_line.starts_with(kFrom)) return {};
  const std::string_view line = FirstLine(from_line).text;
  const size_t date = std::min(FindDate(line), line.size());
  return TrimFws(line.substr(kFrom.size(), date - kFrom.size()));
}

std::optional<uint64_t> ContentLength(std::string_view header) {
  constexpr std::string_view kName = "Content-Length";
  while (!header.empty()) {
    const Line line = FirstLine(header);
    if (line.text.empty()) break;
    header.remove_prefix(line.next);
    if (!StartsWithIgnoreCase(line.text, kName)) continue;
    std::string_view rest = TrimFws(line.text.substr(kName.size()));
    if (!rest.starts_with(':')) continue;
    return ParseNumber(TrimFws(rest.substr(1)));
  }
  return std::nullopt;
}

}  // namespace mailassay::mail
