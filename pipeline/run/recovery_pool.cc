#include "pipeline/run/recovery_pool.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "pipeline/run/stopwatch.h"

namespace mailassay::run {

struct RecoveryPool::Shared {
  std::mutex mutex;
  std::condition_variable has_task, has_result;
  std::deque<RecoveryTask> tasks;      // under mutex
  std::deque<RecoveryResult> results;  // under mutex
  std::atomic<bool> stopping{false};

  std::optional<RecoveryTask> NextTask() {
    std::unique_lock lock(mutex);
    has_task.wait(lock, [&] { return stopping || !tasks.empty(); });
    if (stopping) return std::nullopt;
    RecoveryTask task = std::move(tasks.front());
    tasks.pop_front();
    return task;
  }

  void Work() {
    while (const auto task = NextTask()) {
      RecoveryResult result;
      result.id = task->id;
      {
        const Stopwatch watch(result.seconds);
        result.found =
            crypto::RecoverKey(task->a.signed_digest(), task->b.signed_digest(),
                               [&] { return !stopping; });
      }
      const std::lock_guard lock(mutex);
      results.push_back(std::move(result));
      has_result.notify_one();
    }
  }
};

RecoveryPool::RecoveryPool(int threads) : shared_(std::make_unique<Shared>()) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { shared_->Work(); });
  }
}

RecoveryPool::~RecoveryPool() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
  }
  shared_->has_task.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void RecoveryPool::Start(RecoveryTask task) {
  const std::lock_guard lock(shared_->mutex);
  shared_->tasks.push_back(std::move(task));
  shared_->has_task.notify_one();
}

std::optional<RecoveryResult> RecoveryPool::Take(
    std::chrono::milliseconds patience) {
  std::unique_lock lock(shared_->mutex);
  if (!shared_->has_result.wait_for(
          lock, patience, [&] { return !shared_->results.empty(); })) {
    return std::nullopt;
  }
  RecoveryResult result = std::move(shared_->results.front());
  shared_->results.pop_front();
  return result;
}

}  // namespace mailassay::run
