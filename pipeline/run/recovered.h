// What a recovery of keys says to people.  Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/run/recovery_schedule.h"

namespace mailassay::run {

// What stands before the first pair.
struct RecoveryStart {
  size_t names = 0;         // with signatures that no known key made
  size_t open = 0;          // of these, with a pair to try
  size_t single = 0;        // without two signatures to pair
  size_t tried_before = 0;  // with no more signatures than then
  size_t too_long = 0;      // keys that --memory is too little for
  size_t beyond_limit = 0;  // left out by --limit
  uint64_t unanswered = 0;  // signatures of names whose servers are silent
  uint64_t left_out = 0;    // signatures for which there was no room
  size_t fewest_pairs = 0, most_pairs = 0;
  double fewest_seconds = 0, most_seconds = 0;  // of one core
  int jobs = 1;
};
// Lines, without their ends: how many names qualify, what of the others; the
// expected time.
std::vector<std::string> StartLines(const RecoveryStart& start);

// "NAME: 2048 bits, signed by the same key as N others".  `same_as`: another
// name with the key, or empty.
std::string FoundText(const FoundKey& found, std::string_view same_as);

// One line of progress.
std::string WorkText(const RecoverySchedule& schedule, size_t keys, int jobs);

struct RecoveryEnd {
  size_t keys = 0;      // found now
  size_t given_up = 0;  // names whose signatures gave no further key
  size_t open = 0;      // names that there was no time for
  double seconds = 0;
  std::string file;
};
std::string EndText(const RecoveryEnd& end);

}  // namespace mailassay::run
