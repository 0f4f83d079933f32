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
  KeyStore::Answer answer;  // null: none yet
  Phase phase = Phase::kIdle;
  bool requested = false;
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

KeyAnswer TimedOut(const std::string& name) {
  KeyAnswer answer;
  answer.name = name;
  answer.status = KeyStatus::kTimeout;
  answer.source = "dns";
  return answer;
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

  void NoteAsked(const std::string& name);
  void NoteAnswered(const Answer& answer);
  bool keep_news = false;  // set before any thread asks
  std::mutex news_mutex;   // taken last
  News news;               // under news_mutex

  std::atomic<size_t> names_requested = 0;
  std::atomic<size_t> names_asked = 0;

  const Answer not_asked = Share(KeyAnswer());
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

void KeyStore::State::Arrive(const std::string& name, int attempt,
                             KeyAnswer answer) {
  answer.name = name;
  bool failed = dkim::IsTemporary(answer.status);
  Answer shared = Share(std::move(answer));
  {
    Shard& shard = ShardOf(name);
    std::lock_guard<std::mutex> lock(shard.mutex);
    auto place = shard.names.find(name);
    if (place == shard.names.end()) return;
    Entry& entry = place->second;
    if (entry.phase != PhaseOfAttempt(attempt)) return;  // late
    entry.answer = std::move(shared);
    entry.phase = failed && attempt == 1 ? Phase::kFailed : Phase::kKnown;
    if (entry.phase == Phase::kKnown) NoteAnswered(entry.answer);
  }
  Close(1);
}

void KeyStore::State::GiveUp() {
  size_t given_up = 0;
  ForEach([&](const std::string& name, Entry& entry) {
    if (entry.phase == Phase::kAsked) {
      entry.answer = Share(TimedOut(name));
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

void KeyStore::Import(std::vector<KeyAnswer> answers) {
  for (KeyAnswer& answer : answers) {
    if (answer.status == KeyStatus::kNotAsked) continue;
    Shard& shard = state_->ShardOf(answer.name);
    std::lock_guard<std::mutex> lock(shard.mutex);
    Entry& entry = shard.names[answer.name];
    entry.phase = Phase::kKnown;
    if (entry.answer != nullptr) {
      KeyAnswer merged = *entry.answer;
      Merge(std::move(answer), merged);
      answer = std::move(merged);
    }
    entry.answer = Share(std::move(answer));
  }
}

void KeyStore::Restore(std::vector<KeyAnswer> answers) {
  for (KeyAnswer& answer : answers) {
    if (answer.source == "dns") ++state_->names_asked;
    Shard& shard = state_->ShardOf(answer.name);
    std::lock_guard<std::mutex> lock(shard.mutex);
    Entry& entry = shard.names[answer.name];
    entry.phase = Phase::kKnown;
    entry.answer = Share(std::move(answer));
  }
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
      if (first) state_->NoteAnswered(entry.answer);
      return entry.answer;
    }
    if (entry.phase != Phase::kIdle) return nullptr;
    if (resolver_ == nullptr) {
      entry.phase = Phase::kKnown;
      return entry.answer = state_->not_asked;
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
  resolver_->Start(name, [state = state_, name, attempt](KeyAnswer answer) {
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

size_t KeyStore::failed() const {
  size_t n = 0;
  state_->ForEach([&](const std::string&, Entry& entry) {
    n += entry.requested && entry.answer != nullptr &&
         dkim::IsTemporary(entry.answer->status);
  });
  return n;
}

std::vector<KeyStore::Answer> KeyStore::Used() const {
  std::vector<Answer> used;
  state_->ForEach([&](const std::string& name, Entry& entry) {
    if (!entry.requested || entry.answer == nullptr) return;
    if (entry.answer != state_->not_asked) {
      used.push_back(entry.answer);
      return;
    }
    KeyAnswer named;
    named.name = name;
    used.push_back(Share(std::move(named)));
  });
  std::sort(used.begin(), used.end(),
            [](const Answer& a, const Answer& b) { return a->name < b->name; });
  return used;
}

}  // namespace mailassay::keys
