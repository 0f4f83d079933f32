// What method.txt says of an audit, from what is stored of it: so that each
// command that looks at the audit makes the same page.
#pragma once

#include "lib/audit/method.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/run/results.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

// `settings`: of the audit as it is finished.  `keys`: that it was judged with.
audit::MethodFacts MethodFactsOf(const store::Settings& settings,
                                 const keys::KeyStore& keys,
                                 const Results& results);

}  // namespace mailassay::run
