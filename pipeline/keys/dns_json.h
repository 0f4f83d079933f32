// DNS records as JSON of any shape: answers of DNS over HTTPS, exports of name
// servers and their panels, scanners, a record by itself.  An object that has a
// name (or domain and selector) and a value is a record, wherever it lies.
// Pure functions; no exception leaves them.
#pragma once

#include "nlohmann/json.hpp"
#include "pipeline/keys/key_rows.h"

namespace mailassay::keys {

// Takes all TXT records and CNAMEs in `value`, and of an answer of DNS over
// HTTPS its status; false: there is none.  rows.line() is that of all.
bool ReadDnsJson(const nlohmann::json& value, KeyRows& rows);

}  // namespace mailassay::keys
