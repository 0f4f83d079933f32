// Round each "@" lies the longest run of octets that may be a local part, and
// the longest that may be a domain; what is around the two must be something at
// which every reader ends an address.
#include "lib/mail/only_address.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "lib/base/ascii.h"
#include "lib/base/domain_name.h"
#include "lib/mail/encoded_words.h"

namespace mailassay::mail {
namespace {

// Stands for the edge of an encoded word, in which an address lies wholly or
// not at all: of "ann@=?utf-8?q?example=2Ecom?=" some see no domain.
constexpr char kEdge = '\x1f';

enum : uint8_t { kLocal = 1, kDomain = 2, kEnd = 4 };

// kLocal: RFC 5322 3.2.3 atext, dots and 8-bit octets.  kEnd: ends an address
// for every reader, "'" and "|" too: none is in a domain name.
constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (size_t i = 0; i < classes.size(); ++i) {
    const char c = static_cast<char>(i);
    const bool word = IsAlnum(c) || Is8Bit(c) || c == '.';
    const bool special =
        std::string_view("()<>[]:;@\\,\"").find(c) != std::string_view::npos;
    if (word || (c > ' ' && c != '\x7f' && !special)) classes[i] |= kLocal;
    if (word || c == '-' || c == '_') classes[i] |= kDomain;
    if (IsWsp(c) || c == kEdge) classes[i] |= kEnd;
  }
  for (const char c : std::string_view("<>()[],;\"'`|")) {
    classes[static_cast<unsigned char>(c)] |= kEnd;
  }
  return classes;
}();

bool IsClass(char c, uint8_t bits) {
  return (kClasses[static_cast<unsigned char>(c)] & bits) != 0;
}

bool IsLocalOctet(char c) { return IsClass(c, kLocal); }
bool IsDomainOctet(char c) { return IsClass(c, kDomain); }
bool EndsAddress(char c) { return IsClass(c, kEnd); }

// Marks that people, and programs that mean well, put round an address, in
// UTF-8 and in the Windows code pages: quotation marks, angle brackets, blanks
// and what can't be seen.
constexpr std::array<std::string_view, 24> kMarks = {"'",
                                                     "`",
                                                     "\xC2\xAB",
                                                     "\xC2\xBB",
                                                     "\xC2\xB4",
                                                     "\xC2\xA0",
                                                     "\xE2\x80\x98",
                                                     "\xE2\x80\x99",
                                                     "\xE2\x80\x9A",
                                                     "\xE2\x80\x9C",
                                                     "\xE2\x80\x9D",
                                                     "\xE2\x80\x9E",
                                                     "\xE2\x80\xB9",
                                                     "\xE2\x80\xBA",
                                                     "\xE2\x80\x8B",
                                                     "\xE2\x80\x8E",
                                                     "\xE2\x80\x8F",
                                                     "\xEF\xBB\xBF",
                                                     "\xE3\x80\x80",
                                                     "\xE3\x80\x88",
                                                     "\xE3\x80\x89",
                                                     "\xEF\xBC\x9C",
                                                     "\xEF\xBC\x9E",
                                                     "\xE3\x80\x8A"};

std::string_view WithoutMarksBefore(std::string_view text) {
  for (bool any = true; any;) {
    any = false;
    for (const std::string_view mark : kMarks) {
      if (!text.starts_with(mark)) continue;
      text.remove_prefix(mark.size());
      any = true;
    }
  }
  return text;
}

std::string_view WithoutMarksBehind(std::string_view text) {
  for (bool any = true; any;) {
    any = false;
    for (const std::string_view mark : kMarks) {
      if (!text.ends_with(mark)) continue;
      text.remove_suffix(mark.size());
      any = true;
    }
  }
  return text;
}

bool IsControl(char c) {
  return (c >= 0 && c < ' ' && c != '\t') || c == '\x7f';
}

// Line ends before white space are folding.  nullopt: a control character, as
// which a bare CR or LF counts.
std::optional<std::string> UnfoldStrictly(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t end = text.substr(i).starts_with("\r\n") ? 2 : text[i] == '\n';
    if (end > 0 && i + end < text.size() && IsWsp(text[i + end])) {
      i += end - 1;
      continue;
    }
    if (IsControl(text[i])) return std::nullopt;
    line.push_back(text[i]);
  }
  return line;
}

// What one "@" stands in.
struct Place {
  enum class Kind { kNoAddress, kAddress, kUnclear };
  Kind kind = Kind::kNoAddress;
  bool in_angles = false;
  std::string_view local_part = {}, domain = {};
};

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  // REQUIRES: `at` grows from call to call.
  Place Read(size_t at) {
    const size_t left_end = BackOverBlanks(at);
    const size_t left = LocalBegin(left_end);
    const size_t right = OverBlanks(at + 1);
    const size_t right_end = DomainEnd(right);
    Place place;
    place.local_part = WithoutMarksBefore(text_.substr(left, left_end - left));
    place.domain = WithoutMarksBehind(text_.substr(right, right_end - right));
    while (place.domain.ends_with('.')) place.domain.remove_suffix(1);
    const bool adjacent = left_end == at && right == at + 1;
    place.kind = KindOf(place, adjacent, left, right, right_end);
    place.in_angles = IsInAngles(at);
    return place;
  }

 private:
  // The last angle bracket before `at` opens.
  bool IsInAngles(size_t at) {
    for (; seen_ < at; ++seen_) {
      const char c = text_[seen_];
      if (c == '<' || c == '>') in_angles_ = c == '<';
    }
    return in_angles_;
  }

  Place::Kind KindOf(const Place& place, bool adjacent, size_t left,
                     size_t right, size_t right_end) const {
    using Kind = Place::Kind;
    // An address literal, or a quoted local part, is one to some readers.
    if (At(right) == '[' || Before(left) == '\\') return Kind::kUnclear;
    if (place.local_part.empty() && Before(left) == '"') return Kind::kUnclear;
    const bool dotted = place.domain.find('.') != place.domain.npos;
    // "J @ Work": a word between two others.
    if (!dotted && (!adjacent || place.local_part.empty())) {
      return Kind::kNoAddress;
    }
    if (place.local_part.empty() || place.domain.empty()) {
      return dotted ? Kind::kUnclear : Kind::kNoAddress;
    }
    return IsEnded(right_end) ? Kind::kAddress : Kind::kUnclear;
  }

  // Nothing goes on behind the domain, not behind blanks or a comment either,
  // which may stand inside of a domain (RFC 5322 4.4 obs-domain).
  bool IsEnded(size_t end) const {
    if (end == text_.size()) return true;
    if (!EndsAddress(text_[end]) && !Is8Bit(text_[end])) return false;
    for (size_t depth = 0; end < text_.size(); ++end) {
      const char c = text_[end];
      if (c == '(') {
        ++depth;
      } else if (c == ')') {
        if (depth > 0) --depth;
      } else if (depth == 0 && !IsWsp(c)) {
        return c != '.' && c != '@';
      }
    }
    return true;
  }

  char At(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }
  char Before(size_t i) const { return i > 0 ? text_[i - 1] : '\0'; }

  size_t BackOverBlanks(size_t i) const {
    while (i > 0 && IsWsp(text_[i - 1])) --i;
    return i;
  }
  size_t OverBlanks(size_t i) const {
    while (i < text_.size() && IsWsp(text_[i])) ++i;
    return i;
  }
  size_t LocalBegin(size_t i) const {
    while (i > 0 && IsLocalOctet(text_[i - 1])) --i;
    return i;
  }
  size_t DomainEnd(size_t i) const {
    while (i < text_.size() && IsDomainOctet(text_[i])) ++i;
    return i;
  }

  std::string_view text_;
  size_t seen_ = 0;
  bool in_angles_ = false;
};

bool IsSame(const Place& a, const Place& b) {
  return EqualsIgnoreCase(a.local_part, b.local_part) &&
         EqualsIgnoreCase(a.domain, b.domain);
}

// The one place of all; kNoAddress for none, kUnclear for different ones.
Place ReadAll(std::string_view text) {
  const auto at_signs = std::count(text.begin(), text.end(), '@');
  if (static_cast<size_t>(at_signs) > kOnlyAddressMaxAtSigns) {
    return {.kind = Place::Kind::kUnclear};
  }
  Scanner scanner(text);
  Place only;
  for (size_t at = text.find('@'); at != text.npos;
       at = text.find('@', at + 1)) {
    const Place place = scanner.Read(at);
    if (place.kind == Place::Kind::kNoAddress) continue;
    const bool other =
        only.kind == Place::Kind::kAddress && !IsSame(only, place);
    if (place.kind == Place::Kind::kUnclear || other) {
      return {.kind = Place::Kind::kUnclear};
    }
    const bool in_angles = only.in_angles || place.in_angles;
    only = place;
    only.in_angles = in_angles;
  }
  // What stands in angle brackets is the address to most readers, though it be
  // none.
  const bool beside_angles = text.find('<') != text.npos && !only.in_angles;
  return beside_angles ? Place{.kind = Place::Kind::kUnclear} : only;
}

}  // namespace

std::optional<Mailbox> FindOnlyAddress(std::string_view text) {
  if (text.size() > kOnlyAddressMaxOctets) return std::nullopt;
  const std::optional<std::string> line = UnfoldStrictly(text);
  if (!line) return std::nullopt;
  const std::optional<std::string> decoded = DecodeWords(*line, {&kEdge, 1});
  const auto hidden = [](char c) { return IsControl(c) && c != kEdge; };
  if (!decoded || std::any_of(decoded->begin(), decoded->end(), hidden)) {
    return std::nullopt;
  }
  const Place only = ReadAll(*decoded);
  if (only.kind != Place::Kind::kAddress ||
      ParseDomain(only.domain).defect != NameDefect::kNone) {
    return std::nullopt;
  }
  return Mailbox{.display_name = "",
                 .local_part = std::string(only.local_part),
                 .domain = std::string(only.domain)};
}

}  // namespace mailassay::mail
