// The header section of a message (RFC 5322 2.2) as views into its bytes.
//
// Fields are found the way mail is read, not the way it should have been
// written: a line ends at LF, with or without CR; a bare CR is an octet of the
// field; a line of white space only folds (flag); a line without a colon is a
// field without a name (flag), never the end of the header.  The header ends
// at the first empty line, or where the text ends.
//
// Tools that keep mail in an mbox quote every line "From" of it, in the header
// too: where no From field stands and a field ">From" does, all fields whose
// names begin ">From" are read without their ">" (flag).  A From field that
// stands is the only one: then nothing is read so, and no message has two.
//
// Pure and stateless; all views live as long as the bytes given.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/field_name.h"

namespace mailassay::mail {

struct HeaderField {
  // From the first octet of the name, folded lines included, without the line
  // end that closes the field.
  std::string_view raw;
  // Octets of the name, without white space before the colon; 0: no colon in
  // the field's first line or nothing before it.
  uint32_t name_size = 0;
  // Where the value begins: behind the colon.  raw.size() when name_size is 0.
  uint32_t value_begin = 0;
  FieldName known = FieldName::kOther;

  std::string_view name() const { return raw.substr(0, name_size); }
  std::string_view value() const { return raw.substr(value_begin); }
};

// What in the bytes of a message a reader should be told of.  The names (see
// AnomalyName) are part of the output format: only ever added.
enum class Anomaly : uint8_t {
  kMultiFrom,         // more than one From field
  kMultiAuthor,       // From names more than one domain
  kFromSyntax,        // From is missing or no RFC 5322 mailbox-list
  kFromAmbiguous,     // a second reader of mail sees other author domains
  kBareCr,            // CR without LF
  kMixedEol,          // both LF and CRLF end lines
  kNul,               // an octet 0
  kWsOnlyLine,        // a line of white space only inside the header
  kGarbageHeader,     // a header line without a colon
  kSpaceBeforeColon,  // "From : x"
  kLongName,          // a field name over 1,000 octets
  kNoBodySeparator,   // the text ends inside the header
  kFromLine,          // the first line is an mbox "From " or ">From " line
  kEightBitName,      // a field name with 8-bit octets
  kLongField,         // a field over 256 KiB
  kDupSubject,        // the following: a field that may stand once stands
  kDupTo,             // more often (RFC 5322 3.6)
  kDupCc,
  kDupDate,
  kDupReplyTo,
  kDupSender,
  kDupMessageId,
  kDupContentType,
  kDupContentTransferEncoding,
  kDupMimeVersion,
  kEndInDoubt,    // where the message ends in its mbox nothing proves
  kCrCrLf,        // CR CR LF ends its lines
  kFromQuoted,    // From stands as ">From:", and is read without the ">"
  kFromRepaired,  // From is no RFC 5322 mailbox-list and holds one address
  kCount,
};
std::string_view AnomalyName(Anomaly anomaly);

class AnomalySet {
 public:
  void Add(Anomaly a) { bits_ |= uint64_t{1} << static_cast<int>(a); }
  void Add(AnomalySet other) { bits_ |= other.bits_; }
  bool Has(Anomaly a) const { return bits_ >> static_cast<int>(a) & 1; }
  bool empty() const { return bits_ == 0; }
  uint64_t bits() const { return bits_; }
  static AnomalySet FromBits(uint64_t bits) {
    AnomalySet set;
    set.bits_ = bits;
    return set;
  }
  friend bool operator==(AnomalySet, AnomalySet) = default;

 private:
  uint64_t bits_ = 0;
};

// Which octets end the lines of a text.
enum class LineEnds : uint8_t { kNone, kLf, kCrlf, kMixed };

struct Header {
  std::vector<HeaderField> fields;  // in order, topmost first
  size_t size = 0;  // octets of the section, the empty line included
  LineEnds line_ends = LineEnds::kNone;
  AnomalySet anomalies;  // those of the header's bytes; not kMultiFrom etc.
  // Of each known name: 1 + the index of its topmost field; 0: none.
  std::array<uint32_t, kFieldNames> topmost{};

  // The topmost field of that name, or nullptr.  REQUIRES: not kOther.
  const HeaderField* Find(FieldName name) const {
    const uint32_t number = topmost[static_cast<size_t>(name)];
    return number == 0 ? nullptr : &fields[number - 1];
  }
  // The same for any name (ASCII case ignored).
  const HeaderField* Find(std::string_view name) const;
  size_t Count(std::string_view name) const;
  // Removes the last field.  REQUIRES: there is one.
  void PopField();
};

// Octets of the header section at the start of `text`, the empty line
// included; nullopt when no empty line is in `text` (the section may go on).
std::optional<size_t> FindHeaderEnd(std::string_view text);

// Parses a whole header section: `text` is the section, with its empty line or
// without, or a whole message.  Never fails.  At most `max_fields` fields are
// kept; a section with more has fields.size() == max_fields + 1.
Header ParseHeader(std::string_view text, size_t max_fields);
// The same into `header`, whatever it was; the memory of its fields is used
// again.
void ParseHeader(std::string_view text, size_t max_fields, Header& header);

// A field's value on one line: line ends removed, the white space at both ends
// too, inner white space as it was.  For showing; never for hashing.
std::string Unfold(std::string_view value);

}  // namespace mailassay::mail
