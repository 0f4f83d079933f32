// PublicSuffixList with a memory: the same few domains write most of an
// archive, and a look into the list costs more than all else about alignment.
//
// A plain value of one thread; remembers a bounded number of domains and
// forgets all of them when it is full.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "lib/base/text_hash.h"
#include "lib/dmarc/organizational_domain.h"

namespace mailassay::dmarc {

class OrganizationCache {
 public:
  // `list` outlives the cache.
  explicit OrganizationCache(const PublicSuffixList& list) : list_(&list) {}

  // As PublicSuffixList::OrganizationalDomain: a view into `domain`.
  std::string_view Find(std::string_view domain);

 private:
  static constexpr size_t kMostDomains = 4096;
  static constexpr size_t kMostOctets = 253;  // of a domain: RFC 1035 2.3.4

  const PublicSuffixList* list_;
  // The size of each domain's organizational domain, which is its end.
  absl::flat_hash_map<std::string, size_t, TextHash, std::equal_to<>> sizes_;
};

}  // namespace mailassay::dmarc
