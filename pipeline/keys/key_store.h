// The KeyStore answers "which keys does this name publish?" for all threads of
// a run.  Each name is asked at most once (and once more at the end when the
// answer was a temporary failure); answers, failures included, stay for the
// whole run, so a verdict never depends on timing.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/dkim/key_answer.h"
#include "pipeline/keys/resolver.h"

namespace mailassay::keys {

class KeyStore {
 public:
  using Answer = std::shared_ptr<const dkim::KeyAnswer>;

  // `resolver`: null means offline: a name without an imported answer is
  // kNotAsked.  Must outlive the store.
  explicit KeyStore(Resolver* resolver);
  ~KeyStore();

  // An imported answer is final; the records of several files for one name
  // are candidates together.  kNotAsked says nothing and is dropped.  Of
  // recovered keys that are not part of an answer, see Know.
  // REQUIRES: before the first Request.
  void Import(std::vector<dkim::KeyAnswer> answers);

  // As Import, of an earlier run: what is remembered is a candidate, too.
  void Keep(std::vector<dkim::KeyAnswer> answers);

  // The records are candidates beside whatever is answered for the name.
  // REQUIRES: as Import.
  void Know(const dkim::KeyAnswer& known);

  // What is known of a name from earlier: its records are candidates beside
  // what is answered, but for names with an imported answer, and where nobody
  // may be asked, its status is the answer.  Called once a name, one call at a
  // time.  REQUIRES: as Import.
  using Memory = std::function<dkim::KeyAnswer(const std::string& name)>;
  void Remember(Memory memory);

  // Of one zone at most so many names are asked of DNS, the first that are
  // requested; for the others kZoneLimit is the answer.  0: no limit.
  // REQUIRES: as Import.
  void LimitZones(size_t names, ZoneOf zone_of);

  // What an earlier part of the same run was answered: final; what DNS said is
  // counted as asked, also of its zone.  REQUIRES: as Import, behind
  // LimitZones.
  void Restore(std::vector<dkim::KeyAnswer> answers);

  // From now on TakeNews tells what became known since the last call: names
  // that DNS was asked, in the order of asking, and answers that are final:
  // DNS's, and what was imported or restored for names then requested.
  // REQUIRES: as Import.
  void KeepNews();
  struct News {
    std::vector<std::string> asked;
    std::vector<Answer> answered;
  };
  News TakeNews();

  // The answer when it is known and final for now, else null after making
  // sure that the name is being asked (single flight).  Offline: never null.
  // A temporary failure counts as not known until RetryFailures has run, so
  // that its signatures are deferred.  The answers kNotAsked and kZoneLimit
  // may be one object for all names, which carries none.  `name`: lower case,
  // no trailing dot.
  Answer Request(std::string_view name);

  // Waits until every name asked so far has an answer or `budget` is over
  // (names still open then become kTimeout).  `tick` is called about every
  // 200 ms; false from it ends the wait early.
  void AwaitAll(std::chrono::milliseconds budget,
                const std::function<bool()>& tick);
  // As AwaitAll(0) first; then renews the resolver and asks every temporary
  // failure once more; afterwards Request never gives null for a name asked
  // before: where the second try brought nothing in time, the first failure
  // stands.
  void RetryFailures(std::chrono::milliseconds budget,
                     const std::function<bool()>& tick);

  size_t names() const;   // distinct names requested
  size_t asked() const;   // of these, asked of DNS
  size_t open() const;    // of these, without an answer yet
  size_t failed() const;  // temporary failures that stand

  // Every answer used in this run, in byte order of names, each with its name.
  // Names still open are left out.  REQUIRES: meanwhile no name is new.
  void ForEachUsed(const std::function<void(const Answer&)>& visit) const;
  std::vector<Answer> Used() const;  // the same, all at once

 private:
  // Shared with the callbacks given to the resolver, which may come after the
  // store's end.
  struct State;

  // Makes an answer final.
  void Settle(dkim::KeyAnswer answer, bool recalls);
  void Ask(const std::string& name, int attempt);
  void Await(std::chrono::milliseconds budget,
             const std::function<bool()>& tick);

  Resolver* const resolver_;
  const std::shared_ptr<State> state_;
};

}  // namespace mailassay::keys
