// One pass over the lines of the section by memchr.  A line either continues
// the open field or closes it and opens the next, so every octet is looked at a
// fixed number of times whatever the number of fields and their length.
#include "lib/mail/header.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "lib/base/ascii.h"

namespace mailassay::mail {
namespace {

constexpr size_t kMaxName = 1000;         // kLongName
constexpr size_t kMaxField = 256u << 10;  // kLongField

constexpr std::array<std::string_view, static_cast<size_t>(Anomaly::kCount)>
    kAnomalyNames{
        "multi_from",
        "multi_author",
        "from_syntax",
        "from_ambiguous",
        "bare_cr",
        "mixed_eol",
        "nul",
        "ws_only_line",
        "garbage_header",
        "space_before_colon",
        "long_name",
        "no_body_separator",
        "from_line",
        "eight_bit_name",
        "long_field",
        "dup_header:subject",
        "dup_header:to",
        "dup_header:cc",
        "dup_header:date",
        "dup_header:reply-to",
        "dup_header:sender",
        "dup_header:message-id",
        "dup_header:content-type",
        "dup_header:content-transfer-encoding",
        "dup_header:mime-version",
    };

// RFC 5322 3.6 and RFC 2045 3: what is said of a field that may stand once and
// stands again; kCount: nothing.  From has an anomaly of its own, set by
// whoever reads the author.
Anomaly Repeated(FieldName name) {
  switch (name) {
    case FieldName::kSubject:
      return Anomaly::kDupSubject;
    case FieldName::kTo:
      return Anomaly::kDupTo;
    case FieldName::kCc:
      return Anomaly::kDupCc;
    case FieldName::kDate:
      return Anomaly::kDupDate;
    case FieldName::kReplyTo:
      return Anomaly::kDupReplyTo;
    case FieldName::kSender:
      return Anomaly::kDupSender;
    case FieldName::kMessageId:
      return Anomaly::kDupMessageId;
    case FieldName::kContentType:
      return Anomaly::kDupContentType;
    case FieldName::kContentTransferEncoding:
      return Anomaly::kDupContentTransferEncoding;
    case FieldName::kMimeVersion:
      return Anomaly::kDupMimeVersion;
    default:
      return Anomaly::kCount;
  }
}

bool Contains(std::string_view text, char c) {
  return !text.empty() && std::memchr(text.data(), c, text.size()) != nullptr;
}

struct Line {
  std::string_view text;  // without its line end
  size_t end_size = 0;    // octets of the line end; 0: the text ends here
};

// The line at the start of `text`.  Only LF ends it (RFC 5321 2.3.8 knows no
// bare LF, archives do; a bare CR ends a line nowhere).
Line FirstLine(std::string_view text) {
  const void* lf = std::memchr(text.data(), '\n', text.size());
  if (lf == nullptr) return {text, 0};
  const size_t size =
      static_cast<size_t>(static_cast<const char*>(lf) - text.data());
  if (size > 0 && text[size - 1] == '\r') return {text.substr(0, size - 1), 2};
  return {text.substr(0, size), 1};
}

bool IsWspOnly(std::string_view line) {
  return std::all_of(line.begin(), line.end(), IsWsp);
}

// "From " or ">From " and not a field of that name ("From : x").
bool IsFromLine(std::string_view line) {
  if (line.starts_with('>')) line.remove_prefix(1);
  if (!line.starts_with("From ")) return false;
  line.remove_prefix(4);
  while (!line.empty() && IsWsp(line.front())) line.remove_prefix(1);
  return !line.starts_with(':');
}

// Which line ends were seen.
class LineEndCount {
 public:
  void Add(size_t end_size) {
    if (end_size == 1) lf_ = true;
    if (end_size == 2) crlf_ = true;
  }
  LineEnds Result() const {
    if (lf_ && crlf_) return LineEnds::kMixed;
    return lf_ ? LineEnds::kLf : crlf_ ? LineEnds::kCrlf : LineEnds::kNone;
  }

 private:
  bool lf_ = false;
  bool crlf_ = false;
};

class Parser {
 public:
  Parser(std::string_view text, size_t max_fields)
      : text_(text), max_fields_(max_fields), has_cr_(Contains(text, '\r')) {
    header_.fields.reserve(std::min<size_t>(max_fields, 48));
  }

  Header Parse() {
    bool ended = false;
    while (!ended && header_.size < text_.size()) {
      const Line line = FirstLine(text_.substr(header_.size));
      const size_t begin = header_.size;
      header_.size += line.text.size() + line.end_size;
      line_ends_.Add(line.end_size);
      ended = line.text.empty();
      if (!ended) AddLine(line.text, begin);
    }
    CloseField();
    if (!ended) Flag(Anomaly::kNoBodySeparator);
    if (Contains(text_.substr(0, header_.size), '\0')) Flag(Anomaly::kNul);
    header_.line_ends = line_ends_.Result();
    if (header_.line_ends == LineEnds::kMixed) Flag(Anomaly::kMixedEol);
    return std::move(header_);
  }

 private:
  void Flag(Anomaly anomaly) { header_.anomalies.Add(anomaly); }

  void AddLine(std::string_view line, size_t begin) {
    if (has_cr_ && Contains(line, '\r')) Flag(Anomaly::kBareCr);
    if (IsWsp(line.front()) && IsWspOnly(line)) Flag(Anomaly::kWsOnlyLine);
    // RFC 5322 2.2.3: a line that begins with white space continues the field.
    if (!IsWsp(line.front()) || begin == 0) {
      CloseField();
      OpenField(line, begin);
    }
    field_end_ = begin + line.size();
  }

  void OpenField(std::string_view line, size_t begin) {
    field_begin_ = begin;
    name_size_ = 0;
    value_begin_ = 0;
    known_ = FieldName::kOther;
    if (begin == 0 && IsFromLine(line)) {
      Flag(Anomaly::kFromLine);
      return;
    }
    // HeaderField counts in 32 bits: a colon beyond is none.
    const std::string_view searched = line.substr(0, UINT32_MAX - 1);
    const size_t colon = searched.find(':');
    // White space before the first field folds nothing and is no name.
    const bool named = colon != searched.npos && !IsWsp(line.front());
    size_t name_size = named ? colon : 0;
    // RFC 5322 4.5: obsolete syntax has white space before the colon.
    while (name_size > 0 && IsWsp(line[name_size - 1])) --name_size;
    if (name_size == 0) {
      Flag(Anomaly::kGarbageHeader);
      return;
    }
    if (name_size < colon) Flag(Anomaly::kSpaceBeforeColon);
    name_size_ = static_cast<uint32_t>(name_size);
    value_begin_ = static_cast<uint32_t>(colon + 1);
    CheckName(line.substr(0, name_size));
  }

  void CheckName(std::string_view name) {
    known_ = FindFieldName(name);
    if (known_ == FieldName::kOther) {
      if (name.size() > kMaxName) Flag(Anomaly::kLongName);
      if (std::any_of(name.begin(), name.end(), Is8Bit)) {
        Flag(Anomaly::kEightBitName);
      }
      return;
    }
    bool& seen = seen_[static_cast<size_t>(known_)];
    const Anomaly repeated = Repeated(known_);
    if (seen && repeated != Anomaly::kCount) Flag(repeated);
    seen = true;
  }

  void CloseField() {
    const size_t size = field_end_ - field_begin_;
    if (size == 0) return;
    if (size > kMaxField) Flag(Anomaly::kLongField);
    // One more than allowed tells that there were more.
    if (header_.fields.size() > max_fields_) return;
    const uint32_t value_begin =
        name_size_ > 0
            ? value_begin_
            : static_cast<uint32_t>(std::min<size_t>(size, UINT32_MAX));
    header_.fields.push_back(
        {text_.substr(field_begin_, size), name_size_, value_begin, known_});
    uint32_t& topmost = header_.topmost[static_cast<size_t>(known_)];
    if (known_ != FieldName::kOther && topmost == 0) {
      topmost = static_cast<uint32_t>(header_.fields.size());
    }
  }

  const std::string_view text_;
  const size_t max_fields_;
  const bool has_cr_;
  Header header_;
  LineEndCount line_ends_;
  std::array<bool, kFieldNames> seen_{};
  // The open field; none while its size is 0.
  size_t field_begin_ = 0;
  size_t field_end_ = 0;
  uint32_t name_size_ = 0;
  uint32_t value_begin_ = 0;
  FieldName known_ = FieldName::kOther;
};

}  // namespace

std::string_view AnomalyName(Anomaly anomaly) {
  const auto i = static_cast<size_t>(anomaly);
  return i < kAnomalyNames.size() ? kAnomalyNames[i] : std::string_view();
}

const HeaderField* Header::Find(std::string_view name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [name](const HeaderField& f) {
        return f.name_size > 0 && EqualsIgnoreCase(f.name(), name);
      });
  return found == fields.end() ? nullptr : &*found;
}

size_t Header::Count(std::string_view name) const {
  return static_cast<size_t>(
      std::count_if(fields.begin(), fields.end(), [name](const HeaderField& f) {
        return f.name_size > 0 && EqualsIgnoreCase(f.name(), name);
      }));
}

void Header::PopField() {
  uint32_t& first = topmost[static_cast<size_t>(fields.back().known)];
  if (first == fields.size()) first = 0;
  fields.pop_back();
}

std::optional<size_t> FindHeaderEnd(std::string_view text) {
  for (size_t line = 0; line < text.size();) {
    if (text[line] == '\n') return line + 1;
    if (text.substr(line).starts_with("\r\n")) return line + 2;
    const void* lf = std::memchr(text.data() + line, '\n', text.size() - line);
    if (lf == nullptr) return std::nullopt;
    line = static_cast<size_t>(static_cast<const char*>(lf) - text.data()) + 1;
  }
  return std::nullopt;
}

Header ParseHeader(std::string_view text, size_t max_fields) {
  return Parser(text, max_fields).Parse();
}

std::string Unfold(std::string_view value) {
  value = TrimFws(value);
  std::string line;
  line.reserve(value.size());
  while (!value.empty()) {
    const Line part = FirstLine(value);
    line += part.text;
    value.remove_prefix(part.text.size() + part.end_size);
  }
  return line;
}

}  // namespace mailassay::mail
