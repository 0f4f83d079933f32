// groups.csv: the sums of senders.csv by organization, by domain or by address
// of the author, who may be the one before a list that stands in From, or by
// list, and by period of receipt.  The sums are SenderTally's, so a
// commutative monoid; their key says of which row they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "lib/audit/csv.h"
#include "lib/audit/row.h"
#include "lib/audit/spill.h"
#include "lib/audit/tally.h"

namespace mailassay::audit {

struct Grouping {
  enum class By : uint8_t {
    kOrganization,
    kDomain,
    kAddress,
    kAuthor,         // domain, of the author before the list if one is named
    kAuthorAddress,  // his address
    kList,           // that stands in From, or that List-Id names
    kCount
  };
  enum class Period : uint8_t { kNone, kDay, kWeek, kMonth, kYear, kCount };
  By by = By::kOrganization;
  Period period = Period::kNone;
};
std::string_view GroupingName(Grouping::By by);          // org, exact ...
std::string_view GroupingName(Grouping::Period period);  // day ...; "" none

// The key of the row that the message counts in, written to `out`.  Keys in
// byte order are rows in the order of group, then period.
void GroupKey(const MessageRow& row, const Grouping& grouping,
              std::string* out);

// 2026-03-01, 2026-W09 (ISO 8601), 2026-03, 2026, in UTC; years beyond 0 to
// 9999 are clamped.
std::string PeriodOf(int64_t seconds, Grouping::Period period);

// The sums of one batch in little memory, whatever the number of groups: what
// goes beyond a few is encoded.  Made by one thread.
class BatchGroups {
 public:
  void Add(const MessageRow& row, const Grouping& grouping);
  // Moves all sums to the end of `encoded`.
  void Encode();
  const std::string& encoded() const { return encoded_; }

 private:
  static constexpr size_t kInHand = 256;

  absl::flat_hash_map<std::string, SenderTally> groups_;
  std::string encoded_;
  std::string key_;  // kept for its memory
};
// Adds what was encoded to the sums of the run.
void MergeGroups(std::string_view encoded, SpillMap<SenderTally>* sums);

// CSV's first line, with CRLF; `period` only where it is asked for.
std::string GroupHeader(const Grouping& grouping);
void WriteGroup(std::string_view key, const Grouping& grouping,
                const SenderTally& tally, const CsvOptions& options,
                std::string* out);

}  // namespace mailassay::audit
