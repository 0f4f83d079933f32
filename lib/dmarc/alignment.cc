#include "lib/dmarc/alignment.h"

namespace mailassay::dmarc {
namespace {

// The names are compared before their organizations (RFC 9989; RFC 7489 3.1.1:
// strict is the same name): what a list says of a name, in its part for domains
// that let others register below them too, takes it from nobody who signs with
// it.  d=com is told from it by its one label (RFC 6376 3.5 has two in d=).
// No top-level domain is all digits (RFC 3696 2): that is an address.
bool IsSameName(std::string_view signer, std::string_view author) {
  const size_t dot = signer.rfind('.');
  return signer == author && dot != signer.npos &&
         signer.find_first_not_of("0123456789", dot + 1) != signer.npos;
}

}  // namespace

Alignment Align(Organized signer, Organized author) {
  if (IsSameName(signer.domain, author.domain)) {
    return {.strict = true, .relaxed = true};
  }
  // RFC 7489 3.1.1: relaxed is the same organization.
  return {.strict = false,
          .relaxed = !author.organization.empty() &&
                     signer.organization == author.organization};
}

Alignment Align(std::string_view signing_domain, std::string_view author_domain,
                const PublicSuffixList& suffixes) {
  return Align({signing_domain, suffixes.OrganizationalDomain(signing_domain)},
               {author_domain, suffixes.OrganizationalDomain(author_domain)});
}

}  // namespace mailassay::dmarc
