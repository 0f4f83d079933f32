// What key files, DNS and the store share about a KeyAnswer: checked names,
// added records, merged sources.  Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "lib/dkim/key_answer.h"

namespace mailassay::keys {

// The name in lower case and without a trailing dot; nullopt when it is not
// letters, digits, hyphens and underscores in labels of 1-63 octets, 253 in
// all (RFC 1035 2.3.4).
std::optional<std::string> NormalName(std::string_view name);

// Adds one TXT record and makes the status kFound.  Of a record that is there
// already the origins are joined; a text over kMaxTxtText keeps its first
// kMaxTxtText + 1 octets (so that it still shows as too long); one record more
// than kMaxRecords drops all and leaves kTxtLimit.
void AddRecord(std::string_view text, std::string_view source,
               dkim::KeyAnswer& answer);
void AddRecord(std::string_view text, dkim::KeyOrigin origin,
               dkim::KeyAnswer& answer);
void AddRecord(dkim::KeyRecord record, dkim::KeyOrigin origin,
               dkim::KeyAnswer& answer);

// Adds what another source says of the same name.  Records are candidates
// together; without any, the answer that leaves more open stands: a limit,
// then a temporary failure, then "no TXT", then "no such name".  So the order
// of the sources decides nothing but the order of the candidates.
void Merge(dkim::KeyAnswer from, dkim::KeyAnswer& into);

// Adds records that are known from elsewhere to what was answered, whose status
// stays: of an answer that leaves something open they can make a pass and
// nothing else (dkim/verdict.h).  The first kMaxRecords are kept, the answer's
// own before all.
void AddCandidates(const dkim::KeyAnswer& known, dkim::KeyAnswer& answer);

// Answers by name, in the order of first occurrence.
class AnswerList {
 public:
  // `source`: of the answers it makes.
  explicit AnswerList(std::string source) : source_(std::move(source)) {}

  // The answer of `name` (as NormalName returns it), made when it is new.
  // Valid until the next call.
  dkim::KeyAnswer& At(const std::string& name);
  // nullptr when there is none.  Valid until the next call of At.
  const dkim::KeyAnswer* Find(const std::string& name) const;
  void AddText(const std::string& name, std::string_view text) {
    AddRecord(text, source_, At(name));
  }
  void Add(dkim::KeyAnswer answer);
  // An outcome without records.
  void AddStatus(const std::string& name, dkim::KeyStatus status);

  const std::string& source() const { return source_; }
  const std::vector<dkim::KeyAnswer>& all() const { return answers_; }
  std::vector<dkim::KeyAnswer> Take() && { return std::move(answers_); }

 private:
  std::string source_;
  std::vector<dkim::KeyAnswer> answers_;
  absl::flat_hash_map<std::string, size_t> index_;
};

// Adds one record, or the outcome that !NXDOMAIN, !NODATA, !TIMEOUT, !SERVFAIL
// or !REFUSED states in its place; an error for another word after '!'.
absl::Status AddTextOrOutcome(const std::string& name, std::string_view text,
                              AnswerList& answers);

}  // namespace mailassay::keys
