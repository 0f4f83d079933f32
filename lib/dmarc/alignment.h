// Identifier alignment (RFC 9989; RFC 7489 3.1.1): does a d= domain belong to
// the domain that the reader sees in From:?  Pure.
#pragma once

#include <string_view>

#include "lib/dmarc/organizational_domain.h"

namespace mailassay::dmarc {

struct Alignment {
  bool strict = false;   // the names are equal
  bool relaxed = false;  // or their organizational domains are equal
};

// A domain and its organizational domain, which is empty or a suffix of it.
struct Organized {
  std::string_view domain;
  std::string_view organization;
};

Alignment Align(Organized signer, Organized author);

// Both in lower-case A-labels.  Equal names of two labels or more are aligned,
// public suffixes too ("gov.in", "iki.fi"): nothing lies between them.  A name
// that is a public suffix belongs to no organization, so it aligns with no
// other name; an empty one, or one of one label ("com"), aligns with nothing.
Alignment Align(std::string_view signing_domain, std::string_view author_domain,
                const PublicSuffixList& suffixes);

}  // namespace mailassay::dmarc
