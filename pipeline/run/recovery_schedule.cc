#include "pipeline/run/recovery_schedule.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "lib/crypto/key_recovery.h"
#include "lib/crypto/verify.h"

namespace mailassay::run {
namespace {

// Measured with bench/key_recovery.cc: one core, RSA-2048; twice the octets
// cost 2.4 times as much.
constexpr double kSecondsOf2048 = 45;
constexpr double kGrowth = 1.26;
// Of another name, so many signatures show whether it has the same key.
constexpr size_t kShown = 3;

bool MadeOneOf(const crypto::PublicKey& key,
               const std::vector<audit::RecoveryCandidate>& candidates) {
  const size_t count = std::min(kShown, candidates.size());
  for (size_t i = 0; i < count; ++i) {
    const audit::RecoveryCandidate& one =
        candidates[i * candidates.size() / count];
    if (crypto::Verify(key, one.hash, one.header_hash, one.signature) ==
        crypto::Outcome::kPass) {
      return true;
    }
  }
  return false;
}

}  // namespace

double RecoveryCost::Seconds(size_t octets) const {
  const double factor = expected_ > 0 ? measured_ / expected_ : 1;
  return factor * kSecondsOf2048 *
         std::pow(static_cast<double>(octets) / 256, kGrowth);
}

void RecoveryCost::Learn(size_t octets, double seconds) {
  const double factor = expected_ > 0 ? measured_ / expected_ : 1;
  expected_ += Seconds(octets) / factor;
  measured_ += seconds;
}

RecoverySchedule::RecoverySchedule(std::vector<Name> names, size_t memory_bytes)
    : memory_left_(memory_bytes) {
  for (Name& name : names) {
    State& state = names_.emplace_back(std::move(name));
    state.next = state.name.plan.Next();
  }
}

size_t RecoverySchedule::OctetsOf(const State& state) {
  return state.name.plan.candidates()[state.next->first].signature.size();
}

template <typename Number, typename Of>
Number RecoverySchedule::Sum(const Of& of) const {
  Number sum = 0;
  for (const State& state : names_) {
    if (IsOpen(state)) sum += of(state);
  }
  return sum;
}

size_t RecoverySchedule::open() const {
  return Sum<size_t>([](const State&) { return 1u; });
}

size_t RecoverySchedule::FewestPairs() const { return open(); }

size_t RecoverySchedule::MostPairs() const {
  return Sum<size_t>(
      [](const State& state) { return state.name.plan.PairsLeft(); });
}

double RecoverySchedule::FewestSeconds() const {
  return Sum<double>(
      [&](const State& state) { return cost_.Seconds(OctetsOf(state)); });
}

double RecoverySchedule::MostSeconds() const {
  return Sum<double>([&](const State& state) {
    return cost_.Seconds(OctetsOf(state)) *
           static_cast<double>(state.name.plan.PairsLeft());
  });
}

std::optional<RecoveryTask> RecoverySchedule::Next(double seconds_left) {
  State* best = nullptr;
  for (State& state : names_) {
    if (!IsOpen(state) || state.is_at_work) continue;
    if (best != nullptr && state.failures >= best->failures) continue;
    const size_t octets = OctetsOf(state);
    if (crypto::RecoveryMemory(octets) <= memory_left_ &&
        cost_.Seconds(octets) <= seconds_left) {
      best = &state;
    }
  }
  if (best == nullptr) return std::nullopt;
  best->is_at_work = true;
  ++at_work_;
  memory_left_ -= crypto::RecoveryMemory(OctetsOf(*best));
  const auto& candidates = best->name.plan.candidates();
  return RecoveryTask{.id = static_cast<size_t>(best - names_.data()),
                      .a = candidates[best->next->first],
                      .b = candidates[best->next->second]};
}

bool RecoverySchedule::IsProved(const State& state,
                                const crypto::PublicKey& key) {
  return crypto::HasUsualLength(key) || state.name.plan.CountPassing(key) > 2;
}

void RecoverySchedule::ApplyKeys(State& state, News& news) {
  for (; state.keys_applied < keys_.size(); ++state.keys_applied) {
    const Key key = keys_[state.keys_applied];
    if (MadeOneOf(*key, state.name.plan.candidates())) Found(state, key, news);
  }
}

void RecoverySchedule::Found(State& state, const Key& key, News& news) {
  news.found.push_back({.name = state.name.name,
                        .key = key,
                        .signatures = state.name.plan.TakeMadeBy(*key),
                        .thinned = state.name.thinned});
  state.has_key = true;
}

void RecoverySchedule::Share(const std::vector<Key>& keys, News& news) {
  keys_.insert(keys_.end(), keys.begin(), keys.end());
  for (State& state : names_) {
    if (!state.is_at_work) FindNext(state, news);
  }
}

RecoverySchedule::News RecoverySchedule::Begin(const std::vector<Key>& known) {
  News news;
  Share(known, news);
  return news;
}

void RecoverySchedule::FindNext(State& state, News& news) {
  const bool was_open = IsOpen(state);
  ApplyKeys(state, news);
  state.next = state.name.plan.Next();
  if (IsOpen(state) || !was_open || state.failures == 0) return;
  const size_t left = state.name.plan.candidates().size();
  // A name that had more than was looked at is looked at once more.
  if (left == 0 || (state.has_key && state.name.thinned)) return;
  news.given_up.push_back(
      {state.name.name, state.has_key ? left : state.name.added});
}

RecoverySchedule::News RecoverySchedule::Take(const RecoveryResult& result) {
  News news;
  State& state = names_[result.id];
  const size_t octets = OctetsOf(state);
  state.is_at_work = false;
  --at_work_;
  memory_left_ += crypto::RecoveryMemory(octets);
  const auto& key = result.found.key;
  // A small exponent is found at once, which says nothing of others.
  if (key == nullptr || key->exponent() == crypto::kUsualExponent) {
    cost_.Learn(octets, result.seconds);
  }
  if (key == nullptr || !IsProved(state, *key)) {
    state.name.plan.Fail(*state.next);
    ++state.failures;
    FindNext(state, news);
    return news;
  }
  Found(state, key, news);
  Share({key}, news);
  return news;
}

}  // namespace mailassay::run
