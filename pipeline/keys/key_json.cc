#include "pipeline/keys/key_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "lib/base/base64.h"
#include "lib/base/concat.h"
#include "nlohmann/json.hpp"
#include "pipeline/keys/json_parts.h"
#include "pipeline/keys/key_file.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using nlohmann::json;
using Ordered = nlohmann::ordered_json;

absl::Status Fault(const std::string& what) {
  return absl::InvalidArgumentError(what);
}

constexpr size_t kShownName = 80;

// ---- The lines of --keys-out ----

// JSON strings are Unicode and DNS is octets: anything but ASCII goes out as
// base64 under another member name.
constexpr std::string_view kBase64Suffix = "_base64";

bool IsAscii(std::string_view text) {
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  }
  return true;
}

void PutBytes(const std::string& member, const std::string& bytes,
              Ordered& out) {
  if (IsAscii(bytes)) {
    out[member] = bytes;
    return;
  }
  std::vector<uint8_t> octets(bytes.begin(), bytes.end());
  out[member + std::string(kBase64Suffix)] = EncodeBase64(octets);
}

// What says nothing is left out.
void PutOrigin(const dkim::KeyOrigin& origin, Ordered& record) {
  PutBytes("source", origin.source, record);
  if (origin.first_seen != 0) record["first_seen"] = origin.first_seen;
  if (origin.last_seen != 0) record["last_seen"] = origin.last_seen;
  if (origin.recovered_from != 0) {
    record["recovered_from"] = origin.recovered_from;
  }
  if (origin.disclosed) record["disclosed"] = true;
  if (origin.earlier) record["earlier"] = true;
}

const std::string* StringAt(const json& object, const std::string& member) {
  auto place = object.find(member);
  return place == object.end() ? nullptr : place->get_ptr<const std::string*>();
}

// nullopt when there is no such member or it is not a string of octets.
std::optional<std::string> GetBytes(const json& object,
                                    const std::string& member) {
  if (const std::string* text = StringAt(object, member)) return *text;
  const std::string* coded =
      StringAt(object, member + std::string(kBase64Suffix));
  if (coded == nullptr) return std::nullopt;
  Base64 decoded = DecodeBase64(*coded);
  if (!decoded.valid) return std::nullopt;
  return std::string(decoded.bytes.begin(), decoded.bytes.end());
}

// 0 when there is no such member; nullopt when it is no number from 0 to max.
std::optional<uint64_t> GetNumber(const json& object, const char* member,
                                  uint64_t max) {
  auto place = object.find(member);
  if (place == object.end()) return 0;
  const auto* number = place->get_ptr<const json::number_unsigned_t*>();
  if (number == nullptr || *number > max) return std::nullopt;
  return *number;
}

std::optional<dkim::Dnssec> GetDnssec(const json& object) {
  if (!object.contains("dnssec")) return dkim::Dnssec::kUnknown;
  const std::string* name = StringAt(object, "dnssec");
  return name == nullptr ? std::nullopt : dkim::DnssecFromName(*name);
}

// The member's array, an empty one when there is none, nullptr when it is
// something else.
const json* ArrayAt(const json& object, const char* member) {
  static const json kEmpty = json::array();
  auto place = object.find(member);
  if (place == object.end()) return &kEmpty;
  return place->is_array() ? &*place : nullptr;
}

// Records known from earlier may stand beside any status.
bool IsNow(const dkim::KeyOrigin& origin) { return !origin.earlier; }

bool IsTrue(const json& object, const char* member) {
  auto place = object.find(member);
  return place != object.end() && *place == true;
}

absl::Status ReadOrigin(const json& record, dkim::KeyOrigin& origin) {
  const auto first = GetNumber(record, "first_seen", INT64_MAX);
  const auto last = GetNumber(record, "last_seen", INT64_MAX);
  const auto from = GetNumber(record, "recovered_from", UINT32_MAX);
  if (!first || !last || !from) {
    return Fault(
        "\"first_seen\", \"last_seen\" or \"recovered_from\" is no number");
  }
  origin.first_seen = static_cast<int64_t>(*first);
  origin.last_seen = static_cast<int64_t>(*last);
  origin.recovered_from = static_cast<uint32_t>(*from);
  origin.disclosed = IsTrue(record, "disclosed");
  origin.earlier = IsTrue(record, "earlier");
  return absl::OkStatus();
}

absl::Status ReadRecords(const json& line, KeyAnswer& answer) {
  const json* records = ArrayAt(line, "records");
  if (records == nullptr) return Fault("\"records\" is not an array");
  for (const json& record : *records) {
    if (!record.is_object()) return Fault("a record is not an object");
    std::optional<std::string> text = GetBytes(record, "txt");
    if (!text) return Fault("a record without \"txt\"");
    dkim::KeyOrigin origin{
        .source = GetBytes(record, "source").value_or(answer.source)};
    absl::Status read = ReadOrigin(record, origin);
    if (!read.ok()) return read;
    AddRecord(*text, std::move(origin), answer);
  }
  return absl::OkStatus();
}

absl::Status ReadChain(const json& line, KeyAnswer& answer) {
  const json* chain = ArrayAt(line, "cname");
  if (chain == nullptr) return Fault("\"cname\" is not an array");
  if (chain->size() > dkim::kMaxCnames) return Fault("\"cname\" is too long");
  for (const json& target : *chain) {
    const auto* name = target.get_ptr<const std::string*>();
    if (name == nullptr) return Fault("a \"cname\" is not a string");
    answer.cname_chain.push_back(*name);
  }
  return absl::OkStatus();
}

absl::Status ReadFacts(const json& line, KeyAnswer& answer) {
  auto ttl = GetNumber(line, "ttl", UINT32_MAX);
  auto answered_at = GetNumber(line, "answered_at", INT64_MAX);
  auto dnssec = GetDnssec(line);
  if (!ttl) return Fault("\"ttl\" is not a number of seconds");
  if (!answered_at) return Fault("\"answered_at\" is not a Unix time");
  if (!dnssec) return Fault("\"dnssec\" is unknown");
  answer.ttl = static_cast<uint32_t>(*ttl);
  answer.answered_at = static_cast<int64_t>(*answered_at);
  answer.dnssec = *dnssec;
  return absl::OkStatus();
}

// The strings of a line stay under this many octets, six of text for one.
constexpr size_t kMaxLine =
    8 * dkim::kMaxRecords * (dkim::kMaxTxtText + 1) + 64 * 1024;

json ParseLine(std::string_view line) {
  if (line.size() > kMaxLine) return json(json::value_t::discarded);
  return ParseJson(line);
}

// ---- The object ----

constexpr std::string_view kExpected =
    "expected {name: record, [strings] or [[strings], ...]}";

// What the strings of a flat array are (see the header).
bool AreStringsOfOneRecord(const json& strings) {
  if (strings.size() < 2) return true;
  std::string joined;
  bool each = true;
  for (const json& text : strings) {
    joined += *TextOf(text);
    each = each && IsKeyText(*TextOf(text));
  }
  return !each && IsKeyText(joined);
}

bool IsString(const json& value) { return value.is_string(); }

void AddJoined(const std::string& name, const json& strings, KeyRows& rows) {
  std::string joined;
  for (const json& text : strings) joined += *TextOf(text);
  rows.Add(name, joined, KeyRows::Text::kWritten);
}

// Of an array of strings, or of arrays of strings.
void AddArray(const std::string& name, const json& value, KeyRows& rows) {
  if (value.empty()) return rows.AddStatus(name, KeyStatus::kNoData);
  if (std::ranges::all_of(value, IsString)) {
    if (AreStringsOfOneRecord(value)) return AddJoined(name, value, rows);
    for (const json& text : value) {
      rows.Add(name, *TextOf(text), KeyRows::Text::kWritten);
    }
    return;
  }
  for (const json& strings : value) {
    if (!strings.is_array() || !std::ranges::all_of(strings, IsString)) {
      return rows.LeaveOut(Concat(name, ": ", kExpected));
    }
    if (strings.empty()) {
      return rows.LeaveOut(Concat(name, ": a record without a string"));
    }
  }
  for (const json& strings : value) AddJoined(name, strings, rows);
}

}  // namespace

void ReadKeyMember(const std::string& name, const json& value, KeyRows& rows) {
  if (!WrittenName(name)) {
    return rows.LeaveOut(Concat("a member's name is not a DNS name: \"",
                                name.substr(0, kShownName), "\""));
  }
  if (const std::string* text = TextOf(value)) {
    return rows.Add(name, *text, KeyRows::Text::kWritten);
  }
  // {"TXT": records}, beside other types: a cache of mailauth.
  const json& inner = value.is_object() ? MemberAt(value, "TXT") : value;
  if (inner.is_array()) return AddArray(name, inner, rows);
  rows.LeaveOut(Concat(name, ": ", kExpected));
}

bool LooksLikeKeyLine(std::string_view line) {
  json value = ParseLine(line);
  return value.is_object() && StringAt(value, "status") != nullptr &&
         (value.contains("name") || value.contains("records"));
}

absl::Status ReadKeyLine(std::string_view line, AnswerList& answers) {
  json value = ParseLine(line);
  if (!value.is_object()) return Fault("not a JSON object");
  const std::string* name = StringAt(value, "name");
  const std::string* status = StringAt(value, "status");
  if (name == nullptr || status == nullptr) {
    return Fault("\"name\" or \"status\" is missing");
  }
  std::optional<std::string> normal = NormalName(*name);
  if (!normal) return Fault("\"name\" is not a DNS name");
  std::optional<KeyStatus> known = dkim::KeyStatusFromName(*status);
  if (!known) return Fault("\"status\" is unknown");
  KeyAnswer answer;
  answer.name = *normal;
  answer.source = GetBytes(value, "source").value_or(answers.source());
  absl::Status read = ReadRecords(value, answer);
  if (read.ok()) read = ReadChain(value, answer);
  if (read.ok()) read = ReadFacts(value, answer);
  if (!read.ok()) return read;
  if (answer.records.empty() ? *known == KeyStatus::kFound
                             : *known != KeyStatus::kFound &&
                                   std::ranges::any_of(answer.origins, IsNow)) {
    return Fault("\"status\" and \"records\" disagree");
  }
  answer.status = *known;
  answers.Add(std::move(answer));
  return absl::OkStatus();
}

std::string FormatKeyLine(const KeyAnswer& answer) {
  Ordered line = Ordered::object();
  line["name"] = answer.name;
  line["status"] = std::string(dkim::KeyStatusName(answer.status));
  Ordered records = Ordered::array();
  for (size_t i = 0; i < answer.records.size(); ++i) {
    Ordered record = Ordered::object();
    PutBytes("txt", answer.records[i].text, record);
    PutOrigin(answer.origins[i], record);
    records.push_back(std::move(record));
  }
  line["records"] = std::move(records);
  line["cname"] = answer.cname_chain;
  line["ttl"] = answer.ttl;
  line["dnssec"] = std::string(dkim::DnssecName(answer.dnssec));
  PutBytes("source", answer.source, line);
  line["answered_at"] = answer.answered_at;
  return line.dump(-1, ' ', /*ensure_ascii=*/true,
                   Ordered::error_handler_t::replace) +
         "\n";
}

}  // namespace mailassay::keys
