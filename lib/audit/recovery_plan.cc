#include "lib/audit/recovery_plan.h"

#include <algorithm>
#include <tuple>

#include "lib/crypto/verify.h"

namespace mailassay::audit {
namespace {

crypto::Outcome OutcomeOf(const crypto::PublicKey& key,
                          const RecoveryCandidate& one) {
  return crypto::Verify(key, one.hash, one.header_hash, one.signature);
}

// Seconds between the two; the most where one is not known.
uint64_t Distance(const RecoveryCandidate& a, const RecoveryCandidate& b) {
  if (!a.time || !b.time) return UINT64_MAX;
  const auto [early, late] = std::minmax(*a.time, *b.time);
  return static_cast<uint64_t>(late) - static_cast<uint64_t>(early);
}

}  // namespace

RecoveryPlan::RecoveryPlan(std::vector<RecoveryCandidate> candidates,
                           size_t tries)
    : tries_(tries),
      candidates_(std::move(candidates)),
      failures_(candidates_.size()) {}

bool RecoveryPlan::MayTry(size_t a, size_t b) const {
  return crypto::MayRecover(candidates_[a].signed_digest(),
                            candidates_[b].signed_digest()) &&
         !tried_.contains({a, b});
}

std::optional<RecoveryPlan::Pair> RecoveryPlan::Next() const {
  if (failed_ >= tries_) return std::nullopt;
  std::optional<Pair> best;
  std::pair<size_t, uint64_t> best_rank;
  for (size_t b = 1; b < candidates_.size(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      const std::pair rank(failures_[a] + failures_[b],
                           Distance(candidates_[a], candidates_[b]));
      if ((best && rank >= best_rank) || !MayTry(a, b)) continue;
      best = {a, b};
      best_rank = rank;
    }
  }
  return best;
}

size_t RecoveryPlan::PairsLeft() const {
  size_t pairs = 0;
  for (size_t b = 1; b < candidates_.size(); ++b) {
    for (size_t a = 0; a < b; ++a) {
      if (failed_ + pairs >= tries_) return pairs;
      if (MayTry(a, b)) ++pairs;
    }
  }
  return pairs;
}

void RecoveryPlan::Fail(Pair pair) {
  ++failed_;
  tried_.insert(pair);
  ++failures_[pair.first];
  ++failures_[pair.second];
}

size_t RecoveryPlan::CountPassing(const crypto::PublicKey& key) const {
  return static_cast<size_t>(
      std::ranges::count_if(candidates_, [&](const RecoveryCandidate& one) {
        return OutcomeOf(key, one) == crypto::Outcome::kPass;
      }));
}

size_t RecoveryPlan::TakeMadeBy(const crypto::PublicKey& key) {
  constexpr size_t kGone = SIZE_MAX;
  std::vector<size_t> places(candidates_.size(), kGone);
  size_t passing = 0, left = 0;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    const crypto::Outcome outcome = OutcomeOf(key, candidates_[i]);
    if (outcome == crypto::Outcome::kPass) ++passing;
    if (outcome == crypto::Outcome::kPass ||
        outcome == crypto::Outcome::kOtherDigest) {
      continue;
    }
    if (left != i) candidates_[left] = std::move(candidates_[i]);
    failures_[left] = failures_[i];
    places[i] = left++;
  }
  candidates_.resize(left);
  failures_.resize(left);
  std::set<Pair> tried;
  for (const auto& [a, b] : tried_) {
    if (places[a] != kGone && places[b] != kGone) {
      tried.insert({places[a], places[b]});
    }
  }
  tried_ = std::move(tried);
  if (passing > 0) failed_ = 0;
  return passing;
}

}  // namespace mailassay::audit
