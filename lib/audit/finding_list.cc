#include "lib/audit/finding_list.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "lib/audit/top.h"

namespace mailassay::audit {
namespace {

constexpr char kPart = '\0';

// Walks the units in byte order, in which all of a directory stands together.
class PartWalk {
 public:
  void Add(std::string_view unit, const UnitTally& tally) {
    Leave(unit);
    Enter(unit);
    open_.back().tally.Merge(tally);
  }

  std::vector<PartCause> Finish() {
    while (open_.size() > 1) Close();
    Settle(&open_.back());
    return std::move(open_.back().causes);
  }

 private:
  struct Part {
    std::string key;
    UnitTally tally;                // of all units in it
    std::vector<PartCause> causes;  // of the parts of it
  };

  static bool IsIn(std::string_view unit, std::string_view part) {
    return part.empty() || unit == part ||
           (unit.starts_with(part) && unit[part.size()] == kPart);
  }

  void Leave(std::string_view unit) {
    while (!IsIn(unit, open_.back().key)) Close();
  }

  void Enter(std::string_view unit) {
    while (open_.back().key.size() < unit.size()) {
      const size_t from = open_.back().key.size() + 1;
      open_.emplace_back().key = unit.substr(0, unit.find(kPart, from));
    }
  }

  void Close() {
    Part part = std::move(open_.back());
    open_.pop_back();
    Settle(&part);
    Part& around = open_.back();
    around.tally.Merge(part.tally);
    std::move(part.causes.begin(), part.causes.end(),
              std::back_inserter(around.causes));
    held_ += part.causes.size();
    if (held_ > 4 * kMaxCauses) Forget();
  }

  // In parts within parts there may be as many of each.
  void Forget() {
    held_ = 0;
    const size_t most = std::max<size_t>(1, kMaxCauses / open_.size());
    for (Part& part : open_) {
      KeepGreatest(most, &part.causes);
      held_ += part.causes.size();
    }
  }

  // What fits the whole is said of the whole, but for a whole that has it all
  // in one part: that is named.  Several kinds of damage say less than one.
  static void Settle(Part* part) {
    auto& causes = part->causes;
    if (const std::optional<UnitCause> cause = CauseOfAll(part->tally)) {
      const bool in_one =
          causes.size() == 1 && causes[0].cause.messages == cause->messages;
      if (!in_one && (cause->damage || causes.empty())) {
        causes = {{part->key, *cause}};
      }
    }
    if (causes.size() > kMaxCauses) KeepGreatest(kMaxCauses, &causes);
  }

  static void KeepGreatest(size_t most, std::vector<PartCause>* causes) {
    std::sort(causes->begin(), causes->end(),
              [](const PartCause& a, const PartCause& b) {
                return std::tuple(b.cause.messages, std::string_view(a.key)) <
                       std::tuple(a.cause.messages, std::string_view(b.key));
              });
    if (causes->size() <= most) return;
    causes->erase(causes->begin() + static_cast<ptrdiff_t>(most),
                  causes->end());
  }

  std::vector<Part> open_ = std::vector<Part>(1);  // each in the one before
  size_t held_ = 0;                                // causes in them, or more
};

using Causes = std::map<std::string, UnitCause, std::less<>>;

// Is the damage of a message of the unit explained?
bool IsExplained(const Causes& causes, std::string_view unit, Damage damage) {
  for (size_t end = unit.size();; end = unit.rfind(kPart, end - 1)) {
    if (end == unit.npos) end = 0;
    const auto found = causes.find(unit.substr(0, end));
    if (found != causes.end() && found->second.Covers(damage)) return true;
    if (end == 0) return false;
  }
}

// Keeps the entries with the greatest counts, the greatest first. Entries with
// equal counts keep the order in which they came.
class Greatest {
 public:
  explicit Greatest(size_t size) : size_(size) {}

  struct Entry {
    std::string key;
    const PartCause* cause;  // null: a finding of messages
    FindingTally tally;
  };

  void Add(Entry entry) {
    ++all_;
    if (size_ == 0 || (entries_.size() == size_ &&
                       entries_.back().tally.count >= entry.tally.count)) {
      return;
    }
    if (entries_.size() == size_) entries_.pop_back();
    const auto at = std::upper_bound(
        entries_.begin(), entries_.end(), entry.tally.count,
        [](uint64_t count, const Entry& e) { return count > e.tally.count; });
    entries_.insert(at, std::move(entry));
  }

  const std::vector<Entry>& entries() const { return entries_; }
  uint64_t all() const { return all_; }

 private:
  size_t size_;
  std::vector<Entry> entries_;
  uint64_t all_ = 0;
};

// Adds up what the units have of one finding, but for what is explained.
void AddFindings(Ledger& ledger, const Causes& causes, Greatest* greatest) {
  std::string last;
  FindingTally sum;
  const auto finish = [&] {
    if (sum.count > 0) greatest->Add({last, nullptr, sum});
    sum = {};
  };
  ledger.findings().ForEach(
      [&](std::string_view key, const FindingTally& tally) {
        const FindingParts parts = PartsOfFinding(key);
        if (parts.finding != last) {
          finish();
          last = parts.finding;
        }
        if (parts.damage && IsExplained(causes, parts.unit, *parts.damage))
          return;
        sum.Merge(tally);
      });
  finish();
}

// Since when the senders of "unsigned" findings have signed all their mail.
std::map<std::string, std::string, std::less<>> SignedSinceOf(
    Ledger& ledger, const Greatest& greatest) {
  std::map<std::string, std::string, std::less<>> since;
  for (const auto& entry : greatest.entries()) {
    if (const auto sender = SenderOfUnsigned(entry.key)) {
      since.emplace(*sender, "");
    }
  }
  if (since.empty()) return since;
  ledger.senders().ForEach(
      [&](std::string_view sender, const SenderTally& tally) {
        const auto found = since.find(sender);
        if (found != since.end()) found->second = SignedSince(tally);
      });
  return since;
}

}  // namespace

std::vector<PartCause> CausesOfParts(Ledger& ledger) {
  PartWalk walk;
  ledger.units().ForEach([&](std::string_view unit, const UnitTally& tally) {
    walk.Add(unit, tally);
  });
  return walk.Finish();
}

FindingList ListFindings(Ledger& ledger, size_t size, size_t columns) {
  const std::vector<PartCause> parts = CausesOfParts(ledger);
  Causes causes;
  for (const PartCause& part : parts) causes.emplace(part.key, part.cause);
  Greatest greatest(size);
  for (const PartCause& part : parts) {
    greatest.Add({part.key, &part, part.cause.finding});
  }
  AddFindings(ledger, causes, &greatest);
  const auto since = SignedSinceOf(ledger, greatest);
  FindingList list;
  list.all = greatest.all();
  for (const auto& entry : greatest.entries()) {
    ListedFinding& listed = list.entries.emplace_back();
    listed.tally = entry.tally;
    if (entry.cause != nullptr) {
      listed.text =
          DescribeCause(UnitName(entry.key), entry.cause->cause, columns);
      continue;
    }
    const auto sender = SenderOfUnsigned(entry.key);
    listed.text =
        DescribeFinding(entry.key, entry.tally, columns,
                        sender ? std::string_view(since.find(*sender)->second)
                               : std::string_view());
  }
  return list;
}

}  // namespace mailassay::audit
