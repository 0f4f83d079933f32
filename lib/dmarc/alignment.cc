#include "lib/dmarc/alignment.h"

#include "lib/base/domain_name.h"

namespace mailassay::dmarc {

Alignment Align(std::string_view signing_domain, std::string_view author_domain,
                const PublicSuffixList& suffixes) {
  const std::string_view author = suffixes.OrganizationalDomain(author_domain);
  if (author.empty()) return {};
  // RFC 7489 3.1.1: strict is the same name, relaxed the same organization.
  if (signing_domain == author_domain) return {.strict = true, .relaxed = true};
  // A name belongs to an organization only below its domain: most signers of
  // other domains are told without a second look into the list.
  return {.strict = false,
          .relaxed = IsSameOrBelow(signing_domain, author) &&
                     suffixes.OrganizationalDomain(signing_domain) == author};
}

}  // namespace mailassay::dmarc
