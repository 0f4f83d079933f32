// Candidates ("From ") are found 64 octets at a time; the rule is then applied
// to the few that stand where a line begins.  It looks at nothing behind the
// first fields, so what follows the next separator cannot change it: a file cut
// into runs at separators splits into the same messages as the whole.
#include "lib/mail/mbox.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/mail/field_name.h"
#include "lib/mail/from_line.h"
#include "lib/mail/text_scan.h"

namespace mailassay::mail {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kNone = std::string_view::npos;
constexpr char kCtrlZ = '\x1A';

// Backward search: octets scanned forward at a time.
constexpr size_t kBackwardStep = 16u << 10;
// What may stand in an empty line all the same, and ^Z behind a message; with
// the line ends and a byte order mark less than kSeparatorContext.
constexpr size_t kMaxBlanks = 40;
constexpr size_t kMaxCtrlZ = 8;
// Of a header that begins here so many fields are looked at.
constexpr int kFieldsLookedAt = 3;

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

// Without the line end at its end; CR CR LF is one that was written twice over.
std::string_view WithoutLineEnd(std::string_view text) {
  if (!text.ends_with('\n')) return text;
  text.remove_suffix(1);
  for (int i = 0; i < 2 && text.ends_with('\r'); ++i) text.remove_suffix(1);
  return text;
}

bool IsBlankOrCtrlZ(char c) { return IsWsp(c) || c == kCtrlZ; }

// Does `text` end in an empty line, or one that has only blanks in it?
// `with_blanks`: else only ^Z.
std::optional<size_t> BeginOfEmptyLine(std::string_view text,
                                       bool with_blanks) {
  if (!text.ends_with('\n')) return std::nullopt;
  std::string_view line = WithoutLineEnd(text);
  for (size_t i = 0; i < kMaxBlanks && !line.empty(); ++i) {
    if (with_blanks ? !IsBlankOrCtrlZ(line.back()) : line.back() != kCtrlZ) {
      break;
    }
    line.remove_suffix(1);
  }
  if (!line.empty() && !line.ends_with('\n')) return std::nullopt;
  return line.size();
}

// May a line begin at text[offset]?  What has no line end before it but what a
// crash or a joining of files leaves may, too.
bool MayBeginLine(std::string_view text, size_t offset) {
  if (offset == 0) return true;
  const char before = text[offset - 1];
  return before == '\n' || before == '\0' || before == kCtrlZ ||
         before == kByteOrderMark.back();
}

// Does text[0, offset) end in an empty line, in what a crash or a joining of
// files leaves, or is it nothing at all (but for a byte order mark)?
bool IsBehindEmptyLine(std::string_view text, size_t offset) {
  std::string_view before = text.substr(0, offset);
  if (before.ends_with(kByteOrderMark)) {
    before.remove_suffix(kByteOrderMark.size());
    return before.empty() || before.ends_with('\n');
  }
  if (before.size() > kSeparatorContext) {
    before.remove_prefix(before.size() - kSeparatorContext);
  } else {
    before = WithoutByteOrderMark(before);
  }
  if (before.empty()) return true;
  if (before.back() == '\0' || before.back() == kCtrlZ) return true;
  if (WithoutLineEnd(before).ends_with('\0')) return before.ends_with('\n');
  return BeginOfEmptyLine(before, true).has_value();
}

// RFC 5322 2.2: printable ASCII but for the colon.
bool IsFieldNameChar(char c) { return c > 32 && c < 127 && c != ':'; }

// The name of the field at the start of `text`; empty: none begins there.
// "From :" would be one (RFC 5322 4.5), and may be a From_ line as well.
std::string_view FieldNameOf(std::string_view text) {
  if (text.starts_with(kFromWord)) return {};
  size_t i = 0;
  while (i < text.size() && IsFieldNameChar(text[i])) ++i;
  const std::string_view name = text.substr(0, i);
  while (i < text.size() && IsWsp(text[i])) ++i;  // RFC 5322 4.5
  return i < text.size() && text[i] == ':' ? name : std::string_view();
}

// The fields at the start of a text, as far as they are looked at.
struct Fields {
  int count = 0;
  bool known = false;  // mail knows the name of one of them
  bool any() const { return count > 0; }
  // Hardly anything but a header begins so.
  bool strong() const { return count > 1 && known; }
};

// Octets of the field at the start of `text`, or all of it where it goes on.
size_t FieldSize(std::string_view text) {
  size_t size = FirstLine(text).next;
  while (size < text.size() && IsWsp(text[size])) {
    size += FirstLine(text.substr(size)).next;
  }
  return size;
}

// Behind such octets another separator may begin, in the middle of a line too.
bool IsBroken(std::string_view text) {
  return text.find('\0') != text.npos || text.find(kCtrlZ) != text.npos;
}

// `cut`: more follows than may be looked at.
Fields LookAtFields(std::string_view text, bool cut) {
  Fields fields;
  while (fields.count < kFieldsLookedAt) {
    const std::string_view name = FieldNameOf(text);
    if (name.empty()) return fields;
    ++fields.count;
    fields.known |= IsKnownFieldName(name);
    const size_t size = FieldSize(text);
    if (IsBroken(text.substr(0, size))) return fields;
    // A field that goes on behind what may be looked at is a long one, and
    // stands for those behind it.
    if (size == text.size() && cut) ++fields.count;
    text.remove_prefix(size);
  }
  return fields;
}

// What stands behind a From_ line.
struct Behind {
  size_t message = 0;  // where its message begins
  Fields fields;
  bool empty_line = false;  // before the fields
  bool nothing = false;     // the text ends
  bool from_line = false;   // another From_ line
};

Behind BehindEmptyLines(std::string_view window, size_t at, bool cut) {
  constexpr int kMaxEmptyLines = 2;
  Behind behind;
  behind.message = at;
  size_t end = at;
  for (int i = 0; i < kMaxEmptyLines; ++i) {
    const Line line = FirstLine(window.substr(end));
    if (!line.ended || !TrimFws(line.text).empty()) break;
    end += line.next;
    behind.empty_line = true;
  }
  if (!behind.empty_line) return behind;
  const std::string_view rest = window.substr(end);
  behind.fields = LookAtFields(rest, cut);
  behind.message = end;
  return behind;
}

// `window` has the From_ line and what is behind it, from octet `at` on.
// `at_end`: the window ends where the text ends.
Behind LookBehind(std::string_view window, size_t at, bool at_end) {
  const bool cut = window.size() == kSeparatorWindow;
  std::string_view rest = window.substr(at);
  if (at == window.size()) {
    return {.message = at, .fields = {}, .nothing = at_end};
  }
  if (rest.starts_with('\n') || rest.starts_with('\r') ||
      rest.starts_with(' ') || rest.starts_with('\t')) {
    return BehindEmptyLines(window, at, cut);
  }
  // A line that an earlier mbox has left (case H16).
  if (rest.starts_with(">From ")) {
    const Line line = FirstLine(rest);
    if (line.ended && !IsBroken(line.text)) rest.remove_prefix(line.next);
  }
  return {
      .message = at,
      .fields = LookAtFields(rest, cut),
      .from_line = FormOfFromLine(FirstLine(rest).text) != FromLineForm::kNone};
}

// The evidence of a line "From ...".
struct Evidence {
  FromLineForm form = FromLineForm::kNone;
  bool behind_empty_line = false;
  Behind behind;
};

using Weight = std::optional<Certainty>;

bool IsUndated(FromLineForm form) {
  return form == FromLineForm::kWord || form == FromLineForm::kAddress ||
         form == FromLineForm::kBare || form == FromLineForm::kDateLike;
}

Weight WeighDated(const Evidence& e) {
  const Fields& fields = e.behind.fields;
  if (e.behind_empty_line) {
    const bool begins = e.behind.nothing ||
                        (e.behind.empty_line ? fields.strong() : fields.any());
    // A header may be lost, or begin with what is no field.
    if (begins) return Certainty::kCertain;
    return e.behind.from_line ? Weight() : Certainty::kUnlikely;
  }
  if (fields.strong()) return Certainty::kLikely;
  return fields.known ? Weight(Certainty::kUnlikely) : std::nullopt;
}

// Of a mailbox of patches they are separators like others.  Elsewhere they
// stand at the head of a patch that was put into a message.
Weight WeighPatch(const Evidence& e, const MboxDialect& dialect) {
  if (dialect.patches) return WeighDated(e);
  return e.behind_empty_line && e.behind.fields.any()
             ? Weight(Certainty::kUnlikely)
             : std::nullopt;
}

Weight WeighUndated(const Evidence& e, const MboxDialect& dialect) {
  const Fields& fields = e.behind.fields;
  if (!fields.strong()) {
    const bool may =
        e.behind_empty_line && fields.known && e.form != FromLineForm::kWord;
    return may ? Weight(Certainty::kUnlikely) : std::nullopt;
  }
  const bool word = e.form == FromLineForm::kWord;
  if (e.behind_empty_line && dialect.undated && !word) {
    return Certainty::kCertain;
  }
  if (e.behind_empty_line || dialect.no_empty_line) {
    return word && !dialect.undated ? Certainty::kUnlikely : Certainty::kLikely;
  }
  return e.form == FromLineForm::kBare ? Certainty::kLikely
                                       : Certainty::kUnlikely;
}

Weight Weigh(const Evidence& e, const MboxDialect& dialect) {
  switch (e.form) {
    case FromLineForm::kNone:
      return std::nullopt;
    case FromLineForm::kDated:
      return WeighDated(e);
    case FromLineForm::kPatch:
      return WeighPatch(e, dialect);
    case FromLineForm::kWord:
    case FromLineForm::kAddress:
    case FromLineForm::kBare:
    case FromLineForm::kDateLike:
      return WeighUndated(e, dialect);
  }
  return std::nullopt;
}

// The first separator, at least so certain, whose From_ line begins in
// text[begin, end).
std::optional<Separator> FindSeparatorIn(std::string_view text, size_t begin,
                                         size_t end, bool at_end,
                                         const MboxDialect& dialect,
                                         Certainty least) {
  if (begin >= end) return std::nullopt;
  // The last "From " that counts has its F at end - 1.
  const size_t reach = kFromWord.size() - 1;
  const size_t scan_end = text.size() - end < reach ? text.size() : end + reach;
  for (size_t at = FindText(text, kFromWord, begin, scan_end); at != kNone;
       at = FindText(text, kFromWord, at + 1, scan_end)) {
    if (!MayBeginLine(text, at)) continue;
    const auto found = WeighSeparator(text, at, at_end, dialect);
    if (found && found->certainty >= least) return found;
  }
  return std::nullopt;
}

bool IsEmptyLines(std::string_view text) {
  return Preamble(text) == text.size();
}

MboxMessage MakeMessage(std::string_view text, const Separator& separator,
                        size_t end, bool before_separator, bool in_doubt) {
  const std::string_view rest =
      text.substr(separator.message, end - separator.message);
  return {.from_line = FromLineOf(text, separator),
          .message =
              rest.substr(0, MessageEnd(rest, rest.size(), before_separator)),
          .from_offset = separator.from_line,
          .in_doubt = in_doubt};
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

// A body may quote what looks like another dialect, so each is believed only
// where nothing in sight speaks against it.
MboxDialect ReadDialect(std::string_view head) {
  constexpr int kFewest = 3;
  const FromLineForm first = FormOfFromLine(FirstLine(head).text);
  const bool patches = first == FromLineForm::kPatch;
  const MboxDialect any{
      .undated = true, .no_empty_line = true, .patches = patches};
  int dated = 0, undated = 0, behind_empty_line = 0, behind_text = 0;
  for (auto next = FindSeparator(head, 1, false, any, Certainty::kLikely); next;
       next =
           FindSeparator(head, next->message, false, any, Certainty::kLikely)) {
    ++(IsUndated(FormOfFromLine(FromLineOf(head, *next))) ? undated : dated);
    if (head[next->from_line - 1] != '\n') continue;  // what a crash left
    ++(IsBehindEmptyLine(head, next->from_line) ? behind_empty_line
                                                : behind_text);
  }
  return {.undated = IsUndated(first) && undated >= kFewest && dated == 0,
          .no_empty_line = behind_text > 1 && behind_text > behind_empty_line,
          .patches = patches};
}

size_t DialectHead(std::string_view head) {
  return IsUndated(FormOfFromLine(FirstLine(head).text)) ? kDialectHead : 0;
}

bool BeginsMbox(std::string_view text, bool at_end) {
  if (!text.starts_with(kFromWord)) return false;
  const MboxDialect dialect = ReadDialect(text);
  const auto first = WeighSeparator(text, 0, at_end, dialect);
  if (first && first->certainty >= Certainty::kLikely) return true;
  const FromLineForm form = FormOfFromLine(FirstLine(text).text);
  if (form == FromLineForm::kNone) return false;
  // No header, or hardly one, follows the first line.  It begins a mailbox if
  // another separator is in sight, or if the text in sight is not all.
  const bool may_be_cut = first && IsUndated(form) && !at_end;
  return may_be_cut ||
         FindSeparator(text, 1, at_end, dialect, Certainty::kLikely);
}

size_t Preamble(std::string_view text) {
  const size_t begin = text.size() - WithoutByteOrderMark(text).size();
  size_t end = begin;
  // A blank counts only in a line of blanks.
  for (size_t i = begin; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n' || c == '\0' || c == kCtrlZ) {
      end = i + 1;
    } else if (!IsWsp(c)) {
      break;
    }
  }
  // One more stands before a file that was joined to an empty one.
  const std::string_view rest = text.substr(end);
  return end + (rest.size() - WithoutByteOrderMark(rest).size());
}

std::optional<Separator> WeighSeparator(std::string_view text, size_t offset,
                                        bool at_end,
                                        const MboxDialect& dialect) {
  if (offset >= text.size()) return std::nullopt;
  const std::string_view window = text.substr(offset, kSeparatorWindow);
  if (!window.starts_with(kFromWord) || !MayBeginLine(text, offset)) {
    return std::nullopt;
  }
  const Line line = FirstLine(window.substr(0, kMaxFromLine + 2));
  const bool file_ends_here = at_end && offset + line.next == text.size();
  if (!line.ended && !file_ends_here) return std::nullopt;
  const FromLineForm form = FormOfFromLine(line.text);
  if (form == FromLineForm::kNone) return std::nullopt;
  const Evidence evidence{
      .form = form,
      .behind_empty_line = IsBehindEmptyLine(text, offset),
      .behind = LookBehind(window, line.next,
                           at_end && offset + window.size() == text.size())};
  const Weight weight = Weigh(evidence, dialect);
  if (!weight) return std::nullopt;
  return Separator{.from_line = offset,
                   .message = offset + evidence.behind.message,
                   .certainty = *weight};
}

std::optional<Separator> SeparatorAt(std::string_view text, size_t offset,
                                     bool at_end, const MboxDialect& dialect) {
  const auto found = WeighSeparator(text, offset, at_end, dialect);
  return found && found->certainty == Certainty::kCertain ? found
                                                          : std::nullopt;
}

std::optional<Separator> FindSeparator(std::string_view text, size_t begin,
                                       bool at_end, const MboxDialect& dialect,
                                       Certainty least) {
  return FindSeparatorIn(text, begin, text.size(), at_end, dialect, least);
}

std::string_view FromLineOf(std::string_view text, const Separator& separator) {
  return FirstLine(text.substr(separator.from_line,
                               separator.message - separator.from_line))
      .text;
}

std::optional<Separator> FindLastSeparator(std::string_view text, size_t begin,
                                           size_t end, bool at_end,
                                           const MboxDialect& dialect) {
  const auto find = [&](size_t from, size_t to) {
    return FindSeparatorIn(text, from, to, at_end, dialect,
                           Certainty::kCertain);
  };
  end = std::min(end, text.size());
  while (begin < end) {
    const size_t step = end - std::min(end - begin, kBackwardStep);
    std::optional<Separator> last;
    for (auto next = find(step, end); next;
         next = find(next->from_line + 1, end)) {
      last = next;
    }
    if (last) return last;
    end = step;
  }
  return std::nullopt;
}

size_t MessageEnd(std::string_view text, size_t end, bool before_separator) {
  std::string_view message = text.substr(0, end);
  if (before_separator && message.ends_with(kByteOrderMark)) {
    message.remove_suffix(kByteOrderMark.size());
  }
  const std::string_view line = WithoutLineEnd(message);
  if (line.ends_with('\0')) return line.find_last_not_of('\0') + 1;
  for (size_t i = 0; i < kMaxCtrlZ && message.ends_with(kCtrlZ); ++i) {
    message.remove_suffix(1);
  }
  return BeginOfEmptyLine(message, before_separator).value_or(message.size());
}

void MboxSplitter::Extend(std::string_view text, Tail tail) {
  text_ = text;
  tail_ = tail;
}

// A run that begins with a From_ line begins a message, whatever that line
// would weigh elsewhere.
void MboxSplitter::Begin() {
  if (begun_ || (tail_ == Tail::kGoesOn && text_.size() < kSeparatorWindow)) {
    return;
  }
  begun_ = true;
  open_ = WeighSeparator(text_, 0, ends(), dialect_);
  if (open_) searched_ = open_->message;
}

// The first separator behind those found before, if it is certain.
std::optional<Separator> MboxSplitter::FindNext() {
  size_t end = text_.size();
  if (tail_ == Tail::kGoesOn) end -= std::min(end, kSeparatorWindow);
  if (!begun_) return std::nullopt;
  while (true) {
    const auto next = FindSeparatorIn(text_, searched_, end, ends(), dialect_,
                                      Certainty::kUnlikely);
    searched_ = next ? next->message : std::max(searched_, end);
    if (!next || next->certainty == Certainty::kCertain) return next;
    // Where the message itself begins nothing is divided.
    doubt_ |= !open_ || next->from_line > open_->message;
  }
}

std::optional<MboxMessage> MboxSplitter::Next() {
  Begin();
  while (!ended_) {
    const std::optional<Separator> next = FindNext();
    if (!next && !ends()) return std::nullopt;
    ended_ = !next;
    const std::optional<Separator> open = std::exchange(open_, next);
    const bool doubt = std::exchange(doubt_, false);
    const size_t end = next ? next->from_line : text_.size();
    const bool separator = next || tail_ == Tail::kEndsAtSeparator;
    done_ = end;
    if (open) return MakeMessage(text_, *open, end, separator, doubt);
    const std::string_view head = text_.substr(0, end);
    if (!IsEmptyLines(head)) {
      return MboxMessage{
          .from_line = {},
          .message = head.substr(0, MessageEnd(head, end, separator)),
          .from_offset = 0,
          .in_doubt = doubt};
    }
  }
  return std::nullopt;
}

std::vector<MboxMessage> SplitMbox(std::string_view text,
                                   const MboxDialect& dialect,
                                   MboxSplitter::Tail tail) {
  std::vector<MboxMessage> messages;
  MboxSplitter splitter(text, tail, dialect);
  while (auto message = splitter.Next()) messages.push_back(*message);
  return messages;
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
