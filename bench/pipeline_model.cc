#include "bench/pipeline_model.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

namespace mailassay::bench {
namespace {

class Pipeline {
 public:
  Pipeline(const std::vector<BatchCost>& batches, size_t cores, size_t tokens)
      : batches_(batches),
        free_cores_(cores),
        tokens_(tokens),
        next_stage_(batches.size(), 0) {}

  double Run() {
    while (first_ < batches_.size()) {
      StartAll();
      const auto [end, batch] = running_.top();
      running_.pop();
      now_ = end;
      ++free_cores_;
      Finish(batch);
    }
    return now_;
  }

 private:
  using Event = std::pair<double, size_t>;  // when a batch's stage ends

  static constexpr size_t kRunning = kStages + 1;  // plus the stage

  bool MayStart(size_t batch) const {
    const size_t stage = next_stage_[batch];
    if (stage >= kStages) return false;
    return !kIsSerial[stage] || (!busy_[stage] && serial_next_[stage] == batch);
  }

  void StartAll() {
    const size_t end = std::min(batches_.size(), first_ + tokens_);
    for (size_t b = first_; b < end && free_cores_ > 0; ++b) {
      if (!MayStart(b)) continue;
      const size_t stage = next_stage_[b];
      busy_[stage] = kIsSerial[stage];
      --free_cores_;
      next_stage_[b] = kRunning + stage;
      running_.emplace(now_ + batches_[b][stage], b);
    }
  }

  void Finish(size_t batch) {
    const size_t stage = next_stage_[batch] - kRunning;
    busy_[stage] = false;
    ++serial_next_[stage];
    next_stage_[batch] = stage + 1;
    while (first_ < batches_.size() && next_stage_[first_] == kStages) {
      ++first_;
    }
  }

  const std::vector<BatchCost>& batches_;
  size_t free_cores_;
  const size_t tokens_;
  // Of each batch: the stage it waits for, or kRunning + the one it is in.
  std::vector<size_t> next_stage_;
  std::array<bool, kStages> busy_{};           // of the serial ones
  std::array<size_t, kStages> serial_next_{};  // the batch whose turn it is
  size_t first_ = 0;                           // batch not yet written
  double now_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> running_;
};

}  // namespace

double Simulate(const std::vector<BatchCost>& batches, size_t cores,
                size_t tokens) {
  return Pipeline(batches, cores, tokens).Run();
}

}  // namespace mailassay::bench
