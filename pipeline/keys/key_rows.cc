#include "pipeline/keys/key_rows.h"

#include <algorithm>
#include <optional>

#include "absl/container/flat_hash_set.h"
#include "lib/audit/key_record_faults.h"
#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "lib/base/domain_name.h"
#include "pipeline/keys/zone_file.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;

constexpr std::string_view kBelow = "._domainkey.";

// Enough to find a row by, in a message of one line.
std::string Shown(std::string_view text) {
  constexpr size_t kMost = 80;
  return Concat(text.substr(0, kMost), text.size() > kMost ? "..." : "");
}

// What to write into the file instead of a record with such a fault.
std::string_view Instead(audit::KeyFault fault) {
  switch (fault) {
    case audit::KeyFault::kTxtQuotes:
      return "write the text alone, as DNS has it";
    case audit::KeyFault::kTxtTruncated:
      return "write the whole record, all its strings joined";
    case audit::KeyFault::kTxtBlanks:
      return "write it without these blanks";
    default:
      return "write the record as DNS has it: v=DKIM1; k=rsa; p=...";
  }
}

std::string Unescaped(std::string_view text) {
  if (text.find('\\') == text.npos) return std::string(text);
  return JoinStrings(Concat("\"", text, "\"")).value_or(std::string(text));
}

// The one of several columns that is a key, without its quotes; "" for none.
std::string KeyAmongColumns(std::string_view text) {
  if (text.find('\t') == text.npos) return "";
  while (!text.empty()) {
    const size_t end = std::min(text.find('\t'), text.size());
    const std::string_view cell = TrimFws(text.substr(0, end));
    std::string record = cell.starts_with('"') ? JoinStrings(cell).value_or("")
                                               : std::string(cell);
    if (IsKeyText(record)) return record;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return "";
}

size_t PlaceOfBelow(std::string_view name) {
  const auto at =
      std::search(name.begin(), name.end(), kBelow.begin(), kBelow.end(),
                  [](char a, char b) { return ToLower(a) == b; });
  return at == name.end() ? name.npos : static_cast<size_t>(at - name.begin());
}

}  // namespace

bool IsKeyName(std::string_view name) {
  return PlaceOfBelow(name) != name.npos;
}

bool IsKeyText(std::string_view text) {
  const dkim::KeyRecord record = dkim::ParseKeyRecord(text);
  return record.key != nullptr || record.defect == dkim::Reason::kRevoked;
}

std::optional<std::string> WrittenName(std::string_view selector,
                                       std::string_view domain) {
  if (domain.ends_with('.')) domain.remove_suffix(1);
  const std::string name = Concat(selector, kBelow, domain);
  if (auto normal = NormalName(name)) return normal;
  const DomainName s = ParseSelector(selector), d = ParseDomain(domain);
  if (s.ascii.empty() || d.ascii.empty()) return std::nullopt;
  return NormalName(Concat(s.ascii, kBelow, d.ascii));
}

std::optional<std::string> WrittenName(std::string_view name) {
  if (auto normal = NormalName(name)) return normal;
  const size_t at = PlaceOfBelow(name);
  if (at == name.npos) return std::nullopt;
  return WrittenName(name.substr(0, at), name.substr(at + kBelow.size()));
}

void KeyRows::Note(RowFault kind, std::string what) {
  KeyFileFaults::Rows& rows = faults_.kinds[static_cast<size_t>(kind)];
  ++rows.count;
  if (rows.first.size() == KeyFileFaults::kShown) return;
  rows.first.push_back({line_, std::move(what)});
}

void KeyRows::AddOutcome(const std::string& name, std::string_view word) {
  absl::Status added = AddTextOrOutcome(name, word, answers_);
  if (!added.ok()) {
    LeaveOut(Concat(std::string(added.message()),
                    "; there are !NXDOMAIN, !NODATA, !TIMEOUT, !SERVFAIL and "
                    "!REFUSED"));
  }
}

std::string KeyRows::Mended(const std::string& name, std::string_view text,
                            Text form) {
  const auto note = [&](std::string_view what) {
    if (form == Text::kWritten) Mend(Concat(name, ": ", what));
  };
  if (form == Text::kWritten) {
    if (std::string record = KeyAmongColumns(text); !record.empty()) {
      note(
          "there are more columns than name and record, and they were left "
          "out; write name, TAB, record and nothing else");
      return record;
    }
  }
  if (text.starts_with('"')) {
    if (const auto joined = JoinStrings(text)) {
      note(
          "the record stands in quotes, as in a zone file, and was read as "
          "such; write the text alone");
      return *joined;
    }
  }
  if (std::string plain = Unescaped(text); plain != text && IsKeyText(plain)) {
    note(
        "backslashes stand before semicolons or blanks, as in a zone file, "
        "and were taken away; write the text without them");
    return plain;
  }
  return std::string(text);
}

void KeyRows::Add(std::string_view written, std::string_view text, Text form,
                  dkim::KeyOrigin origin) {
  const std::optional<std::string> name = WrittenName(written);
  if (!name) {
    return LeaveOut(Concat("not a DNS name: \"", Shown(written),
                           "\"; write it as s._domainkey.example.com"));
  }
  if (form == Text::kWritten && text.starts_with('!')) {
    return AddOutcome(*name, text);
  }
  if (form == Text::kWritten && text.find('\t') != text.npos &&
      text.find('=') == text.npos && IsKeyName(*name)) {
    return LeaveOut(Concat(*name,
                           ": none of the columns behind the name holds a "
                           "record; write name, TAB, record"));
  }
  text = text.substr(0, dkim::kMaxTxtText + 1);
  dkim::KeyRecord record = dkim::ParseKeyRecord(text);
  const auto is_key = [&record] {
    return record.key != nullptr || record.defect == dkim::Reason::kRevoked;
  };
  if (form == Text::kQuoted && text.starts_with('"') && !JoinStrings(text)) {
    return LeaveOut(
        Concat(*name, ": the record is no sequence of quoted strings"));
  }
  if (form != Text::kVerbatim && !is_key()) {
    record = dkim::ParseKeyRecord(Mended(*name, text, form));
  }
  if (!is_key() && IsKeyName(*name)) {
    const auto faults = audit::RecordFaultsOf(record);
    if (!faults.empty()) {
      Note(RowFault::kNoKey, Concat(*name, ": ", faults.front().detail, "; ",
                                    Instead(faults.front().fault)));
    }
  }
  AddRecord(std::move(record), std::move(origin), answers_.At(*name));
}

void KeyRows::AddTtl(std::string_view written, uint32_t ttl) {
  const std::optional<std::string> name = WrittenName(written);
  if (!name) return;
  KeyAnswer& answer = answers_.At(*name);
  answer.ttl = answer.ttl == 0 ? ttl : std::min(answer.ttl, ttl);
}

void KeyRows::AddStatus(std::string_view written, KeyStatus status) {
  const std::optional<std::string> name = WrittenName(written);
  if (name) answers_.AddStatus(*name, status);
}

bool KeyRows::AddAlias(std::string_view from, std::string_view to,
                       uint32_t ttl) {
  auto name = WrittenName(from), target = WrittenName(to);
  if (!name || !target) {
    LeaveOut("not a DNS name in a CNAME");
    return true;
  }
  const auto [place, is_new] = alias_of_.try_emplace(*name, aliases_.size());
  if (is_new) {
    aliases_.push_back({*std::move(name), *std::move(target), ttl});
  }
  return is_new || aliases_[place->second].target == *target;
}

void KeyRows::FollowAlias(const Alias& alias) {
  std::vector<std::string> chain;
  absl::flat_hash_set<std::string> seen = {alias.name};
  uint32_t ttl = alias.ttl;
  for (const Alias* link = &alias;;) {
    chain.push_back(link->target);
    ttl = std::min(ttl, link->ttl);
    const bool is_loop = !seen.insert(link->target).second;
    if (is_loop || chain.size() > dkim::kMaxCnames) {
      answers_.AddStatus(
          alias.name, is_loop ? KeyStatus::kCnameLoop : KeyStatus::kCnameLimit);
      chain.resize(std::min(chain.size(), dkim::kMaxCnames));
      answers_.At(alias.name).cname_chain = std::move(chain);
      return;
    }
    const auto next = alias_of_.find(link->target);
    if (next == alias_of_.end()) break;
    link = &aliases_[next->second];
  }
  const KeyAnswer* target = answers_.Find(chain.back());
  if (target == nullptr) return;
  KeyAnswer copy = *target;
  ttl = std::min(ttl, copy.ttl);
  copy.name = alias.name;
  KeyAnswer& answer = answers_.At(alias.name);
  Merge(std::move(copy), answer);
  answer.cname_chain = std::move(chain);
  answer.ttl = ttl;
}

void KeyRows::FollowAliases() {
  for (const Alias& alias : aliases_) FollowAlias(alias);
}

void KeyRows::NoteSplitRecords() {
  SetLine(0);
  for (const KeyAnswer& answer : answers_.all()) {
    if (answer.records.size() < 2) continue;
    std::vector<const dkim::KeyRecord*> records;
    for (const dkim::KeyRecord& record : answer.records) {
      records.push_back(&record);
    }
    if (!audit::JoinToKey(records)) continue;
    Note(RowFault::kNoKey,
         Concat(answer.name, ": ", records.size(),
                " records that joined are one key; write them as one record"));
  }
}

}  // namespace mailassay::keys
