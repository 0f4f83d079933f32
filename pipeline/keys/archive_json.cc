#include "pipeline/keys/archive_json.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "nlohmann/json.hpp"
#include "pipeline/keys/zone_file.h"

namespace mailassay::keys {
namespace {

using nlohmann::json;

absl::Status Fault(std::string_view what) {
  return absl::InvalidArgumentError(std::string(what));
}

json Parse(std::string_view text) {
  return json::parse(text.begin(), text.end(), nullptr,
                     /*allow_exceptions=*/false);
}

// Null when there is no such member.
const json& At(const json& object, const char* member) {
  static const json kNull;
  const auto place = object.find(member);
  return place == object.end() ? kNull : *place;
}

const std::string* Text(const json& value) {
  return value.get_ptr<const std::string*>();
}

// 0: not said.  nullopt: no Unix time.
std::optional<int64_t> UnixTime(const json& value) {
  if (value.is_null()) return 0;
  const auto* seconds = value.get_ptr<const json::number_unsigned_t*>();
  if (seconds == nullptr || *seconds > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(*seconds);
}

// RFC 3339, or a day, which begins at midnight UTC.
std::optional<int64_t> WrittenTime(const json& value) {
  if (value.is_null()) return 0;
  const std::string* text = Text(value);
  if (text == nullptr) return std::nullopt;
  for (const char* form : {absl::RFC3339_full, "%Y-%m-%d"}) {
    absl::Time time;
    if (!absl::ParseTime(form, *text, &time, nullptr)) continue;
    const int64_t seconds = absl::ToUnixSeconds(time);
    return seconds > 0 ? std::optional<int64_t>(seconds) : std::nullopt;
  }
  return std::nullopt;
}

struct Seen {
  std::optional<int64_t> first, last;
};

absl::Status AddSeen(const std::string& name, std::string_view record,
                     const Seen& seen, AnswerList& answers) {
  if (!seen.first || !seen.last) return Fault("a time is none");
  if (*seen.first != 0 && *seen.last != 0 && *seen.last < *seen.first) {
    return Fault("seen last before it was seen first");
  }
  AddRecord(record,
            {.source = answers.source(),
             .first_seen = *seen.first,
             .last_seen = *seen.last},
            answers.At(name));
  return absl::OkStatus();
}

std::optional<std::string> NameOf(const json& selector, const json& domain) {
  if (Text(selector) == nullptr || Text(domain) == nullptr) return std::nullopt;
  return NormalName(Concat(*Text(selector), "._domainkey.", *Text(domain)));
}

// Quoted strings, or the record as it came.
absl::Status AddRdata(const std::string& name, const json& rdata,
                      const Seen& seen, AnswerList& answers) {
  const std::string* text = Text(rdata);
  if (text == nullptr) return Fault("\"rdata\" is no text");
  if (!text->starts_with('"')) return AddSeen(name, *text, seen, answers);
  const auto joined = JoinStrings(*text);
  if (!joined) return Fault("\"rdata\" is no sequence of strings");
  return AddSeen(name, *joined, seen, answers);
}

// Calls `add` with each object of the array, which `text` or a member of it is;
// a fault says which of them it is.
template <typename Add>
absl::Status ForEachObject(const json& array, const Add& add) {
  if (!array.is_array()) return Fault("not an array of keys");
  for (size_t i = 0; i < array.size(); ++i) {
    absl::Status added =
        array[i].is_object() ? add(array[i]) : Fault("not an object");
    if (!added.ok())
      return Fault(Concat("key ", i + 1, ": ", std::string(added.message())));
  }
  return absl::OkStatus();
}

// The object that holds the keys, or null.
const json& KeysOfThunderbird(const json& value) {
  static const json kNull;
  if (!value.is_object()) return kNull;
  const json& store = At(value, "keyStore");
  const json& holder = store.is_object() ? store : value;
  return holder.contains("maxId") ? At(holder, "keys") : kNull;
}

}  // namespace

bool LooksLikePassiveDns(std::string_view line) {
  const json value = Parse(line);
  return value.is_object() && value.contains("rrname") &&
         value.contains("rrtype");
}

absl::Status ReadPassiveDns(std::string_view line, AnswerList& answers) {
  const json value = Parse(line);
  if (!value.is_object()) return Fault("not a JSON object");
  const std::string* name = Text(At(value, "rrname"));
  const std::string* type = Text(At(value, "rrtype"));
  if (name == nullptr || type == nullptr) {
    return Fault("\"rrname\" or \"rrtype\" is missing");
  }
  const auto normal = NormalName(*name);
  if (!EqualsIgnoreCase(*type, "TXT") || !normal) return absl::OkStatus();
  const json& rdata = At(value, "rdata");
  const Seen seen = {UnixTime(At(value, "time_first")),
                     UnixTime(At(value, "time_last"))};
  if (!rdata.is_array()) return AddRdata(*normal, rdata, seen, answers);
  for (const json& text : rdata) {
    absl::Status added = AddRdata(*normal, text, seen, answers);
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

absl::Status ReadKeyArchive(std::string_view text, AnswerList& answers) {
  return ForEachObject(Parse(text), [&answers](const json& key) {
    const auto name = NameOf(At(key, "selector"), At(key, "domain"));
    const std::string* record = Text(At(key, "value"));
    if (!name || record == nullptr) {
      return Fault("\"domain\", \"selector\" or \"value\" is missing");
    }
    return AddSeen(*name, *record,
                   {WrittenTime(At(key, "firstSeenAt")),
                    WrittenTime(At(key, "lastSeenAt"))},
                   answers);
  });
}

bool LooksLikeThunderbird(std::string_view text) {
  // Most of what is no such store shows so at once.
  const std::string_view head = text.substr(0, 4096);
  if (head.find("\"keyStore\"") == head.npos &&
      head.find("\"maxId\"") == head.npos &&
      head.find("\"keys\"") == head.npos) {
    return false;
  }
  return !KeysOfThunderbird(Parse(text)).is_null();
}

absl::Status ReadThunderbird(std::string_view text, AnswerList& answers) {
  const json store = Parse(text);
  return ForEachObject(KeysOfThunderbird(store), [&answers](const json& key) {
    const auto name = NameOf(At(key, "selector"), At(key, "sdid"));
    const std::string* record = Text(At(key, "key"));
    if (!name || record == nullptr) {
      return Fault("\"sdid\", \"selector\" or \"key\" is missing");
    }
    const auto day = WrittenTime(At(key, "insertedAt"));
    return AddSeen(*name, *record, {day, day}, answers);
  });
}

}  // namespace mailassay::keys
