#include "pipeline/keys/archive_json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "pipeline/keys/json_parts.h"

namespace mailassay::keys {
namespace {

using nlohmann::json;

// 0: not said.  nullopt: no Unix time.
std::optional<int64_t> UnixTime(const json& value) {
  if (value.is_null()) return 0;
  const auto* seconds = value.get_ptr<const json::number_unsigned_t*>();
  if (seconds == nullptr || *seconds > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(*seconds);
}

// RFC 3339, or a day, which begins at midnight UTC.  The epoch is how programs
// write that there is none.
std::optional<int64_t> WrittenTime(const json& value) {
  if (value.is_null()) return 0;
  const std::string* text = TextOf(value);
  if (text == nullptr) return std::nullopt;
  for (const char* form : {absl::RFC3339_full, "%Y-%m-%d"}) {
    absl::Time time;
    if (!absl::ParseTime(form, *text, &time, nullptr)) continue;
    const int64_t seconds = absl::ToUnixSeconds(time);
    return seconds >= 0 ? std::optional<int64_t>(seconds) : std::nullopt;
  }
  return std::nullopt;
}

struct Seen {
  std::optional<int64_t> first, last;
};

// The times, or none, with a word, where they can't be.
Seen Checked(const std::string& name, const Seen& seen, KeyRows& rows) {
  const auto without = [&](std::string_view what) {
    rows.Mend(Concat(name, ": ", what, "; its times were left out"));
    return Seen{0, 0};
  };
  if (!seen.first || !seen.last) return without("a time is none");
  if (*seen.first != 0 && *seen.last != 0 && *seen.last < *seen.first) {
    return without("seen last before it was seen first");
  }
  return seen;
}

void AddSeen(const std::string& name, const std::string& record, Seen seen,
             KeyRows::Text form, KeyRows& rows) {
  if (record.empty()) {
    return rows.LeaveOut(Concat(name, ": the record is empty"));
  }
  seen = Checked(name, seen, rows);
  rows.Add(name, record, form,
           {.source = rows.answers().source(),
            .first_seen = *seen.first,
            .last_seen = *seen.last});
}

// A key of an archive by the names of its members.
void AddKey(const std::string* domain, const std::string* selector,
            const std::string* record, const Seen& seen,
            std::string_view members, KeyRows& rows) {
  if (domain == nullptr || selector == nullptr || record == nullptr) {
    return rows.LeaveOut(Concat(members, " is missing or no text"));
  }
  const auto name = WrittenName(*selector, *domain);
  if (!name) {
    constexpr size_t kShown = 80;
    return rows.LeaveOut(Concat("not a DNS name: \"",
                                selector->substr(0, kShown), "._domainkey.",
                                domain->substr(0, kShown), "\""));
  }
  AddSeen(*name, *record, seen, KeyRows::Text::kWritten, rows);
}

// The object that holds the keys, or null.
const json& KeysOfThunderbird(const json& value) {
  static const json kNull;
  const json& store = MemberAt(value, "keyStore");
  const json& holder = store.is_object() ? store : value;
  return holder.contains("maxId") ? MemberAt(holder, "keys") : kNull;
}

}  // namespace

bool LooksLikePassiveDns(std::string_view line) {
  const json value = ParseJson(line);
  return value.is_object() && value.contains("rrname") &&
         value.contains("rrtype");
}

void ReadPassiveDns(std::string_view line, KeyRows& rows) {
  const json value = ParseJson(line);
  if (!value.is_object()) return rows.LeaveOut("not a JSON object");
  const std::string* name = TextOf(MemberAt(value, "rrname"));
  const std::string* type = TextOf(MemberAt(value, "rrtype"));
  if (name == nullptr || type == nullptr) {
    // DNSDB brackets an answer with {"cond": ...} lines.
    if (value.contains("cond")) return;
    return rows.LeaveOut("\"rrname\" or \"rrtype\" is missing");
  }
  const auto normal = WrittenName(*name);
  if (!EqualsIgnoreCase(*type, "TXT") || !normal) return;
  const json& rdata = MemberAt(value, "rdata");
  const Seen seen = {UnixTime(MemberAt(value, "time_first")),
                     UnixTime(MemberAt(value, "time_last"))};
  const auto add = [&](const json& one) {
    const std::string* text = TextOf(one);
    if (text == nullptr) return rows.LeaveOut("\"rdata\" is no text");
    AddSeen(*normal, *text, seen, KeyRows::Text::kQuoted, rows);
  };
  if (!rdata.is_array()) return add(rdata);
  for (const json& text : rdata) add(text);
}

bool LooksLikeArchivedKey(const json& element) {
  return element.is_object() && element.contains("value") &&
         (element.contains("firstSeenAt") || element.contains("lastSeenAt") ||
          element.contains("domainSelectorPair"));
}

void ReadArchivedKey(const json& element, KeyRows& rows) {
  const json& pair = MemberAt(element, "domainSelectorPair");
  const json& named = pair.is_object() ? pair : element;
  AddKey(TextOf(MemberAt(named, "domain")), TextOf(MemberAt(named, "selector")),
         TextOf(MemberAt(element, "value")),
         {WrittenTime(MemberAt(element, "firstSeenAt")),
          WrittenTime(MemberAt(element, "lastSeenAt"))},
         "\"domain\", \"selector\" or \"value\"", rows);
}

bool LooksLikeThunderbird(const json& store) {
  return store.is_object() && KeysOfThunderbird(store).is_array();
}

void ReadThunderbird(const json& store, KeyRows& rows) {
  for (const json& key : KeysOfThunderbird(store)) {
    if (!key.is_object()) {
      rows.LeaveOut("not an object among \"keys\"");
      continue;
    }
    const auto day = WrittenTime(MemberAt(key, "insertedAt"));
    AddKey(TextOf(MemberAt(key, "sdid")), TextOf(MemberAt(key, "selector")),
           TextOf(MemberAt(key, "key")), {day, day},
           "\"sdid\", \"selector\" or \"key\"", rows);
  }
}

}  // namespace mailassay::keys
