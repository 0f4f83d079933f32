// Which pair of signatures of which name is tried next, within memory and time;
// and what the results come to.  Knows no threads, files or clock; one thread
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/audit/recovery_plan.h"
#include "lib/crypto/public_key.h"
#include "pipeline/run/recovery_pool.h"

namespace mailassay::run {

// What a pair costs, learned from those that were tried.
class RecoveryCost {
 public:
  // One core's seconds for signatures of so many octets.
  double Seconds(size_t octets) const;
  void Learn(size_t octets, double seconds);

 private:
  double measured_ = 0;
  double expected_ = 0;
};

// A key that signatures of a name were found to share.
struct FoundKey {
  std::string name;
  std::shared_ptr<const crypto::PublicKey> key;
  size_t signatures = 0;  // distinct ones that it passes
  bool thinned = false;   // the name had more than were looked at
};

// A name whose signatures that are left give no key.
struct GivenUp {
  std::string name;
  uint64_t tried = 0;  // of them
};

class RecoverySchedule {
 public:
  struct Name {
    std::string name;
    audit::RecoveryPlan plan;
    bool thinned = false;
    uint64_t added = 0;  // signatures seen
  };

  using Key = std::shared_ptr<const crypto::PublicKey>;

  struct News {
    std::vector<FoundKey> found;
    std::vector<GivenUp> given_up;
  };

  // The first names go first.  REQUIRES: each needs no more than
  // `memory_bytes`.
  RecoverySchedule(std::vector<Name> names, size_t memory_bytes);

  // What keys that were recovered earlier come to, of any name.  Called once,
  // first.
  News Begin(const std::vector<Key>& known);
  // The next task, if one can be begun that ends in `seconds_left` by what is
  // expected.  nullopt for now, or, when none is at work, for ever.
  std::optional<RecoveryTask> Next(double seconds_left);
  size_t at_work() const { return at_work_; }

  // What the result of a task of Next comes to: keys found, of the name and of
  // others that have the same one, and names that are done without one.
  News Take(const RecoveryResult& result);

  // Names with a pair that is at work or can still be tried.
  size_t open() const;
  // One pair of each such name, and all that may be tried.
  size_t FewestPairs() const;
  size_t MostPairs() const;
  // One core's seconds for so many.
  double FewestSeconds() const;
  double MostSeconds() const;

 private:
  struct State {
    explicit State(Name given) : name(std::move(given)) {}

    Name name;
    std::optional<audit::RecoveryPlan::Pair> next;  // or at work
    bool is_at_work = false;
    size_t failures = 0;
    bool has_key = false;     // found by now
    size_t keys_applied = 0;  // of keys_
  };
  static bool IsOpen(const State& state) { return state.next.has_value(); }
  static size_t OctetsOf(const State& state);
  // Of the names that are open, with what `of` says of each.
  template <typename Number, typename Of>
  Number Sum(const Of& of) const;

  // A key that made both signatures of the pair at work: is it proved?
  static bool IsProved(const State& state, const crypto::PublicKey& key);
  // Shows the name the keys that were found since it was last shown any.
  void ApplyKeys(State& state, News& news);
  void Found(State& state, const Key& key, News& news);
  void FindNext(State& state, News& news);
  void Share(const std::vector<Key>& keys, News& news);

  std::vector<State> names_;
  size_t memory_left_;
  size_t at_work_ = 0;
  RecoveryCost cost_;
  std::vector<Key> keys_;  // found by now
};

}  // namespace mailassay::run
