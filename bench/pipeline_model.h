// How long the five stages of a run (pipeline/run/stages.cc) would take on so
// many cores, given what each batch costs in each: a simulation of the pipeline
// with its serial stages in order and its tokens.
//
// What cores share beside that is not in it: memory bandwidth, the last level
// cache, the clock that falls when all are busy.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace mailassay::bench {

inline constexpr size_t kStages = 5;  // read examine resolve conclude write
inline constexpr std::array<bool, kStages> kIsSerial = {true, false, true,
                                                        false, true};
// Seconds of one batch in each stage.
using BatchCost = std::array<double, kStages>;

// Seconds from the first read to the last write.  Whenever a core is free it
// takes the oldest batch that may go on.  REQUIRES: cores > 0, tokens > 0.
double Simulate(const std::vector<BatchCost>& batches, size_t cores,
                size_t tokens);

}  // namespace mailassay::bench
