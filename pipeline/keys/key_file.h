// Key files (--keys, --keys-out): names and their records, in seven forms told
// apart by content: "name TAB record" lines (!NXDOMAIN, !TIMEOUT, !SERVFAIL for
// DNS outcomes), a BIND zone file, a JSON object {name: record or [strings] or
// [[strings], ...]}, the JSON lines that --keys-out writes, and three archives
// of others (archive_json.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/dkim/key_answer.h"

namespace mailassay::keys {

// `source` names the file in errors and in KeyAnswer::source ("import:NAME").
// One answer a name, in the order of first occurrence; several records of one
// name are several candidates.  An error says file, line and what is wrong.
absl::StatusOr<std::vector<dkim::KeyAnswer>> ParseKeyFile(
    std::string_view text, std::string_view source);

absl::StatusOr<std::vector<dkim::KeyAnswer>> ReadKeyFile(
    const std::string& path);

// One JSON line of --keys-out, with its line end.  Given back to --keys the
// run repeats: ParseKeyFile(FormatKeyLine(a)) == a in all that decides.
std::string FormatKeyLine(const dkim::KeyAnswer& answer);

}  // namespace mailassay::keys
