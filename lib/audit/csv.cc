// A field of plain printable ASCII, which is nearly every field, is appended
// as it is after one look at its octets; only the others are made safe.
#include "lib/audit/csv.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/base/safe_text.h"
#include "lib/crypto/hash.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

constexpr size_t kMaxField = 4096;

bool IsTrigger(char c) {
  return c == '=' || c == '+' || c == '-' || c == '@' || c == '\t' || c == '\r';
}

// A spreadsheet skips blanks before it looks for a formula, and takes the
// full-width forms of the signs too (case O1).
bool LooksLikeFormula(std::string_view text) {
  for (;;) {
    if (text.empty()) return false;
    if (IsTrigger(text.front()) || text.front() == '\n') return true;
    if (text.front() == ' ') {
      text.remove_prefix(1);
    } else if (text.starts_with("\xC2\xA0")) {  // no-break space
      text.remove_prefix(2);
    } else if (text.starts_with("\xE3\x80\x80")) {  // ideographic space
      text.remove_prefix(3);
    } else {
      break;
    }
  }
  for (std::string_view wide : {"\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D",
                                "\xEF\xBC\xA0", "\xE2\x88\x92"}) {
    if (text.starts_with(wide)) return true;  // U+FF1D FF0B FF0D FF20 2212
  }
  return false;
}

bool MayLookLikeFormula(std::string_view text) {
  return !text.empty() && (IsTrigger(text.front()) || text.front() == ' ');
}

// The beginning of `safe` and what was cut, in at most `room` octets.
std::string Cut(std::string_view safe, std::string_view whole, size_t room) {
  const Digest digest = crypto::Hash(crypto::HashAlgorithm::kSha256, whole);
  const std::string_view octets(
      reinterpret_cast<const char*>(digest.bytes.data()), digest.size);
  const std::string tail = absl::StrCat(
      "...[", whole.size(), ",",
      absl::BytesToHexString(absl::string_view(octets.data(), octets.size())),
      "]");
  size_t end = std::min(safe.size(), room - tail.size());
  while (end > 0 && (static_cast<uint8_t>(safe[end]) & 0xC0) == 0x80) --end;
  std::string out(safe.substr(0, end));
  out += tail;
  return out;
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  return out += '"';
}

}  // namespace

void CsvWriter::Separate() {
  if (!first_) row_.Append(',');
  first_ = false;
}

CsvWriter& CsvWriter::Text(std::string_view untrusted) {
  Separate();
  if (untrusted.size() + kWord <= RowBuffer::kRoom &&
      !MayLookLikeFormula(untrusted)) {
    char* const at = row_.Room(untrusted.size() + kWord);
    if (CopyPlain<NotPrintableUnquoted>(untrusted, at)) {
      row_.Take(at + untrusted.size());
      return *this;
    }
  }
  const bool guard = !options_.raw && LooksLikeFormula(untrusted);
  const size_t room = kMaxField - (guard ? 1 : 0);
  // SafeText never makes a text shorter: what lies behind the limit is cut.
  std::string safe = SafeText(untrusted.substr(0, kMaxField + 1));
  if (safe.size() > room) safe = Cut(safe, untrusted, room);
  if (guard) safe.insert(safe.begin(), '\'');
  const bool plain = safe.find_first_of("\",") == std::string::npos;
  row_.Append(plain ? safe : Quoted(safe));
  return *this;
}

CsvWriter& CsvWriter::Word(std::string_view trusted) {
  Separate();
  row_.Append(trusted);
  return *this;
}

template <typename Integer>
CsvWriter& CsvWriter::Digits(Integer value) {
  constexpr size_t kDigits = 20;
  char* const at = row_.Room(kDigits);
  row_.Take(std::to_chars(at, at + kDigits, value).ptr);
  return *this;
}

CsvWriter& CsvWriter::Number(uint64_t value) {
  Separate();
  return Digits(value);
}

CsvWriter& CsvWriter::Number(std::optional<uint64_t> value) {
  Separate();
  return value.has_value() ? Digits(*value) : *this;
}

CsvWriter& CsvWriter::Signed(std::optional<int64_t> value) {
  Separate();
  return value.has_value() ? Digits(*value) : *this;
}

CsvWriter& CsvWriter::Time(std::optional<int64_t> seconds) {
  Separate();
  if (!seconds.has_value()) return *this;
  char* const at = row_.Room(mail::kTimeOctets);
  mail::WriteTime(*seconds, at);
  row_.Take(at + mail::kTimeOctets);
  return *this;
}

CsvWriter& CsvWriter::Bool(bool value) {
  return Word(value ? std::string_view("true") : std::string_view("false"));
}

void CsvWriter::EndRow() {
  row_.Append("\r\n");
  row_.Flush();
  first_ = true;
}

}  // namespace mailassay::audit
