#include "lib/dkim/tag_list.h"

#include <algorithm>
#include <optional>

#include "lib/base/ascii.h"
#include "lib/base/octet_word.h"

namespace mailassay::dkim {
namespace {

using Defect = TagList::Defect;

// None of the eight octets is a control, 0x7F or SP; 8-bit ones may be taken
// for such, and are then looked at one by one.
bool IsPlain(const char* octets) {
  const uint64_t word = LoadWord(octets);
  // With no high bit set, the sums carry into it from 0x21 on and from 0x7F on.
  const uint64_t above_space = word + kOnes * (0x80 - 0x21);
  const uint64_t is_del = word + kOnes;
  return ((~above_space | is_del | word) & kHigh) == 0;
}

// VALCHAR and FWS of RFC 6376 3.2, and octets of UTF-8 (RFC 8616 3).  A line
// end is LF or CRLF: header fields fold only before white space, and a record
// in DNS does no harm with a line end elsewhere.  A bare CR is no white space.
bool OnlyTagOctets(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text.size() - i >= kWord && IsPlain(text.data() + i)) {
      i += kWord - 1;
      continue;
    }
    const char c = text[i];
    if ((c > ' ' && c != 0x7F) || Is8Bit(c) || IsWsp(c) || c == '\n') continue;
    if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    return false;
  }
  return true;
}

// tag-name = ALPHA *ALNUMPUNC
bool IsTagName(std::string_view name) {
  return !name.empty() && IsAlpha(name[0]) &&
         std::all_of(name.begin() + 1, name.end(),
                     [](char c) { return IsAlnum(c) || c == '_'; });
}

// Reads text[begin, end), one tag-spec, into `list`.
Defect ReadSpec(std::string_view text, size_t begin, size_t end,
                TagList& list) {
  const std::string_view spec = text.substr(begin, end - begin);
  const size_t equals = spec.find('=');
  if (equals == std::string_view::npos) return Defect::kSyntax;
  const std::string_view name = TrimFws(spec.substr(0, equals));
  if (name.size() > kMaxTagName) return Defect::kLimit;
  if (!IsTagName(name)) return Defect::kSyntax;
  // RFC 6376 3.2: tags with duplicate names make the entire list invalid.
  if (list.Find(name) != nullptr) return Defect::kDuplicate;
  if (list.tags.size() == kMaxTags) return Defect::kLimit;
  const std::string_view value = spec.substr(equals + 1);
  list.tags.push_back({.name = name,
                       .value = TrimFws(value),
                       .raw_begin = begin + equals + 1,
                       .raw_size = value.size()});
  return Defect::kNone;
}

}  // namespace

const Tag* TagList::Find(std::string_view name) const {
  // Nearly all names have one letter.
  for (const Tag& tag : tags) {
    if (tag.name.size() == name.size() && tag.name[0] == name[0] &&
        tag.name == name) {
      return &tag;
    }
  }
  return nullptr;
}

TagList ParseTagList(std::string_view text) {
  TagList list;
  if (!OnlyTagOctets(text)) list.defect = Defect::kSyntax;
  for (size_t begin = 0;;) {
    const size_t end = std::min(text.find(';', begin), text.size());
    const bool last = end == text.size();
    // tag-list = tag-spec *( ";" tag-spec ) [ ";" ]
    const bool behind_trailing_semicolon =
        last && begin > 0 && TrimFws(text.substr(begin)).empty();
    if (behind_trailing_semicolon) break;
    const Defect defect = ReadSpec(text, begin, end, list);
    if (list.defect == Defect::kNone || defect == Defect::kLimit) {
      list.defect = defect;
    }
    if (last || defect == Defect::kLimit) break;
    begin = end + 1;
  }
  return list;
}

bool Items::Next(std::string_view& item) {
  if (at_end_) return false;
  const size_t end = std::min(left_.find(':'), left_.size());
  item = TrimFws(left_.substr(0, end));
  at_end_ = end == left_.size();
  if (!at_end_) left_.remove_prefix(end + 1);
  return true;
}

std::vector<std::string_view> SplitItems(std::string_view value,
                                         size_t max_items) {
  std::vector<std::string_view> split;
  Items items(value);
  for (std::string_view item; split.size() <= max_items && items.Next(item);) {
    split.push_back(item);
  }
  return split;
}

}  // namespace mailassay::dkim
