// Which two signatures of a name to try next, until its keys are recovered.
//
// A wrong pair costs as much as a right one: two keys, or a header that was
// changed on its way.  So those that have failed least go first, of these the
// closest in time, for a name's keys follow one another.  What a key is found
// to have made leaves the plan; the rest may have another key.  Pure; one
// thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "lib/audit/recovery_candidates.h"
#include "lib/crypto/public_key.h"

namespace mailassay::audit {

class RecoveryPlan {
 public:
  // A pair, as indexes of candidates(); valid until TakeMadeBy.
  using Pair = std::pair<size_t, size_t>;

  // Gives up after `tries` pairs in a row that gave no key.
  RecoveryPlan(std::vector<RecoveryCandidate> candidates, size_t tries);

  const std::vector<RecoveryCandidate>& candidates() const {
    return candidates_;
  }

  // nullopt: all pairs are tried, or it has given up.  The same until Fail or
  // TakeMadeBy.  Two of one message or of different length are no pair.
  std::optional<Pair> Next() const;
  // How many more there are at most.
  size_t PairsLeft() const;

  // The pair gave no key.
  void Fail(Pair pair);
  // Takes out what the key made, also where the header has changed since, and
  // gives how many signatures it passes.  If any, tries are counted anew.
  size_t TakeMadeBy(const crypto::PublicKey& key);
  // How many it would pass.
  size_t CountPassing(const crypto::PublicKey& key) const;

 private:
  bool MayTry(size_t a, size_t b) const;

  const size_t tries_;
  size_t failed_ = 0;  // in a row
  std::vector<RecoveryCandidate> candidates_;
  std::vector<size_t> failures_;  // of each candidate
  std::set<Pair> tried_;
};

}  // namespace mailassay::audit
