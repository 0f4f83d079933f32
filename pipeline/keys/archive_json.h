// Key archives of others, as JSON: what passive DNS, archive.zk.email and the
// DKIM Verifier of Thunderbird have seen.  Each says when it saw a record;
// those are the times of its origin.  Pure functions; no exception leaves them.
#pragma once

#include <string_view>

#include "nlohmann/json.hpp"
#include "pipeline/keys/key_rows.h"

namespace mailassay::keys {

// One line of passive DNS (draft-dulaunoy-dnsop-passive-dns-cof-13; DNSDB's are
// like it): {"rrname", "rrtype", "rdata", "time_first", "time_last", ...};
// rdata is a text or an array of texts, each as it came or as quoted strings.
// Other types than TXT are skipped, and so are names that no key can have.
bool LooksLikePassiveDns(std::string_view line);
void ReadPassiveDns(std::string_view line, KeyRows& rows);

// An element of what archive.zk.email gives for a domain: an array of
// {"domain", "selector", "firstSeenAt", "lastSeenAt", "value"}, times as RFC
// 3339 or null; domain and selector may lie in "domainSelectorPair".
bool LooksLikeArchivedKey(const nlohmann::json& element);
void ReadArchivedKey(const nlohmann::json& element, KeyRows& rows);

// The key store of DKIM Verifier: {"maxId", "keys": [{"sdid", "selector",
// "key", "insertedAt", "lastUsedAt", "secure"}]}, with or without {"keyStore":
// } around it.  "insertedAt" is a day; "lastUsedAt" says nothing of DNS.
bool LooksLikeThunderbird(const nlohmann::json& store);
void ReadThunderbird(const nlohmann::json& store, KeyRows& rows);

}  // namespace mailassay::keys
