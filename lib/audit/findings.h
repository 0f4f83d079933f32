// Findings: what troubles many messages, in plain words.  Each message adds to
// at most one, that of its best signature's trouble, so counts are messages.
//
// A finding's key is its code and a subject of up to two parts, joined by NUL.
// Codes and the parts of their subjects are documented in formats.md; they are
// part of the output format: only ever added.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "lib/audit/row.h"

namespace mailassay::audit {

// Writes the key of the message's finding to `key`; false when it has none
// (verified and aligned, or never sent).
bool FindingKey(const MessageRow& row, std::string* key);

// A finding in words: what is the case, with the count of messages, and what
// it means or what to do.  Safe text; `what` and `hint` are at most `columns`
// columns each.  REQUIRES: columns >= 80.
struct FindingText {
  std::string code;
  std::string subject;  // whole, its parts joined by " "
  std::string what;
  std::string hint;
};
FindingText DescribeFinding(std::string_view key, uint64_t count,
                            size_t columns);

// All codes, for the documentation's test.
std::span<const std::string_view> FindingCodes();

}  // namespace mailassay::audit
