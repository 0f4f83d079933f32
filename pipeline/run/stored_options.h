// The options of an audit that is stored: how it was judged and written, for
// commands that look at it again.
#pragma once

#include "absl/status/status.h"
#include "pipeline/run/options.h"
#include "pipeline/store/audit_store.h"

namespace mailassay::run {

// `base` with what the audit fixed: the rules of judgement, --raw-csv, --rows,
// --sample, --custody; and how it saw duplicates, unless `base` says how.
Options WithStored(const store::Settings& settings, Options base);

// An audit judged "now" that was added to is judged at the later time,
// `from`'s.
void TakeEvaluationTime(const store::Settings& from, store::Settings* settings);

// InvalidArgument: `asked` wants --dedupe raw of an audit without SHA-256.
absl::Status CheckDuplicateRule(const store::Settings& settings,
                                const Options& asked);

// A run that goes on judges "now" at the time of its beginning.
void TakeStoredNow(Options* options);

}  // namespace mailassay::run
