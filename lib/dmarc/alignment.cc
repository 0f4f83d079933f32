#include "lib/dmarc/alignment.h"

namespace mailassay::dmarc {

// RFC 7489 3.1.1: strict is the same name, relaxed the same organization.
Alignment Align(Organized signer, Organized author) {
  if (author.organization.empty()) return {};
  if (signer.domain == author.domain) return {.strict = true, .relaxed = true};
  return {.strict = false,
          .relaxed = signer.organization == author.organization};
}

Alignment Align(std::string_view signing_domain, std::string_view author_domain,
                const PublicSuffixList& suffixes) {
  return Align({signing_domain, suffixes.OrganizationalDomain(signing_domain)},
               {author_domain, suffixes.OrganizationalDomain(author_domain)});
}

}  // namespace mailassay::dmarc
