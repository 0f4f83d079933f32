// Dates as mail writes them, in UTC, without locale or time zone database.
#pragma once

#include <cstdint>
#include <string>

namespace mailassay::bench {

// RFC 5322 3.3: "Tue, 14 Nov 2023 22:13:20 +0000".
std::string MailDate(uint64_t unix_seconds);
// As the From_ line of an mbox has it: "Tue Nov 14 22:13:20 2023".
std::string FromLineDate(uint64_t unix_seconds);

}  // namespace mailassay::bench
