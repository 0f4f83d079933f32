// Which header fields a signature's h= selects (RFC 6376 5.4.2), and what it
// leaves uncovered.
//
// Names are numbered, once for many messages, since all mail has much the same;
// every signature then takes time linear in its h= and the message's fields.
// Used by one thread at a time, for any number of messages one after the other.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lib/dkim/evidence.h"
#include "lib/mail/header.h"

namespace mailassay::dkim {

class HeaderSelection {
 public:
  // Keeps no view of `header`.
  void Begin(const mail::Header& header);

  // Indices of the fields that `names` (as Signature::signed_names) select, in
  // the order of hashing: of fields that share a name from the bottom up;
  // nothing for a name of which none is left (5.4.2: the null string).  `own`,
  // the index of the signature's own field, is never selected.  Valid until the
  // next call.
  const std::vector<uint32_t>& Select(std::string_view names, uint32_t own);

  bool has_from() const;
  // Sets what Evidence says of coverage, by the last Select; texts are put into
  // `arena`.
  void DescribeCoverage(Evidence& evidence, Arena& arena);

 private:
  static constexpr uint32_t kNone = UINT32_MAX;

  struct Name {
    std::string_view text;        // lower case
    uint32_t stands = 0;          // fields of that name in this message
    uint32_t last_field = kNone;  // the lowest of them
    // By the Select of that number.
    uint64_t selection = 0;
    uint32_t next_field = kNone;  // the next to be selected
    uint32_t listed = 0;          // times in h=
    uint32_t covered = 0;         // fields selected
    uint64_t told = 0;            // in the unsigned names of that Select
  };

  uint32_t NumberOf(std::string_view name, mail::FieldName known);
  void ForgetNames();
  void SelectNext(uint32_t number);
  void ListUnsignedNames();

  // Known names have the numbers of FieldName, others those behind them.
  std::vector<Name> names_;
  std::deque<std::string> texts_;  // stable: names_ and numbers_ view them
  size_t text_octets_ = 0;         // of all of them
  absl::flat_hash_map<std::string_view, uint32_t> numbers_;
  std::string lower_;  // the name asked for
  // Of each field.
  std::vector<uint32_t> name_of_;
  std::vector<uint32_t> field_above_;  // of the same name
  std::vector<uint64_t> covered_by_;   // the last Select that selected it
  std::vector<uint32_t> standing_;     // names, distinct

  uint64_t selection_ = 0;  // of all messages
  uint32_t own_ = 0;
  std::vector<uint32_t> listed_names_;  // distinct, in order
  std::vector<uint32_t> selected_;
  std::string list_;  // of names, in the making
};

}  // namespace mailassay::dkim
