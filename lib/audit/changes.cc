#include "lib/audit/changes.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/audit/figures.h"
#include "lib/base/safe_text.h"

namespace mailassay::audit {
namespace {

constexpr size_t kColumns = 98;
constexpr size_t kShownChanges = 12;
constexpr size_t kShownSenders = 10;

// A key is the author domain, NUL, then class and reason before and after, an
// octet each: those of one sender stand together.
constexpr size_t kChangeOctets = 4;

std::string KeyOf(std::string_view domain, const Outcome& before,
                  const Outcome& after) {
  std::string key(domain);
  key.push_back('\0');
  for (const Outcome& outcome : {before, after}) {
    key.push_back(static_cast<char>(outcome.message_class));
    key.push_back(static_cast<char>(outcome.reason));
  }
  return key;
}

struct Change {
  std::string_view domain;
  Outcome before, after;
};

Outcome OutcomeAt(std::string_view octets) {
  return {.message_class = static_cast<MessageClass>(octets[0]),
          .reason =
              static_cast<dkim::Reason>(static_cast<unsigned char>(octets[1]))};
}

Change ChangeOf(std::string_view key) {
  const std::string_view octets = key.substr(key.size() - kChangeOctets);
  return {.domain = key.substr(0, key.size() - kChangeOctets - 1),
          .before = OutcomeAt(octets),
          .after = OutcomeAt(octets.substr(2))};
}

std::string_view ReasonOf(const Outcome& outcome) {
  return outcome.reason == dkim::Reason::kOk ? std::string_view()
                                             : dkim::ReasonCode(outcome.reason);
}

std::string Words(const Outcome& outcome) {
  std::string words(MessageClassLabel(outcome.message_class));
  if (outcome.reason != dkim::Reason::kOk) {
    absl::StrAppend(&words, ": ",
                    std::string(dkim::ReasonCode(outcome.reason)));
  }
  return words;
}

template <typename Map>
std::vector<std::pair<typename Map::key_type, typename Map::mapped_type>>
ByCount(const Map& map) {
  std::vector<std::pair<typename Map::key_type, typename Map::mapped_type>>
      sorted(map.begin(), map.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](auto& a, auto& b) {
    return a.second.count > b.second.count;
  });
  return sorted;
}

}  // namespace

void BatchChanges::Add(const MessageFacts& facts, const Outcome& before,
                       const Outcome& after) {
  ++messages;
  if (before == after) return;
  FindingTally& tally = changed[KeyOf(facts.author.domain, before, after)];
  ++tally.count;
  tally.example.Note(facts);
}

void Changes::Merge(const BatchChanges& batch) {
  messages_ += batch.messages;
  for (const auto& [key, tally] : batch.changed) {
    count_ += tally.count;
    changed_.Merge(key, tally);
  }
}

std::string_view Changes::Header() {
  return "header_from,class_before,reason_before,verdict_class,reason,count,"
         "example\r\n";
}

void Changes::WriteRows(const CsvOptions& options,
                        const std::function<void(std::string_view)>& write) {
  std::string row;
  changed_.ForEach([&](std::string_view key, const FindingTally& tally) {
    const Change change = ChangeOf(key);
    row.clear();
    CsvWriter csv(&row, options);
    csv.Text(change.domain)
        .Word(MessageClassCode(change.before.message_class))
        .Word(ReasonOf(change.before))
        .Word(MessageClassCode(change.after.message_class))
        .Word(ReasonOf(change.after))
        .Number(tally.count)
        .Text(tally.example.place)
        .EndRow();
    write(row);
  });
}

std::string Changes::Summary() {
  // The kinds of change are few; of senders only the first are kept.
  std::map<std::string, FindingTally> kinds;
  struct Sender {
    std::string domain;
    uint64_t count = 0;
  };
  std::vector<Sender> senders;
  uint64_t all_senders = 0;
  Sender open;
  const auto close = [&] {
    if (open.count == 0) return;
    ++all_senders;
    senders.push_back(std::exchange(open, {}));
    std::stable_sort(
        senders.begin(), senders.end(),
        [](const Sender& a, const Sender& b) { return a.count > b.count; });
    if (senders.size() > kShownSenders) senders.pop_back();
  };
  changed_.ForEach([&](std::string_view key, const FindingTally& tally) {
    const Change change = ChangeOf(key);
    kinds[absl::StrCat(Words(change.before), " -> ", Words(change.after))]
        .Merge(tally);
    if (change.domain != open.domain) close();
    open.domain = change.domain;
    open.count += tally.count;
  });
  close();

  std::string out =
      absl::StrCat(Grouped(count_), " of ", Grouped(messages_),
                   " messages are judged otherwise than before\n");
  if (count_ == 0) return out;
  out += "\n";
  const auto sorted = ByCount(kinds);
  for (size_t i = 0; i < std::min(sorted.size(), kShownChanges); ++i) {
    absl::StrAppend(
        &out, PadLeft(Grouped(sorted[i].second.count), 11), "  ",
        sorted[i].first, "\n", std::string(13, ' '),
        Tail("e.g. " + SafeText(sorted[i].second.example.place), kColumns - 13),
        "\n");
  }
  if (sorted.size() > kShownChanges) {
    absl::StrAppend(&out, "  and ", sorted.size() - kShownChanges,
                    " other changes (changes.csv)\n");
  }
  out += "\nsenders most touched\n";
  for (const Sender& sender : senders) {
    const std::string name = sender.domain.empty()
                                 ? "(no author domain)"
                                 : SafeText(sender.domain, 60);
    absl::StrAppend(&out, PadLeft(Grouped(sender.count), 11), "  ", name, "\n");
  }
  if (all_senders > senders.size()) {
    absl::StrAppend(&out, "  and ", Grouped(all_senders - senders.size()),
                    " other senders (changes.csv)\n");
  }
  return out;
}

}  // namespace mailassay::audit
