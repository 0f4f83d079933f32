// Key archives of others, as JSON: what passive DNS, archive.zk.email and the
// DKIM Verifier of Thunderbird have seen.  Each says when it saw a record;
// those are the times of its origin.  Pure functions; no exception leaves them.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "pipeline/keys/answer.h"

namespace mailassay::keys {

// One line of passive DNS (draft-dulaunoy-dnsop-passive-dns-cof-13):
// {"rrname", "rrtype", "rdata", "time_first", "time_last", ...}; rdata is a
// text or an array of texts, each as it came or as quoted strings.  Other types
// than TXT are skipped, and so are names that no key can have.
bool LooksLikePassiveDns(std::string_view line);
absl::Status ReadPassiveDns(std::string_view line, AnswerList& answers);

// What archive.zk.email gives for a domain: an array of {"domain", "selector",
// "firstSeenAt", "lastSeenAt", "value"}, times as RFC 3339 or null.
absl::Status ReadKeyArchive(std::string_view text, AnswerList& answers);

// The key store of DKIM Verifier: {"maxId", "keys": [{"sdid", "selector",
// "key", "insertedAt", "lastUsedAt", "secure"}]}, with or without {"keyStore":
// } around it.  "insertedAt" is a day; "lastUsedAt" says nothing of DNS.
bool LooksLikeThunderbird(std::string_view text);
absl::Status ReadThunderbird(std::string_view text, AnswerList& answers);

}  // namespace mailassay::keys
