// A name goes through these phases:
//
//   kIdle --Request--> kAsked --answer--> kKnown
//                        |                  ^
//                 failure or budget over    | answer, failure or budget over
//                        v                  |
//                     kFailed --Retry--> kAskedAgain
//
// Imported names begin as kKnown.  Request gives the answer in kKnown, null in
// all others.  Each lookup knows its attempt; an answer that comes when the
// name is no longer in that attempt's phase is late and dropped.

#include "pipeline/keys/key_store.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "lib/base/text_hash.h"
#include "pipeline/keys/answer.h"

namespace mailassay::keys {
namespace {

using dkim::KeyAnswer;
using dkim::KeyStatus;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

enum class Phase : uint8_t { kIdle, kAsked, kFailed, kAskedAgain, kKnown };

constexpr Phase PhaseOfAttempt(int attempt) {
  return attempt == 1 ? Phase::kAsked : Phase::kAskedAgain;
}

struct Entry {
  KeyStore::Answer answer;           // null: none yet
  std::unique_ptr<KeyAnswer> known;  // beside the answer; null: nothing
  Phase phase = Phase::kIdle;
  bool requested = false;
  bool recalls = false;  // what is remembered joins the answer
};

using NameMap =
    absl::flat_hash_map<std::string, Entry, TextHash, std::equal_to<>>;

// std's mutexes in this file: ThreadSanitizer does not see into Debian's
// absl::Mutex, and what guards every key must be checkable.
struct Shard {
  std::mutex mutex;
  NameMap names;  // under mutex
};

KeyStore::Answer Share(KeyAnswer answer) {
  return std::make_shared<const KeyAnswer>(std::move(answer));
}

// The answer with what is known beside it.
KeyStore::Answer Whole(const Entry& entry, KeyAnswer answer) {
  if (entry.known != nullptr) AddCandidates(*entry.known, answer);
  return Share(std::move(answer));
}

// Records that no answer gave.
bool IsKnowledge(const KeyAnswer& answer) {
  return answer.status == KeyStatus::kNotAsked && !answer.records.empty();
}

KeyAnswer TimedOut(const std::string& name) {
  KeyAnswer answer;
  answer.name = name;
  answer.status = KeyStatus::kTimeout;
  answer.source = "dns";
  return answer;
}

KeyStore::Answer NamelessAnswer(KeyStatus status) {
  KeyAnswer answer;
  answer.status = status;
  return Share(std::move(answer));
}

KeyStore::Answer Named(const KeyStore::Answer& answer,
                       const std::string& name) {
  if (!answer->name.empty()) return answer;
  KeyAnswer named = *answer;
  named.name = name;
  return Share(std::move(named));
}

}  // namespace

struct KeyStore::State {
  static constexpr size_t kShards = 32;

  Shard& ShardOf(std::string_view name) {
    // The map uses the low bits of the same hash.
    return shards[TextHash()(name) >> 48 & (kShards - 1)];
  }

  // What the resolver calls.
  void Arrive(const std::string& name, int attempt, KeyAnswer answer);
  // Takes the names that wait for an answer as not answered.
  void GiveUp();
  // Puts every failed name in the phase of its second attempt.
  std::vector<std::string> TakeFailed();
  // Count the names in kAsked and kAskedAgain.  Opened under the shard's lock,
  // before anybody can see the phase and close it.
  void Open(size_t n);
  void Close(size_t n);

  template <typename Visitor>  // void(const std::string&, Entry&)
  void ForEach(const Visitor& visit) {
    for (Shard& shard : shards) {
      std::lock_guard<std::mutex> lock(shard.mutex);
      for (auto& [name, entry] : shard.names) visit(name, entry);
    }
  }

  std::array<Shard, kShards> shards;

  // Waits by the monotonic clock: a step of the system's clock must not stretch
  // a budget.
  std::mutex wait_mutex;
  std::condition_variable all_closed;
  size_t open = 0;  // under wait_mutex

  // Fills entry.known; under the shard's lock.
  void Recall(const std::string& name, Entry& entry);
  Memory memory;            // set before any thread asks
  std::mutex memory_mutex;  // taken behind a shard's

  void NoteAsked(const std::string& name);
  void NoteAnswered(const Answer& answer);
  bool keep_news = false;  // set before any thread asks
  std::mutex news_mutex;   // taken last
  News news;               // under news_mutex

  std::atomic<size_t> names_requested = 0;
  std::atomic<size_t> names_asked = 0;

  // The answer of a name that DNS is not to be asked for; null: it is.
  Answer WithoutAsking(const std::string& name, Entry& entry, bool offline);
  // Counts the name to its zone; false when that has enough.
  bool TakePlace(std::string_view name);
  size_t most_of_zone = 0;  // 0: no limit; set before any thread asks
  ZoneOf zone_of;
  std::mutex zone_mutex;  // taken behind a shard's
  absl::flat_hash_map<std::string, size_t, TextHash, std::equal_to<>>
      zone_names;  // under zone_mutex

  const Answer not_asked = NamelessAnswer(KeyStatus::kNotAsked);
  const Answer zone_limit = NamelessAnswer(KeyStatus::kZoneLimit);
};

void KeyStore::State::Open(size_t n) {
  std::lock_guard<std::mutex> lock(wait_mutex);
  open += n;
}

void KeyStore::State::Close(size_t n) {
  std::lock_guard<std::mutex> lock(wait_mutex);
  open -= n;
  if (open == 0) all_closed.notify_all();
}

void KeyStore::State::NoteAsked(const std::string& name) {
  if (!keep_news) return;
  std::lock_guard<std::mutex> lock(news_mutex);
  news.asked.push_back(name);
}

void KeyStore::State::NoteAnswered(const Answer& answer) {
  if (!keep_news) return;
  std::lock_guard<std::mutex> lock(news_mutex);
  news.answered.push_back(answer);
}

bool KeyStore::State::TakePlace(std::string_view name) {
  if (most_of_zone == 0) return true;
  const std::string_view zone = zone_of(name);
  std::lock_guard<std::mutex> lock(zone_mutex);
  auto place = zone_names.find(zone);
  if (place == zone_names.end()) {
    place = zone_names.try_emplace(std::string(zone)).first;
  }
  if (place->second == most_of_zone) return false;
  ++place->second;
  return true;
}

KeyStore::Answer KeyStore::State::WithoutAsking(const std::string& name,
                                                Entry& entry, bool offline) {
  if (offline) {
    if (entry.known == nullptr) return not_asked;
    entry.known->name = name;
    entry.answer = Share(*entry.known);
  } else if (TakePlace(name)) {
    return nullptr;
  } else if (entry.known == nullptr) {
    NoteAnswered(Named(zone_limit, name));
    return zone_limit;
  } else {
    entry.answer = Whole(entry, *Named(zone_limit, name));
  }
  NoteAnswered(entry.answer);
  return entry.answer;
}

void KeyStore::State::Arrive(const std::string& name, int attempt,
                             KeyAnswer answer) {
  answer.name = name;
  bool failed = dkim::IsTemporary(answer.status);
  {
    Shard& shard = ShardOf(name);
    std::lock_guard<std::mutex> lock(shard.mutex);
    auto place = shard.names.find(name);
    if (place == shard.names.end()) return;
    Entry& entry = place->second;
    if (entry.phase != PhaseOfAttempt(attempt)) return;  // late
    entry.answer = Whole(entry, std::move(answer));
    entry.phase = failed && attempt == 1 ? Phase::kFailed : Phase::kKnown;
    if (entry.phase == Phase::kKnown) NoteAnswered(entry.answer);
  }
  Close(1);
}

void KeyStore::State::GiveUp() {
  size_t given_up = 0;
  ForEach([&](const std::string& name, Entry& entry) {
    if (entry.phase == Phase::kAsked) {
      entry.answer = Whole(entry, TimedOut(name));
      entry.phase = Phase::kFailed;
    } else if (entry.phase == Phase::kAskedAgain) {
      entry.phase = Phase::kKnown;  // with the first attempt's answer
      NoteAnswered(entry.answer);
    } else {
      return;
    }
    ++given_up;
  });
  if (given_up > 0) Close(given_up);
}

std::vector<std::string> KeyStore::State::TakeFailed() {
  std::vector<std::string> names;
  ForEach([&](const std::string& name, Entry& entry) {
    if (entry.phase != Phase::kFailed) return;
    entry.phase = Phase::kAskedAgain;
    Open(1);
    names.push_back(name);
  });
  return names;
}

KeyStore::KeyStore(Resolver* resolver)
    : resolver_(resolver), state_(std::make_shared<State>()) {}

KeyStore::~KeyStore() = default;

void KeyStore::Settle(KeyAnswer answer, bool recalls) {
  if (IsKnowledge(answer)) Know(answer);
  if (answer.status == KeyStatus::kNotAsked) return;
  Shard& shard = state_->ShardOf(answer.name);
  std::lock_guard<std::mutex> lock(shard.mutex);
  Entry& entry = shard.names[answer.name];
  entry.phase = Phase::kKnown;
  entry.recalls = recalls;
  if (entry.answer != nullptr) {
    KeyAnswer merged = *entry.answer;
    Merge(std::move(answer), merged);
    answer = std::move(merged);
  }
  entry.answer = Share(std::move(answer));
}

void KeyStore::Import(std::vector<KeyAnswer> answers) {
  for (KeyAnswer& answer : answers) Settle(std::move(answer), false);
}

void KeyStore::Keep(std::vector<KeyAnswer> answers) {
  for (KeyAnswer& answer : answers) Settle(std::move(answer), true);
}

void KeyStore::Know(const KeyAnswer& known) {
  Shard& shard = state_->ShardOf(known.name);
  std::lock_guard<std::mutex> lock(shard.mutex);
  Entry& entry = shard.names[known.name];
  if (entry.known == nullptr) entry.known = std::make_unique<KeyAnswer>();
  AddCandidates(known, *entry.known);
}

void KeyStore::Remember(Memory memory) { state_->memory = std::move(memory); }

void KeyStore::State::Recall(const std::string& name, Entry& entry) {
  if (!memory) return;
  std::lock_guard<std::mutex> lock(memory_mutex);
  KeyAnswer remembered = memory(name);
  if (entry.known != nullptr) AddCandidates(*entry.known, remembered);
  if (remembered.status == KeyStatus::kNotAsked && remembered.records.empty()) {
    return;
  }
  entry.known = std::make_unique<KeyAnswer>(std::move(remembered));
}

void KeyStore::Restore(std::vector<KeyAnswer> answers) {
  for (KeyAnswer& answer : answers) {
    if (answer.source == "dns") {
      ++state_->names_asked;
      state_->TakePlace(answer.name);
    }
    Shard& shard = state_->ShardOf(answer.name);
    std::lock_guard<std::mutex> lock(shard.mutex);
    Entry& entry = shard.names[answer.name];
    entry.phase = Phase::kKnown;
    const bool is_bare =
        answer.status == KeyStatus::kZoneLimit && answer.records.empty();
    entry.answer = is_bare ? state_->zone_limit : Share(std::move(answer));
  }
}

void KeyStore::LimitZones(size_t names, ZoneOf zone_of) {
  state_->most_of_zone = names;
  state_->zone_of = std::move(zone_of);
}

void KeyStore::KeepNews() { state_->keep_news = true; }

KeyStore::News KeyStore::TakeNews() {
  std::lock_guard<std::mutex> lock(state_->news_mutex);
  return std::exchange(state_->news, {});
}

KeyStore::Answer KeyStore::Request(std::string_view name) {
  {
    Shard& shard = state_->ShardOf(name);
    std::lock_guard<std::mutex> lock(shard.mutex);
    auto place = shard.names.find(name);
    if (place == shard.names.end()) {
      place = shard.names.try_emplace(std::string(name)).first;
    }
    Entry& entry = place->second;
    const bool first = !std::exchange(entry.requested, true);
    if (first) ++state_->names_requested;
    if (entry.phase == Phase::kKnown) {
      if (first) {
        if (entry.recalls) state_->Recall(place->first, entry);
        if (entry.known != nullptr) entry.answer = Whole(entry, *entry.answer);
        state_->NoteAnswered(Named(entry.answer, place->first));
      }
      return entry.answer;
    }
    if (entry.phase != Phase::kIdle) return nullptr;
    state_->Recall(place->first, entry);
    const bool offline = resolver_ == nullptr;
    Answer unasked = state_->WithoutAsking(place->first, entry, offline);
    if (unasked != nullptr) {
      entry.phase = Phase::kKnown;
      return entry.answer = std::move(unasked);
    }
    entry.phase = Phase::kAsked;
    ++state_->names_asked;
    state_->NoteAsked(place->first);
    state_->Open(1);
  }
  Ask(std::string(name), 1);
  return nullptr;
}

void KeyStore::Ask(const std::string& name, int attempt) {
  resolver_->Start(name, Question::kTxt,
                   [state = state_, name, attempt](KeyAnswer answer) {
                     state->Arrive(name, attempt, std::move(answer));
                   });
}

void KeyStore::Await(milliseconds budget, const std::function<bool()>& tick) {
  constexpr milliseconds kTick(200);
  const auto deadline = steady_clock::now() + budget;
  auto none_open = [this] { return state_->open == 0; };
  while (true) {
    auto until = std::min(deadline, steady_clock::now() + kTick);
    {
      std::unique_lock<std::mutex> lock(state_->wait_mutex);
      if (state_->all_closed.wait_until(lock, until, none_open)) return;
    }
    if (steady_clock::now() >= deadline || (tick && !tick())) break;
  }
  state_->GiveUp();
}

void KeyStore::AwaitAll(milliseconds budget,
                        const std::function<bool()>& tick) {
  Await(budget, tick);
}

void KeyStore::RetryFailures(milliseconds budget,
                             const std::function<bool()>& tick) {
  if (resolver_ == nullptr) return;
  state_->GiveUp();
  std::vector<std::string> names = state_->TakeFailed();
  if (names.empty()) return;
  // In an order that does not depend on the hash.
  std::sort(names.begin(), names.end());
  resolver_->Renew();
  for (const std::string& name : names) Ask(name, 2);
  Await(budget, tick);
}

size_t KeyStore::names() const { return state_->names_requested; }

size_t KeyStore::asked() const { return state_->names_asked; }

size_t KeyStore::open() const {
  std::lock_guard<std::mutex> lock(state_->wait_mutex);
  return state_->open;
}

size_t KeyStore::failed() const {
  size_t n = 0;
  state_->ForEach([&](const std::string&, Entry& entry) {
    n += entry.requested && entry.answer != nullptr &&
         dkim::IsTemporary(entry.answer->status);
  });
  return n;
}

void KeyStore::ForEachUsed(
    const std::function<void(const Answer&)>& visit) const {
  std::vector<std::pair<const std::string*, Answer>> used;
  state_->ForEach([&](const std::string& name, Entry& entry) {
    if (!entry.requested || entry.answer == nullptr) return;
    used.emplace_back(&name, entry.answer);
  });
  std::ranges::sort(
      used, [](const auto& a, const auto& b) { return *a.first < *b.first; });
  for (const auto& [name, answer] : used) visit(Named(answer, *name));
}

std::vector<KeyStore::Answer> KeyStore::Used() const {
  std::vector<Answer> used;
  ForEachUsed([&](const Answer& answer) { used.push_back(answer); });
  return used;
}

}  // namespace mailassay::keys
