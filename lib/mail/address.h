// The author of a message: what its From: field says, by a strict reading of
// RFC 5322 3.4 with the obs- forms of 4.4 (routes, empty list elements, CFWS
// anywhere the grammar has it).  A reading that a strict reader would not make
// is a defect, never a guess: who the author is decides alignment.  One more
// reading is taken, with an anomaly: where the topmost From field breaks the
// grammar and holds one address only (only_address.h), all take that one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/mail/header.h"

namespace mailassay::mail {

struct Mailbox {
  std::string display_name;  // unquoted, comments removed; as bytes
  std::string local_part;    // unquoted
  std::string domain;        // as written, comments and white space removed
};

struct AddressList {
  bool valid = false;  // the whole text is a mailbox-list or address-list
  // Those of groups included.  When not valid: those before the defect.
  std::vector<Mailbox> mailboxes;
};

// More mailboxes than this are not valid: a bound on memory.
inline constexpr size_t kMaxMailboxes = 4096;

// The value of a field, folded as it is.  REQUIRES: nothing; any octets.
// Linear in text.size(); comments may nest to a depth of 64, deeper is not
// valid.  Control characters and bare CR are not valid anywhere, though RFC
// 5322 4 tolerates some: readers disagree on them.  8-bit octets that are not
// UTF-8 are text in display names, quoted strings and comments (old mail is
// full of them) and not valid in a local part or domain.
AddressList ParseAddressList(std::string_view text);

// Why there is no single author domain (RFC 9989, RFC 7489 6.6.1).
enum class AuthorDefect : uint8_t {
  kNone,
  kNoFrom,       // no From field
  kMultiFrom,    // more than one From field
  kSyntax,       // the field is not what RFC 5322 allows, or names no domain
  kMultiAuthor,  // several mailboxes of different domains
  kBadDomain,    // the domain is not a domain name (an address literal, say)
};
std::string_view AuthorDefectName(AuthorDefect defect);

struct Author {
  AuthorDefect defect = AuthorDefect::kNone;
  // Lower-case A-labels.  Also set where it can be for a defect, from the
  // topmost From field's first mailbox, for showing and grouping only; of a
  // field without a readable one, the only domain that the second reader sees,
  // or that of "ann at example.com".
  std::string domain;
  // local@domain of that mailbox, as bytes; the local part quoted where it
  // must be; for showing.
  std::string address;
  size_t from_count = 0;  // From fields
  AnomalySet anomalies;   // kMultiFrom, kMultiAuthor, kFromSyntax,
                          // kFromAmbiguous, kFromRepaired
};

// Mailboxes of one domain are one author domain; those inside a group are
// authors (RFC 6854), an empty group has none (kSyntax).  A field may earn
// several defects: the first in the order of AuthorDefect counts.  Every From
// field is parsed for anomalies, the topmost also by the second reader
// (second_reader.h).
//
// kFromRepaired: what would be kSyntax or kBadDomain is no defect, since the
// field holds one address only and the second reader names no other domain;
// kFromSyntax stands beside it.
//
// kFromAmbiguous: that reader names a domain that ours does not name; or it
// lacks one of ours although all it names are domains.  What it misreads
// openly ("b.com>") is no other author, and where it gives up it has seen
// nothing: neither is flagged.  A field that our parser refuses names no
// domain.
Author FindAuthor(const Header& header);

}  // namespace mailassay::mail
