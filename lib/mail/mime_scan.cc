#include "lib/mail/mime_scan.h"

#include <algorithm>
#include <cstring>

#include "lib/base/ascii.h"
#include "lib/mail/content_type.h"
#include "lib/mail/text_scan.h"

namespace mailassay::mail {
namespace {

constexpr size_t kMaxLine = 4096;  // kept of one; RFC 5322 2.1.1: 998
constexpr size_t kMaxType = 8192;  // octets of a Content-Type
constexpr std::string_view kContentType = "content-type";

// Where the first line ends after which a delimiter line begins (RFC 2046
// 5.1.1), as far as the text shows; npos: there is none.
size_t FindDelimiter(std::string_view text) {
  const size_t found = FindText(text, "\n--", 0, text.size());
  if (found != text.npos || !text.ends_with("\n-")) return found;
  return text.size() - 2;
}

std::string_view WithoutEnd(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  while (line.ends_with('\r')) line.remove_suffix(1);  // also CR CR LF
  return line;
}

// Types that neither are messages nor have parts are most, and need not be
// parsed.  White space and a comment may stand before the type.
bool MayHaveParts(std::string_view content_type) {
  const std::string_view type = TrimFws(content_type);
  return type.starts_with('(') || StartsWithIgnoreCase(type, "m");
}

// May such a line of a part's header matter?  One that begins so is empty,
// folded, Content-Type perhaps, or a delimiter.
bool MayMatter(char first) {
  return IsFws(first) || first == 'C' || first == 'c' || first == '-';
}

bool IsPadding(std::string_view text) {
  return std::all_of(text.begin(), text.end(), IsWsp);
}

}  // namespace

void MimeScan::Begin(std::string_view content_type) {
  mode_ = Mode::kDone;
  state_ = Line::kBegins;
  open_.clear();
  count_ = 0;
  if (!content_type.empty()) Open(content_type.substr(0, kMaxType), false);
}

// What a header has announced begins.
void MimeScan::Open(std::string_view content_type, bool in_digest) {
  if (!in_digest && !MayHaveParts(content_type)) return GoOn();
  ContentType type = ParseContentType(content_type);
  if (type.message() || (type.type.empty() && in_digest)) {
    ++count_;
    return BeginHeader(false);
  }
  if (type.multipart() && open_.size() < kMaxDepth) {
    open_.push_back({std::move(type.boundary), type.digest()});
  }
  GoOn();
}

void MimeScan::GoOn() { mode_ = open_.empty() ? Mode::kDone : Mode::kBody; }

void MimeScan::BeginHeader(bool in_digest) {
  mode_ = Mode::kHeader;
  in_digest_ = in_digest;
  content_type_.clear();
  has_type_ = in_type_ = false;
}

void MimeScan::Feed(std::string_view text) {
  while (!text.empty() && mode_ != Mode::kDone) {
    if (state_ == Line::kBegins) {
      const bool matters = mode_ == Mode::kHeader ? MayMatter(text.front())
                                                  : text.front() == '-';
      state_ = matters ? Line::kKept : Line::kIgnored;
      in_type_ &= matters;
      line_.clear();
    }
    if (state_ == Line::kKept) {
      KeepLine(&text);
      continue;
    }
    const size_t at =
        mode_ == Mode::kBody ? FindDelimiter(text) : text.find('\n');
    if (at != text.npos || text.ends_with('\n')) state_ = Line::kBegins;
    text.remove_prefix(at == text.npos ? text.size() : at + 1);
  }
}

// Only a line that is open already, or begins with the piece, may matter.
void MimeScan::FeedPlain(std::string_view body) {
  if (body.empty() || mode_ == Mode::kDone) return;
  const bool matters = mode_ == Mode::kHeader || state_ == Line::kKept ||
                       (state_ == Line::kBegins && body.front() == '-');
  if (matters) return Feed(body);
  state_ = body.ends_with('\n') ? Line::kBegins : Line::kIgnored;
}

// Takes the rest of the line in hand, as far as it is in the text.
void MimeScan::KeepLine(std::string_view* text) {
  const size_t lf = text->find('\n');
  const std::string_view part = text->substr(0, lf == text->npos ? lf : lf + 1);
  text->remove_prefix(part.size());
  line_ += part.substr(0, kMaxLine - std::min(kMaxLine, line_.size()));
  if (lf == text->npos) return;
  state_ = Line::kBegins;
  EndLine();
}

void MimeScan::EndLine() {
  const std::string_view line = WithoutEnd(line_);
  if (EndPart(line)) return;
  if (mode_ != Mode::kHeader) return;
  line.empty() ? EndHeader() : AddHeaderLine(line);
}

// RFC 2046 5.1.1: "--", the boundary, "--" behind the last part, white space.
// The innermost multipart that has it counts; those inside of it have ended.
bool MimeScan::EndPart(std::string_view line) {
  if (!line.starts_with("--")) return false;
  line.remove_prefix(2);
  for (size_t i = open_.size(); i > 0; --i) {
    const std::string& boundary = open_[i - 1].boundary;
    if (!line.starts_with(boundary)) continue;
    const std::string_view rest = line.substr(boundary.size());
    const bool closes = rest.starts_with("--") && IsPadding(rest.substr(2));
    if (!closes && !IsPadding(rest)) continue;
    if (mode_ == Mode::kHeader) EndHeader();
    open_.resize(closes ? i - 1 : i);
    if (!closes) {
      BeginHeader(open_.back().digest);
    } else {
      GoOn();
    }
    return true;
  }
  return false;
}

void MimeScan::AddHeaderLine(std::string_view line) {
  if (IsWsp(line.front())) {
    if (in_type_ && content_type_.size() < kMaxType) content_type_ += line;
    return;
  }
  in_type_ = false;
  const size_t colon = line.find(':');
  if (has_type_ || colon == line.npos) return;
  std::string_view name = line.substr(0, colon);
  while (!name.empty() && IsWsp(name.back())) name.remove_suffix(1);
  if (!EqualsIgnoreCase(name, kContentType)) return;
  content_type_ = line.substr(colon + 1);
  has_type_ = in_type_ = true;
}

void MimeScan::EndHeader() { Open(content_type_, in_digest_); }

uint64_t MimeScan::Finish() {
  if (mode_ != Mode::kDone && state_ == Line::kKept) EndLine();
  // A part that ends in its header is one.
  if (mode_ == Mode::kHeader) EndHeader();
  mode_ = Mode::kDone;
  return count_;
}

}  // namespace mailassay::mail
