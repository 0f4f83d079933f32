// Threads that each take one pair of signatures at a time and look for the key
// that made both.  What they find is taken by the thread that owns the pool.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "lib/audit/recovery_candidates.h"
#include "lib/crypto/key_recovery.h"

namespace mailassay::run {

struct RecoveryTask {
  size_t id = 0;  // the owner's
  audit::RecoveryCandidate a, b;
};

struct RecoveryResult {
  size_t id = 0;
  crypto::Recovered found;
  double seconds = 0;
};

class RecoveryPool {
 public:
  explicit RecoveryPool(int threads);
  // Waits for the tasks that have begun, which can take minutes: a gcd cannot
  // be stopped.
  ~RecoveryPool();
  RecoveryPool(const RecoveryPool&) = delete;
  RecoveryPool& operator=(const RecoveryPool&) = delete;

  void Start(RecoveryTask task);
  // The next result, or nullopt when none has come in time.
  std::optional<RecoveryResult> Take(std::chrono::milliseconds patience);

 private:
  struct Shared;
  const std::unique_ptr<Shared> shared_;
  std::vector<std::thread> threads_;
};

}  // namespace mailassay::run
