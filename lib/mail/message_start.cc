#include "lib/mail/message_start.h"

#include <algorithm>
#include <charconv>

#include "lib/base/ascii.h"
#include "lib/mail/date.h"
#include "lib/mail/field_name.h"

namespace mailassay::mail {
namespace {

constexpr size_t kMaxFields = 100;  // looked at
constexpr size_t kMaxCountDigits = 12;

// What a field's name says for a message.
enum class Weight {
  kNone,     // any name, and those that web pages, packages and notes use, too
  kPrivate,  // X-: says nothing for it, and nothing against
  kUsual,    // of mail, but a note or a table may have it
  kFrom,
  kDate,
  kOnlyMail,
};

Weight WeightOfKnown(FieldName name) {
  switch (name) {
    case FieldName::kOther:
    case FieldName::kComments:
    case FieldName::kContentDescription:
    case FieldName::kContentDisposition:
    case FieldName::kContentId:
    case FieldName::kContentLanguage:
    case FieldName::kContentLength:
    case FieldName::kContentTransferEncoding:
    case FieldName::kContentType:
    case FieldName::kKeywords:
    case FieldName::kLines:
    case FieldName::kOrganization:
    case FieldName::kPrecedence:
    case FieldName::kStatus:
    case FieldName::kUserAgent:
      return Weight::kNone;
    case FieldName::kBcc:
    case FieldName::kCc:
    case FieldName::kReferences:
    case FieldName::kReplyTo:
    case FieldName::kSender:
    case FieldName::kSubject:
    case FieldName::kTo:
      return Weight::kUsual;
    case FieldName::kFrom:
      return Weight::kFrom;
    case FieldName::kDate:
      return Weight::kDate;
    default:
      return Weight::kOnlyMail;
  }
}

Weight WeightOf(std::string_view name) {
  const Weight known = WeightOfKnown(FindFieldName(name));
  if (known != Weight::kNone) return known;
  if (IsNameOfMailOnly(name)) return Weight::kOnlyMail;
  return StartsWithIgnoreCase(name, "x-") ? Weight::kPrivate : Weight::kNone;
}

// Takes the line at the start of `text`, without its line end.
std::string_view TakeLine(std::string_view* text) {
  const size_t lf = text->find('\n');
  std::string_view line = text->substr(0, lf);
  text->remove_prefix(lf == text->npos ? text->size() : lf + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// What names of fields are made of in mail, 8-bit octets let through.  RFC 5322
// allows all printable ASCII; brackets and quotes begin other documents.
bool IsNameChar(char c) {
  return Is8Bit(c) || IsAlnum(c) ||
         std::string_view("!#$%&*+-.^_`|~").find(c) != std::string_view::npos;
}

struct Field {
  std::string_view name, value;  // the value's first line
};

// Not a time of day ("12:30 ...") and not a URL.
std::optional<Field> FieldAt(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == line.npos || line.substr(colon).starts_with("://")) {
    return std::nullopt;
  }
  std::string_view name = line.substr(0, colon);
  while (!name.empty() && IsWsp(name.back())) name.remove_suffix(1);
  const bool is_field = !name.empty() && !IsDigit(name.front()) &&
                        std::all_of(name.begin(), name.end(), IsNameChar);
  if (!is_field) return std::nullopt;
  return Field{name, TrimFws(line.substr(colon + 1))};
}

bool IsFromLine(std::string_view line) {
  return line.starts_with("From ") || line.starts_with(">From ");
}

// "- item" behind white space: a list of YAML below its key.
bool IsListItem(std::string_view line) {
  const std::string_view text = TrimFws(line);
  return text == "-" || text.starts_with("- ");
}

// What the lines of a section say, one after the other.
class Section {
 public:
  // False: it ends with this line.
  bool Add(std::string_view line);
  bool IsMessage(bool at_end) const;

 private:
  void AddField(const Field& field);
  void AddStray(std::string_view line);
  bool HasEvidence() const;

  size_t fields_ = 0;
  size_t strays_ = 0;   // lines that are no field
  size_t known_ = 0;    // fields with a name of mail
  size_t strange_ = 0;  // fields with a name that is none, X- aside
  bool ended_ = false;  // by an empty line
  bool only_mail_ = false;
  bool from_ = false;
  bool address_ = false;          // in From
  bool date_ = false;             // a Date that mail would have
  bool capitals_ = false;         // in a name
  bool sound_ = false;            // before the first stray line
  bool open_ = false;             // the last field's value is empty so far
  bool list_ = false;             // it is YAML
  Weight first_ = Weight::kNone;  // of the first field, X- aside
};

bool Section::Add(std::string_view line) {
  if (line.empty()) {
    ended_ = true;
    return false;
  }
  list_ |= open_ && IsListItem(line);
  if (IsWsp(line.front()) && fields_ + strays_ > 0) {
    open_ = false;
  } else if (const auto field = FieldAt(line)) {
    AddField(*field);
  } else {
    AddStray(line);
  }
  return strays_ < 2 && fields_ < kMaxFields;
}

void Section::AddStray(std::string_view line) {
  list_ |= line == "---" || line.starts_with("%YAML");
  // A field whose name a blank has got before.
  const auto field = FieldAt(TrimFws(line));
  only_mail_ |= field && WeightOf(field->name) == Weight::kOnlyMail;
  sound_ |= strays_ == 0 && fields_ >= 2 && capitals_ && HasEvidence();
  ++strays_;
}

void Section::AddField(const Field& field) {
  ++fields_;
  open_ = field.value.empty();
  const std::string_view value = field.value;
  Weight weight = WeightOf(field.name);
  if (weight == Weight::kFrom) {
    // "from: 2024-01-01" is the start of a period.
    const bool address = value.find('@') != value.npos;
    if (!address && !value.empty() && IsDigit(value.front())) {
      weight = Weight::kNone;
    } else {
      from_ = true;
      address_ |= address;
    }
  }
  const bool is_date = weight == Weight::kDate && ParseDate(value).has_value();
  if (weight == Weight::kDate && !is_date && known_ == 0) {
    weight = Weight::kNone;  // as in any note
  }
  date_ |= is_date;
  only_mail_ |= weight == Weight::kOnlyMail;
  capitals_ |= std::any_of(field.name.begin(), field.name.end(), IsUpper);
  if (weight == Weight::kPrivate) return;
  if (known_ + strange_ == 0) first_ = weight;
  (weight == Weight::kNone ? strange_ : known_) += 1;
}

bool Section::HasEvidence() const {
  if (only_mail_) return true;
  if (from_ && (address_ || known_ > 1 || fields_ == 1)) return true;
  return first_ != Weight::kNone && known_ >= strange_;
}

bool Section::IsMessage(bool at_end) const {
  if (list_ || known_ == 0) return false;
  if (strays_ > 0) {
    return sound_ || (fields_ >= 2 && (only_mail_ || (address_ && date_)));
  }
  if (ended_ || !at_end) return HasEvidence();
  // A text that is all keys: in mail, some name has a capital.
  return fields_ >= 2 && capitals_ && HasEvidence();
}

}  // namespace

bool BeginsLikeMessage(std::string_view text, bool at_end) {
  while (IsFromLine(text) && !FieldAt(text.substr(0, text.find('\n')))) {
    TakeLine(&text);
  }
  Section section;
  while (!text.empty() && section.Add(TakeLine(&text))) {
  }
  return section.IsMessage(at_end);
}

std::optional<EmlxStart> ReadEmlxStart(std::string_view text, bool at_end) {
  std::string_view rest = text;
  const std::string_view count = TrimFws(TakeLine(&rest));
  if (count.empty() || count.size() > kMaxCountDigits ||
      !std::all_of(count.begin(), count.end(), IsDigit)) {
    return std::nullopt;
  }
  EmlxStart start{.message = text.size() - rest.size()};
  std::from_chars(count.data(), count.data() + count.size(), start.size);
  const bool is_all = start.size <= rest.size();
  if (!BeginsLikeMessage(rest.substr(0, start.size), at_end || is_all)) {
    return std::nullopt;
  }
  return start;
}

}  // namespace mailassay::mail
