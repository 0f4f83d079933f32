// The tag=value list of RFC 6376 3.2, of signatures and key records alike.
// Views into the text given; no unfolding, no copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"

namespace mailassay::dkim {

inline constexpr size_t kMaxTags = 64;
inline constexpr size_t kMaxTagName = 64;

struct Tag {
  std::string_view name;   // as written; tag names are case-sensitive
  std::string_view value;  // without FWS at both ends
  // Offset in the text and octets of everything between "=" and ";" or the
  // end, white space included: what is emptied when b= is hashed.
  size_t raw_begin = 0;
  size_t raw_size = 0;
};

struct TagList {
  // An octet that no list may hold, else the first defect from left to right;
  // but kLimit, which stops the reading, goes before all others.
  enum class Defect : uint8_t { kNone, kSyntax, kDuplicate, kLimit };
  Defect defect = Defect::kNone;
  // What could be read, also after a defect (the first of duplicates).
  absl::InlinedVector<Tag, 16> tags;

  // REQUIRES: a name that is not empty.
  const Tag* Find(std::string_view name) const;
};

// One trailing ";" is allowed, with white space behind it; an empty tag-spec
// elsewhere is not.  A value may hold octets of 0x80 and above (RFC 8616 has
// U-labels in d=): each tag decides.  Linear time.
TagList ParseTagList(std::string_view text);

// The items of a colon-separated value (h=, q=, s=, t=), without FWS at both
// ends, one after the other; there is always at least one, and any may be
// empty.  Views into the value.
class Items {
 public:
  explicit Items(std::string_view value) : left_(value) {}
  // False: there are no more.
  bool Next(std::string_view& item);

 private:
  std::string_view left_;
  bool at_end_ = false;
};

// All of them; of more than `max_items` the first max_items + 1.
std::vector<std::string_view> SplitItems(std::string_view value,
                                         size_t max_items);

}  // namespace mailassay::dkim
