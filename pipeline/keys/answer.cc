#include "pipeline/keys/answer.h"

#include <algorithm>
#include <utility>

#include "lib/base/ascii.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyOrigin;
using dkim::KeyStatus;

constexpr size_t kMaxLabel = 63;  // RFC 1035 2.3.4
constexpr size_t kMaxName = 253;  // in text, without the root's dot

bool IsNameOctet(char c) { return IsAlnum(c) || c == '-' || c == '_'; }

// True when the record is there already; its origins are joined.
bool JoinKnown(std::string_view text, const KeyOrigin& origin,
               KeyAnswer& answer) {
  for (size_t i = 0; i < answer.records.size(); ++i) {
    if (answer.records[i].text != text) continue;
    dkim::Join(origin, answer.origins[i]);
    return true;
  }
  return false;
}

void Append(dkim::KeyRecord record, KeyOrigin origin, KeyAnswer& answer) {
  if (answer.status == KeyStatus::kTxtLimit) return;
  if (JoinKnown(record.text, origin, answer)) return;
  if (answer.records.size() == dkim::kMaxRecords) {
    answer.status = KeyStatus::kTxtLimit;
    answer.records.clear();
    answer.origins.clear();
    return;
  }
  answer.status = KeyStatus::kFound;
  answer.records.push_back(std::move(record));
  answer.origins.push_back(std::move(origin));
}

// How much a status says against "there is no key"; the highest stands.
int Weight(KeyStatus status) {
  switch (status) {
    case KeyStatus::kTxtLimit:
      return 6;
    case KeyStatus::kFound:
      return 5;
    case KeyStatus::kCnameLimit:
    case KeyStatus::kCnameLoop:
      return 4;
    case KeyStatus::kNoData:
      return 2;
    case KeyStatus::kNxDomain:
      return 1;
    case KeyStatus::kNotAsked:
      return 0;
    default:
      return 3;  // temporary: this source has not answered
  }
}

}  // namespace

std::optional<std::string> NormalName(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kMaxName) return std::nullopt;
  size_t label = 0;
  for (char c : name) {
    if (c == '.') {
      if (label == 0) return std::nullopt;
      label = 0;
    } else if (!IsNameOctet(c) || ++label > kMaxLabel) {
      return std::nullopt;
    }
  }
  if (label == 0) return std::nullopt;
  return AsciiLower(name);
}

void AddRecord(std::string_view text, std::string_view source,
               KeyAnswer& answer) {
  AddRecord(text, KeyOrigin{.source = std::string(source)}, answer);
}

void AddRecord(std::string_view text, KeyOrigin origin, KeyAnswer& answer) {
  Append(dkim::ParseKeyRecord(text.substr(0, dkim::kMaxTxtText + 1)),
         std::move(origin), answer);
}

void AddRecord(dkim::KeyRecord record, KeyOrigin origin, KeyAnswer& answer) {
  Append(std::move(record), std::move(origin), answer);
}

void Merge(KeyAnswer from, KeyAnswer& into) {
  if (Weight(from.status) > Weight(into.status)) std::swap(from, into);
  if (into.status == KeyStatus::kFound) {
    for (size_t i = 0; i < from.records.size(); ++i) {
      Append(std::move(from.records[i]), std::move(from.origins[i]), into);
    }
    return;
  }
  AddCandidates(from, into);
}

void AddCandidates(const KeyAnswer& known, KeyAnswer& answer) {
  if (answer.status == KeyStatus::kTxtLimit) return;
  for (size_t i = 0; i < known.records.size(); ++i) {
    if (JoinKnown(known.records[i].text, known.origins[i], answer)) continue;
    if (answer.records.size() == dkim::kMaxRecords) continue;
    answer.records.push_back(known.records[i]);
    answer.origins.push_back(known.origins[i]);
  }
}

KeyAnswer& AnswerList::At(const std::string& name) {
  auto [place, is_new] = index_.try_emplace(name, answers_.size());
  if (is_new) {
    KeyAnswer& answer = answers_.emplace_back();
    answer.name = name;
    answer.source = source_;
  }
  return answers_[place->second];
}

const KeyAnswer* AnswerList::Find(const std::string& name) const {
  auto place = index_.find(name);
  return place == index_.end() ? nullptr : &answers_[place->second];
}

void AnswerList::Add(KeyAnswer answer) {
  KeyAnswer& known = At(answer.name);
  // What At has just made says less than anything.
  if (known.status == KeyStatus::kNotAsked && known.records.empty()) {
    known = std::move(answer);
  } else {
    Merge(std::move(answer), known);
  }
}

void AnswerList::AddStatus(const std::string& name, KeyStatus status) {
  KeyAnswer answer;
  answer.name = name;
  answer.status = status;
  answer.source = source_;
  Add(std::move(answer));
}

absl::Status AddTextOrOutcome(const std::string& name, std::string_view text,
                              AnswerList& answers) {
  if (!text.starts_with('!')) {
    answers.AddText(name, text);
    return absl::OkStatus();
  }
  constexpr std::pair<std::string_view, KeyStatus> kOutcomes[] = {
      {"!NXDOMAIN", KeyStatus::kNxDomain}, {"!NODATA", KeyStatus::kNoData},
      {"!TIMEOUT", KeyStatus::kTimeout},   {"!SERVFAIL", KeyStatus::kServfail},
      {"!REFUSED", KeyStatus::kRefused},
  };
  for (auto [word, status] : kOutcomes) {
    if (!EqualsIgnoreCase(text, word)) continue;
    answers.AddStatus(name, status);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("an unknown outcome after '!'");
}

}  // namespace mailassay::keys
