// The standard error of a run: whole lines, and at most one live progress line
// that they push down.  Thread-safe.
#pragma once

#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace mailassay::run {

class Console {
 public:
  explicit Console(bool quiet) : quiet_(quiet) {}
  ~Console() { ClearLive(); }

  // "mailassay: TEXT".  `text` must be safe for a terminal.
  void Say(std::string_view text);
  // As Say, unless the run is to be quiet.
  void Note(std::string_view text);
  // Replaces the live line, cut to the terminal's width.
  void ShowLive(std::string_view text);
  void ClearLive();

 private:
  void Erase() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const bool quiet_;
  absl::Mutex mutex_;
  bool live_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mailassay::run
