#include "pipeline/run/stages.h"

#include <atomic>
#include <exception>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "lib/audit/codec.h"
#include "lib/base/concat.h"
#include "oneapi/tbb/enumerable_thread_specific.h"
#include "oneapi/tbb/global_control.h"
#include "oneapi/tbb/parallel_pipeline.h"
#include "oneapi/tbb/task_arena.h"
#include "pipeline/run/stopwatch.h"

namespace mailassay::run {
namespace {

namespace tbb = oneapi::tbb;
using Token = std::shared_ptr<Batch>;

// Of each worker.
class OrganizationCaches {
 public:
  explicit OrganizationCaches(const dmarc::PublicSuffixList& list)
      : caches_([&list] { return dmarc::OrganizationCache(list); }) {}
  dmarc::OrganizationCache& local() { return caches_.local(); }

 private:
  tbb::enumerable_thread_specific<dmarc::OrganizationCache> caches_;
};

// Keeps the first exception of any stage as a status; after it the others
// only pass their tokens on.
class Guard {
 public:
  bool failed() const { return failed_.load(std::memory_order_relaxed); }

  template <typename Step>
  void operator()(const Step& step) {
    if (failed()) return;
    try {
      step();
    } catch (const std::exception& error) {
      Fail(absl::InternalError(Concat("internal error: ", error.what())));
    }
  }

  void Fail(const absl::Status& status) {
    absl::MutexLock lock(&mutex_);
    if (first_.ok()) first_ = status;
    failed_ = true;
  }

  absl::Status status() {
    absl::MutexLock lock(&mutex_);
    return first_;
  }

 private:
  std::atomic<bool> failed_{false};
  absl::Mutex mutex_;
  absl::Status first_ ABSL_GUARDED_BY(mutex_);
};

// global_control alone, and task_arena alone, are clipped to the number of
// cores; both together are not.
template <typename Body>
void WithWorkers(int jobs, const Body& body) {
  tbb::global_control control(tbb::global_control::max_allowed_parallelism,
                              static_cast<size_t>(jobs));
  tbb::task_arena arena(jobs);
  arena.execute(body);
}

Token MakeToken(std::unique_ptr<source::Block> block) {
  auto batch = std::make_shared<Batch>();
  batch->input_bytes = block->input_bytes;
  batch->file = block->file;
  batch->offset = block->offset;
  batch->next = block->next;
  batch->block = std::move(block);
  return batch;
}

}  // namespace

absl::Status RunStages(const Stages& stages, const JudgeContext& context,
                       const Options& options, const MemoryPlan& plan) {
  Guard guard;
  tbb::enumerable_thread_specific<audit::GroupExaminer> examiners([&] {
    return audit::GroupExaminer(options.limits, options.from,
                                options.raw_hash());
  });
  auto read = [&](tbb::flow_control& flow) -> Token {
    std::unique_ptr<source::Block> block;
    guard([&] { block = stages.read(); });
    if (block != nullptr) return MakeToken(std::move(block));
    flow.stop();
    return nullptr;
  };
  auto step = [&guard](auto body) {
    return [&guard, body = std::move(body)](Token token) {
      guard([&] { body(*token); });
      return token;
    };
  };
  auto write = [&](const Token& token) {
    guard([&] { stages.write(*token); });
  };
  const size_t facts_bytes =
      options.out_dir.empty() ? plan.facts_bytes : plan.part_bytes;
  auto examine = [&](Batch& batch) {
    const Stopwatch watch(batch.seconds);
    Examine(batch, examiners.local(), facts_bytes);
  };
  OrganizationCaches organizations(context.suffixes);
  auto conclude = [&](Batch& batch) {
    const Stopwatch watch(batch.seconds);
    Conclude(batch, context, organizations.local());
  };
  constexpr auto kSerial = tbb::filter_mode::serial_in_order;
  constexpr auto kParallel = tbb::filter_mode::parallel;
  WithWorkers(options.jobs, [&] {
    tbb::parallel_pipeline(
        plan.tokens,
        tbb::make_filter<void, Token>(kSerial, read) &
            tbb::make_filter<Token, Token>(kParallel, step(examine)) &
            tbb::make_filter<Token, Token>(kSerial, step(stages.resolve)) &
            tbb::make_filter<Token, Token>(kParallel, step(conclude)) &
            tbb::make_filter<Token, void>(kSerial, write));
  });
  return guard.status();
}

absl::Status ConcludeAll(const NextSegment& next, std::string_view where,
                         const Judging& judging,
                         const std::function<bool(Batch&)>& write) {
  Guard guard;
  std::atomic<bool> ended{false};
  auto read = [&](tbb::flow_control& flow) -> Token {
    auto batch = std::make_shared<Batch>();
    bool more = false;
    if (!ended && !guard.failed()) guard([&] { more = next(*batch); });
    if (more) return batch;
    flow.stop();
    return nullptr;
  };
  OrganizationCaches organizations(judging.context.suffixes);
  auto judge = [&](Batch& batch) {
    if (batch.chunks.empty()) return;
    auto facts = audit::DecodeFacts(batch.chunks.front().encoded);
    if (!facts) {
      return guard.Fail(absl::DataLossError(
          Concat(where, ": what was kept of the messages is damaged")));
    }
    batch.messages = *std::move(facts);
    batch.message_count = batch.messages.size();
    if (batch.first_file > 0) {
      PutBehind(batch.first_file, batch.messages);
      batch.chunks.front().encoded = audit::EncodeFacts(batch.messages);
    }
    for (audit::Duplicate& duplicate : batch.duplicates) {
      batch.messages[duplicate.message].duplicate_of =
          std::move(duplicate.original);
    }
    if (const Judging::Earlier* earlier = judging.earlier) {
      Rejudge(batch, earlier->keys, earlier->context, judging.keys,
              judging.context, organizations.local());
    } else {
      JudgeNow(batch, judging.keys, judging.context, organizations.local());
    }
  };
  WithWorkers(judging.jobs, [&] {
    tbb::parallel_pipeline(
        judging.plan.tokens,
        tbb::make_filter<void, Token>(tbb::filter_mode::serial_in_order, read) &
            tbb::make_filter<Token, Token>(tbb::filter_mode::parallel,
                                           [&](Token token) {
                                             guard([&] { judge(*token); });
                                             return token;
                                           }) &
            tbb::make_filter<Token, void>(
                tbb::filter_mode::serial_in_order, [&](const Token& token) {
                  guard([&] { ended = ended || !write(*token); });
                }));
  });
  return guard.status();
}

}  // namespace mailassay::run
