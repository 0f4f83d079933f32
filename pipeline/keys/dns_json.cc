#include "pipeline/keys/dns_json.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>

#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "pipeline/keys/json_parts.h"

namespace mailassay::keys {
namespace {

using nlohmann::json;
using Words = std::span<const std::string_view>;

// Members by what they say, lower case.
constexpr std::string_view kNames[] = {"name",        "host",      "hostname",
                                       "fqdn",        "rrname",    "owner",
                                       "record_name", "query_name"};
constexpr std::string_view kDomains[] = {"domain", "sdid", "d", "dkim_domain"};
constexpr std::string_view kSelectors[] = {"selector", "s", "dkim_selector"};
constexpr std::string_view kTypes[] = {"type", "rrtype", "record_type"};
constexpr std::string_view kValues[] = {
    "value",   "record",         "txt", "content", "data",   "rdata",
    "answer",  "text",           "key", "target",  "values", "records",
    "rrdatas", "resourcerecords"};
bool IsOneOf(Words words, std::string_view member) {
  const std::string lower = AsciiLower(member);
  return std::ranges::find(words, lower) != words.end();
}

const json& Find(const json& object, Words words) {
  static const json kNull;
  for (const auto& [member, value] : object.items()) {
    if (IsOneOf(words, member)) return value;
  }
  return kNull;
}

enum class Type : uint8_t { kTxt, kCname, kOther, kUnsaid };

Type TypeOf(const json& object) {
  const json& type = Find(object, kTypes);
  if (type.is_number_integer()) {
    return type == 16 ? Type::kTxt : type == 5 ? Type::kCname : Type::kOther;
  }
  const std::string* text = TextOf(type);
  if (text == nullptr) return Type::kUnsaid;
  if (EqualsIgnoreCase(*text, "TXT")) return Type::kTxt;
  return EqualsIgnoreCase(*text, "CNAME") ? Type::kCname : Type::kOther;
}

// What an object hands down to those in it.
struct Around {
  std::string name;
  Type type = Type::kUnsaid;
};

class Walk {
 public:
  explicit Walk(KeyRows& rows) : rows_(rows) {}

  void Visit(const json& value, const Around& around, int depth);
  bool found() const { return found_; }

 private:
  void VisitObject(const json& object, Around around, int depth);
  void Take(const json& value, const Around& around, int depth);
  void TakeText(const std::string& text, const Around& around);
  void TakeStatus(const json& object);

  KeyRows& rows_;
  bool found_ = false;
};

void Walk::TakeText(const std::string& text, const Around& around) {
  if (around.name.empty() || around.type == Type::kOther) return;
  // An object with a name and a value may be about anything.
  if (around.type == Type::kUnsaid && !IsKeyName(around.name)) return;
  found_ = true;
  if (around.type == Type::kCname) {
    rows_.AddAlias(around.name, text, 0);
  } else {
    rows_.Add(around.name, text, KeyRows::Text::kQuoted);
  }
}

// The strings of one record, or records.
void Walk::Take(const json& value, const Around& around, int depth) {
  if (const std::string* text = TextOf(value)) return TakeText(*text, around);
  const bool texts = value.is_array() && !value.empty() &&
                     std::ranges::all_of(value, [](const json& item) {
                       return item.is_string();
                     });
  if (!texts) return Visit(value, around, depth);
  std::string joined;
  for (const json& item : value) joined += *TextOf(item);
  if (IsKeyText(joined)) return TakeText(joined, around);
  for (const json& item : value) TakeText(*TextOf(item), around);
}

// RFC 1035 4.1.1 "RCODE", where no answer came with it.
void Walk::TakeStatus(const json& object) {
  const json& question = MemberAt(object, "Question");
  const json& status = MemberAt(object, "Status");
  if (!question.is_array() || question.size() != 1 || !status.is_number()) {
    return;
  }
  const std::string* name = TextOf(MemberAt(question[0], "name"));
  if (name == nullptr || !IsKeyName(*name)) return;
  found_ = true;
  const json& answer = MemberAt(object, "Answer");
  if (answer.is_array() && !answer.empty()) return;
  if (status == 0) rows_.AddStatus(*name, dkim::KeyStatus::kNoData);
  if (status == 2) rows_.AddStatus(*name, dkim::KeyStatus::kServfail);
  if (status == 3) rows_.AddStatus(*name, dkim::KeyStatus::kNxDomain);
}

void Walk::VisitObject(const json& object, Around around, int depth) {
  TakeStatus(object);
  if (const std::string* name = TextOf(Find(object, kNames))) {
    around.name = *name;
  }
  const std::string* domain = TextOf(Find(object, kDomains));
  const std::string* selector = TextOf(Find(object, kSelectors));
  if (domain != nullptr && selector != nullptr) {
    around.name = Concat(*selector, "._domainkey.", *domain);
  }
  if (const Type type = TypeOf(object); type != Type::kUnsaid) {
    around.type = type;
  }
  for (const auto& [member, value] : object.items()) {
    if (IsOneOf(kValues, member)) {
      Take(value, around, depth + 1);
    } else if (value.is_structured() && member != "Question") {
      Visit(value, around, depth + 1);
    }
  }
}

void Walk::Visit(const json& value, const Around& around, int depth) {
  constexpr int kMostDepth = 16;
  if (depth > kMostDepth) return;
  if (value.is_object()) return VisitObject(value, around, depth);
  if (!value.is_array()) return;
  for (const json& item : value) Visit(item, around, depth + 1);
}

}  // namespace

bool ReadDnsJson(const json& value, KeyRows& rows) {
  Walk walk(rows);
  walk.Visit(value, {}, 0);
  return walk.found();
}

}  // namespace mailassay::keys
