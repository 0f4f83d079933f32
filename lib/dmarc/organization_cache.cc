#include "lib/dmarc/organization_cache.h"

namespace mailassay::dmarc {

std::string_view OrganizationCache::Find(std::string_view domain) {
  if (domain.size() > kMostOctets) return list_->OrganizationalDomain(domain);
  const auto known = sizes_.find(domain);
  if (known != sizes_.end()) {
    return domain.substr(domain.size() - known->second);
  }
  if (sizes_.size() >= kMostDomains) sizes_.clear();
  const std::string_view found = list_->OrganizationalDomain(domain);
  sizes_.emplace(domain, found.size());
  return found;
}

}  // namespace mailassay::dmarc
