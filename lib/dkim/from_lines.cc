#include "lib/dkim/from_lines.h"

#include <algorithm>

namespace mailassay::dkim {
void FromLines::Feed(std::string_view bytes, Visitor& visitor) {
  if (bytes.empty()) return;
  if (NeedsFeed(bytes)) bytes = Continue(bytes, visitor);
  // Here no line's start is held, and `bytes` begins within a line or where
  // another octet than the quote begins one.
  const std::string_view line_start = quote_ == Quote::kBlank ? "\n " : "\n>";
  while (!bytes.empty()) {
    const size_t lf = bytes.find(line_start);
    if (lf == std::string_view::npos) {
      NoteEnd(bytes);
      visitor.OnText(bytes);
      return;
    }
    const std::string_view text = bytes.substr(0, lf + 1);
    NoteEnd(text);
    visitor.OnText(text);
    bytes = Continue(bytes.substr(lf + 1), visitor);
  }
}

// Goes on with a line of which only quotes and the held octets have been seen,
// and returns what follows the decision.
std::string_view FromLines::Continue(std::string_view bytes, Visitor& visitor) {
  const std::string_view quoted_line = quoted();
  size_t i = 0;
  if (quote_ == Quote::kBlank) {
    i = held_ == 0 ? 1 : 0;
    held_ = std::max<size_t>(held_, 1);
  } else if (held_ <= 1) {
    size_t quotes = 0;
    while (quotes < bytes.size() && bytes[quotes] == '>') ++quotes;
    if (held_ + quotes > 1) {  // all but the last are ordinary
      if (held_ == 1) visitor.OnText(quoted_line.substr(0, 1));
      if (quotes > 1) visitor.OnText(bytes.substr(0, quotes - 1));
    }
    i = quotes;
    held_ = 1;
  }
  while (i < bytes.size() && held_ < quoted_line.size() &&
         bytes[i] == quoted_line[held_]) {
    ++i;
    ++held_;
  }
  if (held_ < quoted_line.size() && i == bytes.size()) return {};
  const size_t matched = held_;
  const LineStart start = start_;
  held_ = 0;
  start_ = LineStart::kNone;
  cr_ = false;
  if (matched == quoted_line.size()) {
    visitor.OnQuote(start);
    visitor.OnText(quoted_line.substr(1));
  } else {
    visitor.OnText(quoted_line.substr(0, matched));
  }
  return bytes.substr(i);
}

void FromLines::NoteEnd(std::string_view bytes) {
  if (bytes.empty()) return;
  const bool before_is_cr =
      bytes.size() > 1 ? bytes[bytes.size() - 2] == '\r' : cr_;
  start_ = bytes.back() != '\n' ? LineStart::kNone
           : before_is_cr       ? LineStart::kCrlf
                                : LineStart::kLf;
  cr_ = bytes.back() == '\r';
}

void FromLines::Finish(Visitor& visitor) {
  if (held_ > 0) visitor.OnText(quoted().substr(0, held_));
  held_ = 0;
}

}  // namespace mailassay::dkim
