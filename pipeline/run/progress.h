// How far a run is, told to people on standard error: messages, MB/s, percent,
// time left; a live line on a terminal or a plain line every 30 s, and one at
// any time on SIGUSR1.  The stages report through Advance; the thread that
// prints is the object's own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "pipeline/run/console.h"
#include "pipeline/run/options.h"

namespace mailassay::run {

class Progress {
 public:
  // `console` must outlive it.
  Progress(Console& console, ProgressMode mode);
  ~Progress();  // stops and clears the live line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // 0: unknown.
  void SetTotal(uint64_t bytes);
  void Advance(uint64_t messages, uint64_t bytes, std::string_view file,
               uint64_t offset);
  // What is being done once all input is read: "waiting for DNS".
  void SetPhase(std::string phase);
  // Where no mail is read: the whole line.
  void SetLine(std::string line);

  uint64_t bytes() const;
  double seconds() const;  // since construction

  // One line; for tests too.
  std::string Line(bool with_place) const;

 private:
  void Loop();

  Console& console_;
  const bool live_;
  const bool timed_;
  const std::chrono::steady_clock::time_point start_;
  mutable absl::Mutex mutex_;
  uint64_t total_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t messages_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string file_ ABSL_GUARDED_BY(mutex_);
  uint64_t offset_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string phase_ ABSL_GUARDED_BY(mutex_);
  std::string line_ ABSL_GUARDED_BY(mutex_);
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace mailassay::run
