#include "lib/audit/groups.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "lib/audit/tables.h"
#include "lib/audit/varint.h"
#include "lib/base/concat.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

using By = Grouping::By;
using Period = Grouping::Period;

// In no period's name, and before all that is in a group's.
constexpr char kEnd = '\0';

// The column of senders.csv in whose place the group stands.
constexpr std::string_view kReplaced = "header_from";

// The week that holds a day belongs to the year of its Thursday (ISO 8601).
// REQUIRES: `seconds` is in the years 0 to 9999.
std::string WeekOf(int64_t seconds) {
  constexpr int64_t kDay = 86400;
  const int64_t day = (seconds - (seconds % kDay + kDay) % kDay) / kDay;
  // 1970-01-01 was a Thursday.
  const int64_t since_monday = ((day + 3) % 7 + 7) % 7;
  const int64_t thursday = day - since_monday + 3;
  const std::string year = mail::FormatTime(thursday * kDay).substr(0, 4);
  const int64_t new_year =
      mail::ParseTimeOption(year + "-01-01T00:00:00Z").value_or(0) / kDay;
  return absl::StrFormat("%s-W%02d", year, (thursday - new_year) / 7 + 1);
}

// The domain as it is compared, the local part as it is written.
void AppendAddress(const mail::Author& author, std::string* out) {
  const size_t at = author.address.rfind('@');
  if (at == std::string::npos || author.domain.empty()) {
    out->append(author.address.empty() ? author.domain : author.address);
    return;
  }
  out->append(author.address, 0, at + 1);
  out->append(author.domain);
}

std::string_view ListOf(const MessageFacts& facts) {
  return facts.via_list.empty() ? facts.list_id : facts.via_list;
}

// The author before a list, else the one in From.
void AppendAuthor(const MessageFacts& facts, By by, std::string* out) {
  const std::string_view original = facts.author_original;
  if (original.empty()) {
    if (by == By::kAuthorAddress) return AppendAddress(facts.author, out);
    out->append(facts.author.domain);
  } else if (by == By::kAuthorAddress) {
    out->append(original);
  } else {
    out->append(original.substr(original.rfind('@') + 1));
  }
}

}  // namespace

std::string_view GroupingName(By by) {
  switch (by) {
    case By::kOrganization:
      return "org";
    case By::kDomain:
      return "exact";
    case By::kAuthor:
      return "author";
    case By::kAuthorAddress:
      return "author_address";
    case By::kList:
      return "list";
    case By::kAddress:
    case By::kCount:
      break;
  }
  return "address";
}

std::string_view GroupingName(Period period) {
  switch (period) {
    case Period::kDay:
      return "day";
    case Period::kWeek:
      return "week";
    case Period::kMonth:
      return "month";
    case Period::kYear:
      return "year";
    case Period::kNone:
    case Period::kCount:
      break;
  }
  return "";
}

std::string PeriodOf(int64_t seconds, Period period) {
  const std::string time = mail::FormatTime(seconds);
  switch (period) {
    case Period::kDay:
      return time.substr(0, 10);
    case Period::kWeek:
      return WeekOf(mail::ParseTimeOption(time).value_or(0));
    case Period::kMonth:
      return time.substr(0, 7);
    case Period::kYear:
      return time.substr(0, 4);
    case Period::kNone:
    case Period::kCount:
      break;
  }
  return {};
}

void GroupKey(const MessageRow& row, const Grouping& grouping,
              std::string* out) {
  const mail::Author& author = row.facts->author;
  out->clear();
  switch (grouping.by) {
    case By::kOrganization:
      out->append(row.from_org.empty() ? std::string_view(author.domain)
                                       : row.from_org);
      break;
    case By::kAddress:
      AppendAddress(author, out);
      break;
    case By::kAuthor:
    case By::kAuthorAddress:
      AppendAuthor(*row.facts, grouping.by, out);
      break;
    case By::kList:
      out->append(ListOf(*row.facts));
      break;
    case By::kDomain:
    case By::kCount:
      out->append(author.domain);
      break;
  }
  out->push_back(kEnd);
  const mail::ReceivedAt& received = row.facts->received;
  if (received.source == mail::ReceivedSource::kNone) return;
  out->append(PeriodOf(received.seconds, grouping.period));
}

void BatchGroups::Add(const MessageRow& row, const Grouping& grouping) {
  GroupKey(row, grouping, &key_);
  groups_[key_].Add(row);
  if (groups_.size() >= kInHand) Encode();
}

void BatchGroups::Encode() {
  for (const auto& [key, tally] : groups_) {
    PutString(key, &encoded_);
    tally.Encode(&encoded_);
  }
  groups_.clear();
}

void MergeGroups(std::string_view encoded, SpillMap<SenderTally>* sums) {
  std::string_view key;
  while (GetView(&encoded, &key)) {
    SenderTally tally;
    if (!tally.Decode(&encoded)) return;
    sums->Merge(key, tally);
  }
}

std::string GroupHeader(const Grouping& grouping) {
  std::string_view rest = TableHeader(Table::kSenders);
  rest.remove_prefix(kReplaced.size());
  return Concat("group", grouping.period == Period::kNone ? "" : ",period",
                rest);
}

void WriteGroup(std::string_view key, const Grouping& grouping,
                const SenderTally& tally, const CsvOptions& options,
                std::string* out) {
  const size_t end = std::min(key.rfind(kEnd), key.size());
  {
    CsvWriter csv(out, options);
    csv.Text(key.substr(0, end));
    if (grouping.period != Period::kNone) {
      csv.Word(key.substr(std::min(end + 1, key.size())));
    }
  }
  // The row of a sender without a name goes on where the first cell ends.
  WriteSender("", tally, options, out);
}

}  // namespace mailassay::audit
