// groups.csv: the sums of senders.csv by organization, by domain or by address
// of the author, and by period of receipt.  The sums are SenderTally's, so a
// commutative monoid; their key says of which row they are.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/audit/csv.h"
#include "lib/audit/row.h"
#include "lib/audit/tally.h"

namespace mailassay::audit {

struct Grouping {
  enum class By : uint8_t { kOrganization, kDomain, kAddress, kCount };
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

// CSV's first line, with CRLF; `period` only where it is asked for.
std::string GroupHeader(const Grouping& grouping);
void WriteGroup(std::string_view key, const Grouping& grouping,
                const SenderTally& tally, const CsvOptions& options,
                std::string* out);

}  // namespace mailassay::audit
