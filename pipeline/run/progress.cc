#include "pipeline/run/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/time/time.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "pipeline/run/signals.h"

namespace mailassay::run {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(200);
constexpr auto kPlainEvery = std::chrono::seconds(30);

std::string Grouped(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string TimeLeft(double seconds) {
  auto whole = static_cast<uint64_t>(std::max(0.0, seconds) + 0.5);
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%lu h %02lu min left", whole / 3600,
                  whole / 60 % 60);
  } else if (whole >= 60) {
    std::snprintf(text, sizeof text, "%lu min %02lu s left", whole / 60,
                  whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%lu s left", whole);
  }
  return text;
}

}  // namespace

Progress::Progress(Console& console, ProgressMode mode)
    : console_(console),
      live_(mode == ProgressMode::kAuto && isatty(STDERR_FILENO)),
      timed_(mode != ProgressMode::kNever),
      start_(std::chrono::steady_clock::now()),
      thread_([this] { Loop(); }) {}

Progress::~Progress() {
  {
    absl::MutexLock lock(&mutex_);
    done_ = true;
  }
  thread_.join();
  console_.ClearLive();
}

void Progress::SetTotal(uint64_t bytes) {
  absl::MutexLock lock(&mutex_);
  total_ = bytes;
}

void Progress::Advance(uint64_t messages, uint64_t bytes, std::string_view file,
                       uint64_t offset) {
  absl::MutexLock lock(&mutex_);
  messages_ += messages;
  bytes_ += bytes;
  if (!file.empty()) file_ = file;
  offset_ = offset;
}

void Progress::SetPhase(std::string phase) {
  absl::MutexLock lock(&mutex_);
  phase_ = std::move(phase);
}

void Progress::SetLine(std::string line) {
  absl::MutexLock lock(&mutex_);
  line_ = std::move(line);
}

uint64_t Progress::bytes() const {
  absl::MutexLock lock(&mutex_);
  return bytes_;
}

double Progress::seconds() const {
  std::chrono::duration<double> elapsed =
      std::chrono::steady_clock::now() - start_;
  return elapsed.count();
}

std::string Progress::Line(bool with_place) const {
  double elapsed = std::max(seconds(), 1e-9);
  absl::MutexLock lock(&mutex_);
  if (!line_.empty()) return line_;
  double done = static_cast<double>(bytes_);
  char rate[64];
  std::snprintf(rate, sizeof rate, ", %.0f MB/s", done / 1e6 / elapsed);
  std::string line = Grouped(messages_) + " messages" + rate;
  if (total_ > 0) {
    double share = std::min(1.0, done / static_cast<double>(total_));
    std::snprintf(rate, sizeof rate, ", %.0f %%", 100 * share);
    line += rate;
    if (share > 0 && share < 1) {
      line += ", " + TimeLeft(elapsed * (1 - share) / share);
    }
  }
  if (!phase_.empty()) line += ", " + phase_;
  if (with_place && !file_.empty()) {
    line += Concat(", at ", SafeText(file_), "@", offset_);
  }
  return line;
}

void Progress::Loop() {
  auto last_plain = start_;
  auto done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return done_; };
  for (;;) {
    mutex_.LockWhenWithTimeout(absl::Condition(&done), kTick);
    bool stop = done_;
    mutex_.Unlock();
    if (stop) return;
    auto now = std::chrono::steady_clock::now();
    if (Signals::TakeProgressRequest()) console_.Say(Line(true));
    if (live_) {
      console_.ShowLive(Line(false));
    } else if (timed_ && now - last_plain >= kPlainEvery) {
      console_.Say(Line(true));
      last_plain = now;
    }
  }
}

}  // namespace mailassay::run
