// One pass over the lines of the section by memchr.  A line either continues
// the open field or closes it and opens the next, so every octet is looked at a
// fixed number of times whatever the number of fields and their length.
#include "lib/mail/header.h"

#include <algorithm>
#include <array>
#include <bitset>
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
        "end_in_doubt",
        "crcrlf",
        "from_quoted",
        "from_repaired",
    };

// RFC 5322 3.6 and RFC 2045 3: what is said of a field that may stand once and
// stands again; kCount: nothing.  From has an anomaly of its own, set by
// whoever reads the author.
constexpr std::array<Anomaly, kFieldNames> MakeRepeated() {
  std::array<Anomaly, kFieldNames> repeated{};
  repeated.fill(Anomaly::kCount);
  const auto set = [&repeated](FieldName name, Anomaly anomaly) {
    repeated[static_cast<size_t>(name)] = anomaly;
  };
  set(FieldName::kSubject, Anomaly::kDupSubject);
  set(FieldName::kTo, Anomaly::kDupTo);
  set(FieldName::kCc, Anomaly::kDupCc);
  set(FieldName::kDate, Anomaly::kDupDate);
  set(FieldName::kReplyTo, Anomaly::kDupReplyTo);
  set(FieldName::kSender, Anomaly::kDupSender);
  set(FieldName::kMessageId, Anomaly::kDupMessageId);
  set(FieldName::kContentType, Anomaly::kDupContentType);
  set(FieldName::kContentTransferEncoding,
      Anomaly::kDupContentTransferEncoding);
  set(FieldName::kMimeVersion, Anomaly::kDupMimeVersion);
  return repeated;
}
constexpr std::array<Anomaly, kFieldNames> kRepeated = MakeRepeated();

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
  size_t i = 0;
  while (i < line.size() && IsWsp(line[i])) ++i;
  return i == line.size();
}

// A CR that no LF follows.
bool HasBareCr(std::string_view text) {
  for (size_t cr = text.find('\r'); cr != text.npos;
       cr = text.find('\r', cr + 1)) {
    if (cr + 1 == text.size() || text[cr + 1] != '\n') return true;
  }
  return false;
}

// "From " or ">From " and not a field of that name ("From : x").
bool IsFromLine(std::string_view line) {
  if (line.starts_with('>')) line.remove_prefix(1);
  if (!line.starts_with("From ")) return false;
  line.remove_prefix(4);
  while (!line.empty() && IsWsp(line.front())) line.remove_prefix(1);
  return !line.starts_with(':');
}

// Octets ">" before a name that begins "From".
uint32_t QuotesOfFrom(std::string_view name) {
  const size_t quotes = std::min(name.find_first_not_of('>'), name.size());
  return name.substr(quotes).starts_with("From") ? static_cast<uint32_t>(quotes)
                                                 : 0;
}

bool IsQuotedFrom(std::string_view name) {
  return name.starts_with('>') && name.ends_with("From") &&
         QuotesOfFrom(name) == name.size() - 4;
}

LineEnds LineEndsOf(bool lf, bool crlf) {
  if (lf && crlf) return LineEnds::kMixed;
  return lf ? LineEnds::kLf : crlf ? LineEnds::kCrlf : LineEnds::kNone;
}

// Octets of the empty line at text[begin]; 0: none is there.
size_t EmptyLineAt(std::string_view text, size_t begin) {
  const std::string_view line = text.substr(begin);
  if (line.starts_with('\n')) return 1;
  return line.starts_with("\r\n") ? 2 : 0;
}

// Where to look on from `i` for an LF that an empty line may follow: at the
// first sixteen octets of which one is LF and has CR or LF behind it, or near
// the end of the text.
size_t SkipOrdinaryLineEnds(std::string_view text, size_t i) {
  // The compiler's vectors: whatever the processor has for sixteen octets.
  using Octets = char __attribute__((vector_size(16)));
  using Words = long long __attribute__((vector_size(16)));
  for (; text.size() - i > sizeof(Octets); i += sizeof(Octets)) {
    Octets octets, behind;
    std::memcpy(&octets, text.data() + i, sizeof octets);
    std::memcpy(&behind, text.data() + i + 1, sizeof behind);
    const auto hits = (octets == '\n') & ((behind == '\n') | (behind == '\r'));
    const Words words = reinterpret_cast<Words>(hits);
    if ((words[0] | words[1]) != 0) break;
  }
  return i;
}

// Fields beyond these are rare enough that their memory is not kept.
constexpr size_t kKeptFields = 1024;

class Parser {
 public:
  Parser(std::string_view text, size_t max_fields, Header& header)
      : text_(text), max_fields_(max_fields), header_(header) {
    header_.fields.clear();
    if (header_.fields.capacity() > kKeptFields) header_.fields = {};
    header_.fields.reserve(std::min<size_t>(max_fields, 64));
    header_.size = 0;
    header_.anomalies = {};
    header_.topmost.fill(0);
  }

  void Parse() {
    const bool ended = ParseLines();
    CloseField();
    if (saw_quoted_from_ && header_.Find(FieldName::kFrom) == nullptr) {
      UnquoteFrom();
    }
    if (!ended) Flag(Anomaly::kNoBodySeparator);
    const std::string_view section = text_.substr(0, header_.size);
    if (HasBareCr(section)) Flag(Anomaly::kBareCr);
    if (Contains(section, '\0')) Flag(Anomaly::kNul);
    header_.line_ends = LineEndsOf(saw_lf_, saw_crlf_);
    if (header_.line_ends == LineEnds::kMixed) Flag(Anomaly::kMixedEol);
  }

 private:
  void Flag(Anomaly anomaly) { header_.anomalies.Add(anomaly); }

  // Up to and with the first empty line; false: there is none.
  bool ParseLines() {
    for (size_t begin = 0; begin < text_.size(); begin = header_.size) {
      const Line line = FirstLine(text_.substr(begin));
      header_.size += line.text.size() + line.end_size;
      saw_lf_ |= line.end_size == 1;
      saw_crlf_ |= line.end_size == 2;
      if (line.text.empty()) return true;
      AddLine(line.text, begin);
    }
    return false;
  }

  void AddLine(std::string_view line, size_t begin) {
    const bool folded = IsWsp(line.front());
    if (folded && IsWspOnly(line)) Flag(Anomaly::kWsOnlyLine);
    // RFC 5322 2.2.3: a line that begins with white space continues the field.
    if (!folded || begin == 0) {
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
      saw_quoted_from_ |= IsQuotedFrom(name);
      if (name.size() > kMaxName) Flag(Anomaly::kLongName);
      if (std::ranges::any_of(name, [](char c) { return Is8Bit(c); })) {
        Flag(Anomaly::kEightBitName);
      }
      return;
    }
    const auto number = static_cast<size_t>(known_);
    const Anomaly repeated = kRepeated[number];
    if (seen_[number] && repeated != Anomaly::kCount) Flag(repeated);
    seen_[number] = true;
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

  void UnquoteFrom() {
    Flag(Anomaly::kFromQuoted);
    for (uint32_t i = 0; i < header_.fields.size(); ++i) {
      HeaderField& field = header_.fields[i];
      const uint32_t quotes = QuotesOfFrom(field.name());
      if (quotes == 0) continue;
      field.raw.remove_prefix(quotes);
      field.name_size -= quotes;
      field.value_begin -= quotes;
      field.known = FindFieldName(field.name());
      uint32_t& topmost = header_.topmost[static_cast<size_t>(field.known)];
      if (topmost == 0 && field.known != FieldName::kOther) topmost = i + 1;
    }
  }

  const std::string_view text_;
  const size_t max_fields_;
  Header& header_;
  bool saw_lf_ = false;
  bool saw_crlf_ = false;
  bool saw_quoted_from_ = false;
  std::bitset<kFieldNames> seen_;
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
  if (const size_t size = EmptyLineAt(text, 0)) return size;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    i = SkipOrdinaryLineEnds(text, i);
    if (text[i] != '\n') continue;
    if (const size_t size = EmptyLineAt(text, i + 1)) return i + 1 + size;
  }
  return std::nullopt;
}

void ParseHeader(std::string_view text, size_t max_fields, Header& header) {
  Parser(text, max_fields, header).Parse();
}

Header ParseHeader(std::string_view text, size_t max_fields) {
  Header header;
  ParseHeader(text, max_fields, header);
  return header;
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
