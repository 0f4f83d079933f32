// What to do about a key finding, in one or two sentences: in the words of the
// service whose selector it is, where one shows.
#pragma once

#include <string>
#include <string_view>

#include "lib/audit/key_fault.h"
#include "lib/audit/key_providers.h"

namespace mailassay::audit {

// `name`: s._domainkey.d, or the domain.
std::string KeyFix(KeyFault fault, Severity severity,
                   const ProviderMatch& match, std::string_view name);

}  // namespace mailassay::audit
