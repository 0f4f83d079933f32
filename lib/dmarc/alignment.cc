#include "lib/dmarc/alignment.h"

namespace mailassay::dmarc {

Alignment Align(std::string_view signing_domain, std::string_view author_domain,
                const PublicSuffixList& suffixes) {
  const std::string_view author = suffixes.OrganizationalDomain(author_domain);
  if (author.empty()) return {};
  // RFC 7489 3.1.1: strict is the same name, relaxed the same organization.
  return {.strict = signing_domain == author_domain,
          .relaxed = suffixes.OrganizationalDomain(signing_domain) == author};
}

}  // namespace mailassay::dmarc
