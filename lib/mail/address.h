// The author of a message: what its From: field says, by a strict reading of
// RFC 5322 3.4 with the obs- forms of 4.4 (routes, empty list elements, CFWS
// anywhere the grammar has it).  A reading that a strict reader would not make
// is a defect, never a guess: who the author is decides alignment.
#pragma once

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
  std::vector<Mailbox> mailboxes;  // those of groups included
};

// REQUIRES: nothing; any octets.  Linear in text.size(); comments may nest to
// a depth of 64, deeper is not valid.
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
  // topmost From field's first mailbox, for showing and grouping only.
  std::string domain;
  std::string address;  // local@domain of that mailbox, as bytes; for showing
  size_t from_count = 0;       // From fields
  AnomalySet anomalies;        // kMultiFrom, kMultiAuthor, kFromSyntax,
                               // kFromAmbiguous
};

// Reads all From fields, by our parser and by the second reader
// (second_reader.h); where that sees another set of domains: kFromAmbiguous.
Author FindAuthor(const Header& header);

}  // namespace mailassay::mail
