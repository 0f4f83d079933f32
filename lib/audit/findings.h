// Findings: what troubles many messages, in plain words.  Each message adds to
// at most one, that of its best signature's trouble, so counts are messages.
//
// A finding's key is its code and a subject of up to two parts, joined by NUL.
// Codes and the parts of their subjects are documented in formats.md; they are
// part of the output format: only ever added.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "lib/audit/row.h"
#include "lib/audit/tally.h"
#include "lib/audit/unit.h"

namespace mailassay::audit {

// Writes the key of the message's finding to `key`; false when it has none
// (verified and aligned, or never sent).
bool FindingKey(const MessageRow& row, std::string* key);

// A finding in words: what is the case, with the count of messages and the days
// of the first and the last, and what it means or what to do.  Safe text;
// `what` and `hint` are at most `columns` columns each.  REQUIRES: columns
// >= 80.
struct FindingText {
  std::string code;
  std::string subject;  // whole, its parts joined by " "
  std::string what;
  std::string hint;
};
//
// `signed_since`: of an unsigned sender (SignedSince).
FindingText DescribeFinding(std::string_view key, const FindingTally& tally,
                            size_t columns, std::string_view signed_since = {});
// The same of a cause that fits all of `part`, raw octets; the days stand in
// the hint, of at most 96 columns.
FindingText DescribeCause(std::string_view part, const UnitCause& cause,
                          size_t columns);

// A key taken apart; views into it.  Of damage the ledger has a key for each
// unit: the finding's, NUL and the unit (UnitOf).
struct FindingParts {
  std::string_view finding;  // its key
  std::optional<Damage> damage;
  std::string_view unit;  // of damage
};
FindingParts PartsOfFinding(std::string_view key);
// The author domain that a finding "unsigned" is of; nullopt of all others.
std::optional<std::string_view> SenderOfUnsigned(std::string_view key);

// All codes, for the documentation's test.
std::span<const std::string_view> FindingCodes();

}  // namespace mailassay::audit
