// The options of an audit that is stored: how it was judged and written, for
// commands that look at it again.
#pragma once

#include "pipeline/run/options.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

// `base` with what the audit fixed: the rules of judgement, --raw-csv, --rows,
// --sample.
Options WithStored(const store::Settings& settings, Options base);

// A run that goes on judges "now" at the time of its beginning.
void TakeStoredNow(Options* options);

}  // namespace mailassay::run
