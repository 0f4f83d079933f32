// What keys recover has come to for one name, as a line of its file: the line
// of --keys-out for recovered keys, which answer nothing (the status stays
// not_asked), with one member more.  A name may have several lines.  Pure
// functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/crypto/public_key.h"
#include "lib/dkim/key_answer.h"

namespace mailassay::keys {

struct RecoveryLine {
  dkim::KeyAnswer answer;  // recovered keys, if any
  // "tried": so many signatures gave no further key; 0: not all were tried.
  uint64_t tried = 0;
  uint64_t tries = 0;  // so many pairs in a row
};

// A key that made `signatures` of the name; `now`: Unix seconds.
RecoveryLine RecoveredLine(const std::string& name,
                           const crypto::PublicKey& key, uint32_t signatures,
                           int64_t now);
RecoveryLine TriedLine(const std::string& name, uint64_t tried, uint64_t tries,
                       int64_t now);

// With its line end.
std::string FormatRecoveryLine(const RecoveryLine& line);

// The lines of `text`.  InvalidArgument: a line is no such line; `source` names
// the file in errors.
absl::StatusOr<std::vector<RecoveryLine>> ParseRecoveryLines(
    std::string_view text, std::string_view source);

}  // namespace mailassay::keys
