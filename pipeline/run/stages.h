// The pipeline of one run over oneTBB: five stages, one kind of token.
//
// Stages do not throw: an exception that left a filter would leak the tokens in
// flight.  The first error is kept, the input ends, the rest drains.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/run/batch.h"
#include "pipeline/run/duplicate_search.h"
#include "pipeline/run/memory_plan.h"
#include "pipeline/run/options.h"
#include "pipeline/source/block.h"

namespace mailassay::run {

// The serial stages; each is called by one thread at a time, in archive order.
struct Stages {
  std::function<std::unique_ptr<source::Block>()> read;  // null: the end
  std::function<void(Batch&)> resolve;
  std::function<void(Batch&)> write;
};

// Runs until read gives null.  Internal: a stage threw (out of memory).
absl::Status RunStages(const Stages& stages, const JudgeContext& context,
                       const Options& options, const MemoryPlan& plan);

// What is to be concluded, in archive order: gives one chunk of facts, or rows
// that are made already, or errors alone; false at the end.
using NextSegment = std::function<bool(Batch&)>;

// How to conclude: with the answers that `keys` has by now.
struct Judging {
  keys::KeyStore& keys;
  const JudgeContext& context;
  int jobs = 1;
  const MemoryPlan& plan;
  // Of what is concluded, or null; the caller's `next` takes from it.
  DuplicateSearch* duplicates = nullptr;
  // Judges everything by these, too, and notes what differs (Batch::changes).
  struct Earlier {
    keys::KeyStore& keys;
    const JudgeContext& context;
  };
  const Earlier* earlier = nullptr;
};

// Concludes all that `next` gives; `write` gives false to end early.  `where`:
// what the facts come from, for the error when they are damaged (DataLoss).
absl::Status ConcludeAll(const NextSegment& next, std::string_view where,
                         const Judging& judging,
                         const std::function<bool(Batch&)>& write);

}  // namespace mailassay::run
