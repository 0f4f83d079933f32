// What keys check asks of a domain beyond the names that its mail needs: the
// services' usual selectors, and a name that nobody made.  Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/domain_keys.h"
#include "lib/audit/key_findings.h"

namespace mailassay::audit {

// Answered only by a wildcard.
inline constexpr std::string_view kNobodysSelector =
    "mailassay-asks-what-nobody-made";

// Further selectors to ask of the domain, whose own have their answers; sorted.
// `thorough`: all usual ones, which are asked too when a selector in use has no
// record, so that a mismatch shows.
std::vector<std::string> ProbesOf(const DomainKeys& domain, bool thorough);

// Adds to the domain what its `probes` were answered, as far as it says
// something: with a record or a CNAME, and not where a wildcard answers; and
// the `wanted` selectors, whatever they were answered.
void TakeProbes(const std::vector<std::string>& probes,
                const std::vector<std::string>& wanted,
                const AnswerOf& answer_of, DomainKeys* domain);

}  // namespace mailassay::audit
