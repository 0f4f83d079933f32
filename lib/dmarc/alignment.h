// Identifier alignment (RFC 9989; RFC 7489 3.1.1): does a d= domain belong to
// the domain that the reader sees in From:?  Pure.
#pragma once

#include <string_view>

#include "lib/dmarc/organizational_domain.h"

namespace mailassay::dmarc {

struct Alignment {
  bool strict = false;   // the names are equal
  bool relaxed = false;  // their organizational domains are equal
};

// A domain and its organizational domain, which is empty or a suffix of it.
struct Organized {
  std::string_view domain;
  std::string_view organization;
};

Alignment Align(Organized signer, Organized author);

// Both in lower-case A-labels.  An empty name, or one that is a public suffix
// ("com"), aligns with nothing across organizations: strict needs equality and
// an organizational domain too, so that d=com never aligns.
Alignment Align(std::string_view signing_domain, std::string_view author_domain,
                const PublicSuffixList& suffixes);

}  // namespace mailassay::dmarc
