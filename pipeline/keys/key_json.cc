#include "pipeline/keys/key_json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "lib/base/base64.h"
#include "nlohmann/json.hpp"
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
  return json::parse(line.begin(), line.end(), nullptr,
                     /*allow_exceptions=*/false);
}

// ---- The object ----

bool IsKey(std::string_view text) {
  dkim::KeyRecord record = dkim::ParseKeyRecord(text);
  return record.key != nullptr || record.defect == dkim::Reason::kRevoked;
}

// What the strings of a flat array are (see the header).
bool AreStringsOfOneRecord(const std::vector<std::string>& strings) {
  if (strings.size() < 2) return true;
  std::string joined;
  bool each = true;
  for (const std::string& text : strings) {
    joined += text;
    each = each && IsKey(text);
  }
  return !each && IsKey(joined);
}

// Hands characters to the JSON reader and counts lines behind its back, since
// the reader's events carry no position.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, size_t* line) : at_(at), line_(line) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    if (*at_++ == '\n') ++*line_;
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }

 private:
  const char* at_;
  size_t* line_;
};

// Takes the reader's events; nothing is kept but the name at hand, so a large
// file costs its answers only and depth is bounded by what is accepted.
class ObjectReader : public nlohmann::json_sax<json> {
 public:
  ObjectReader(AnswerList& answers, const size_t& line)
      : answers_(answers), line_(line) {}

  absl::Status status;

  bool start_object(size_t) override {
    if (depth_ != 0) return Refuse();
    depth_ = 1;
    return true;
  }
  bool end_object() override {
    depth_ = 0;
    return true;
  }
  bool key(string_t& name) override {
    std::optional<std::string> normal = NormalName(name);
    if (!normal) return Stop("a member's name is not a DNS name");
    name_ = *std::move(normal);
    return true;
  }
  bool string(string_t& text) override;
  bool start_array(size_t) override {
    if (depth_ == 0 || depth_ == 3 || (depth_ == 2 && !strings_.empty())) {
      return Refuse();
    }
    if (depth_ == 1) is_nested_ = false;
    if (depth_ == 2) is_nested_ = true;
    ++depth_;
    return true;
  }
  bool end_array() override;
  bool null() override { return Refuse(); }
  bool boolean(bool) override { return Refuse(); }
  bool number_integer(number_integer_t) override { return Refuse(); }
  bool number_unsigned(number_unsigned_t) override { return Refuse(); }
  bool number_float(number_float_t, const string_t&) override {
    return Refuse();
  }
  bool binary(binary_t&) override { return Refuse(); }
  bool parse_error(size_t, const std::string&,
                   const nlohmann::detail::exception&) override {
    return Stop("not JSON");
  }

 private:
  bool Stop(const std::string& what) {
    status = Fault("line " + std::to_string(line_) + ": " + what);
    return false;
  }
  bool Refuse() {
    return Stop("expected {name: record, [strings] or [[strings], ...]}");
  }
  void AddJoined();

  AnswerList& answers_;
  const size_t& line_;
  int depth_ = 0;  // 1 in the object, 2 in an array, 3 in one within
  bool is_nested_ = false;
  std::string name_;
  std::vector<std::string> strings_;
};

bool ObjectReader::string(string_t& text) {
  if (depth_ == 0 || (depth_ == 2 && is_nested_)) return Refuse();
  if (depth_ > 1) {
    strings_.push_back(std::move(text));
    return true;
  }
  absl::Status added = AddTextOrOutcome(name_, text, answers_);
  if (!added.ok()) return Stop(std::string(added.message()));
  return true;
}

void ObjectReader::AddJoined() {
  std::string joined;
  for (const std::string& text : strings_) joined += text;
  answers_.AddText(name_, joined);
}

bool ObjectReader::end_array() {
  --depth_;
  bool ends_value = depth_ == 1;
  if (ends_value && is_nested_) return true;
  if (strings_.empty()) {
    if (!ends_value) return Stop("a record without a string");
    answers_.AddStatus(name_, KeyStatus::kNoData);
    return true;
  }
  if (!ends_value || AreStringsOfOneRecord(strings_)) {
    AddJoined();
  } else {
    for (const std::string& text : strings_) answers_.AddText(name_, text);
  }
  strings_.clear();
  return true;
}

}  // namespace

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

absl::Status ReadKeyObject(std::string_view text, AnswerList& answers) {
  size_t line = 1;
  ObjectReader reader(answers, line);
  json::sax_parse(CountingIterator(text.data(), &line),
                  CountingIterator(text.data() + text.size(), &line), &reader);
  return reader.status;
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
