// What keys check says of a domain, for people.  Pure.
#pragma once

#include <span>
#include <string>

#include "lib/audit/domain_keys.h"
#include "lib/audit/key_fault.h"
#include "lib/audit/key_findings.h"

namespace mailassay::audit {

// Lines: the domain and its mail, what it publishes, and each finding with its
// evidence and its fix, the worst first.  Safe for a terminal.
std::string DomainReport(const DomainKeys& domain,
                         std::span<const KeyFinding> findings);
// A finding by itself; and in one line, without its fix.
std::string FindingReport(const KeyFinding& finding);
std::string FindingLine(const KeyFinding& finding);

// "3 domains: 2 errors, 1 warning, 0 notes".
std::string CheckTotals(uint64_t domains, const KeyFindingSums& sums);

}  // namespace mailassay::audit
