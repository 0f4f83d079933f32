// Who says what stands under a name, and which key findings may rest on that:
// what DNS publishes is said only where DNS has answered, in this run or, with
// its date, in one that a key history remembers.  The record of a key file is a
// record of that file.  Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/audit/domain_keys.h"
#include "lib/audit/key_fault.h"

namespace mailassay::audit {

// What a finding says something of.
enum class Ground : uint8_t {
  kMail,    // of the mail: whoever knows the key
  kRecord,  // of a record or its key: of a file's as such
  kDns,     // of what DNS publishes: nobody else can know
};
Ground GroundOf(KeyFault fault);

enum class Witness : uint8_t { kNobody, kOthers, kDns };
// The best that stands behind the selector's answer.
Witness WitnessOf(const SelectorKeys& selector);

// "keys.tsv" of "import:dir/keys.tsv"; empty: the source is no file.
std::string FileOf(std::string_view source);

// May the finding be made of this selector?
bool MaySay(KeyFault fault, const SelectorKeys& selector);
// Who says so, to stand behind the evidence in words: "(in keys.tsv)",
// "(DNS, 2026-03-01)" of what is remembered; empty where DNS has answered for
// this audit, or the finding rests on no record.
std::string WitnessText(KeyFault fault, const SelectorKeys& selector);

}  // namespace mailassay::audit
