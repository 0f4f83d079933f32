// What goes wrong while reading, as absl::Status inside this folder and as one
// row of errors.csv outside of it.  Stateless.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "lib/audit/books.h"
#include "lib/audit/error_row.h"

namespace mailassay::source {

// The text says what happened; FaultRow puts the path and the offset before it.
absl::Status Unreadable(std::string_view what, int error_number);
absl::Status Damaged(std::string_view what);
absl::Status OverLimit(std::string_view what);
absl::Status Changed(std::string_view what);

audit::ErrorCode FaultCode(const absl::Status& fault);
// What is lost by it.
audit::Gap FaultGap(const absl::Status& fault);

// REQUIRES: !fault.ok().  `more` is added to the sentence; may be empty.
audit::ErrorRow FaultRow(const absl::Status& fault, std::string_view file,
                         uint64_t offset, uint64_t length,
                         std::string_view more);
// The same for mail read up to octet `at`, of which the message before it, from
// octet `cut` on, is left out: what is missing of it would read as a broken
// signature (promise P5).  cut == at: nothing is.
audit::ErrorRow CutRow(const absl::Status& fault, std::string_view file,
                       uint64_t at, uint64_t cut, std::string_view more);

}  // namespace mailassay::source
