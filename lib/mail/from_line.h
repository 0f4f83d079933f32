// The From_ line of an mbox by itself: "From ", an envelope sender and a date,
// as the many programs that wrote mailboxes have put them.
//
// Pure and stateless; views live as long as the line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mailassay::mail {

// What follows "From " on a line.  Only a line with a date is hardly ever
// anything else; how much each form says is weighed in mbox.h.
enum class FromLineForm : uint8_t {
  kNone,      // prose
  kWord,      // one word: "From Alice"
  kAddress,   // a few words, one of them an address, and no date
  kBare,      // nothing, or "-": Thunderbird since version 100 or so
  kDateLike,  // no date that is known, but a time of day and a year
  kDated,     // a sender, which may be empty or hold spaces, and a date
  kPatch,     // git's patches: an object name and a date that never changes
};

inline constexpr std::string_view kFromWord = "From ";
inline constexpr size_t kMaxFromLine = 1000;  // octets

// `line` is without its line end.  Lines over 1,000 octets are kNone: RFC 5321
// 4.5.3.1.3 allows a path of 256.
FromLineForm FormOfFromLine(std::string_view line);

// The envelope sender of a From_ line, without the date; may be empty.
std::string_view EnvelopeFrom(std::string_view from_line);

}  // namespace mailassay::mail
