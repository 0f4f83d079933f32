// Key findings: what is wrong, or worth knowing, about the selectors and keys
// of the domains that signed.  From the tallies of the mail and what the names
// publish; pure.
//
// What is past is not called a fault: a selector that no mail used for 30 days
// (before the names were asked, or where that is not known before the domain's
// last mail) is out of use, and its faults count one severity less.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "lib/audit/domain_keys.h"
#include "lib/audit/key_directory.h"
#include "lib/audit/key_fault.h"
#include "lib/audit/spill.h"

namespace mailassay::audit {

// All findings of one domain, sorted by selector, fault and detail.
std::vector<KeyFinding> FindingsOfDomain(const DomainKeys& domain,
                                         const KeyDirectory& directory);

// What is published under a name; null: nobody was asked.
using AnswerOf = std::function<std::shared_ptr<const dkim::KeyAnswer>(
    const std::string& name)>;

// The domains of a ledger in byte order, one at a time.  Of a domain with more
// than kMaxSelectors selectors so many are looked at together, as if they were
// all.
inline constexpr size_t kMaxSelectors = 4096;
void ForEachDomain(SpillMap<KeyTally>& keys, const AnswerOf& answer_of,
                   const std::function<void(DomainKeys&)>& visit);

// All keys of the ledger that fit `cap_bytes`, compared.
KeyDirectory DirectoryOf(SpillMap<KeyTally>& keys, size_t cap_bytes);
// That keys did not fit; nullopt: all did.
std::optional<KeyFinding> NotCompared(const KeyDirectory& directory);

// The findings of all domains of a ledger, in the byte order of d=, s= and
// code; NotCompared before them.
void FindKeyFindings(SpillMap<KeyTally>& keys, const AnswerOf& answer_of,
                     size_t cap_bytes,
                     const std::function<void(const KeyFinding&)>& visit);

// How many there are, and the worst of them.
struct KeyFindingSums {
  static constexpr size_t kWorst = 10;
  std::array<uint64_t, static_cast<size_t>(Severity::kCount)> counts{};
  std::vector<KeyFinding> worst;  // the worst first

  void Add(const KeyFinding& finding);
  uint64_t all() const { return counts[0] + counts[1] + counts[2]; }
};

}  // namespace mailassay::audit
