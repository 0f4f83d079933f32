#include "pipeline/source/open_ahead.h"

#include <sys/resource.h>

#include <algorithm>
#include <utility>

namespace mailassay::source {
namespace {

constexpr uint64_t kSmallBytes = 1 << 20;
constexpr size_t kMostFiles = 32;
// One file in so many is asked whether the page cache holds it.
constexpr uint64_t kAskEvery = 16;

size_t MostFiles() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1;
  return static_cast<size_t>(
      std::clamp<rlim_t>(limit.rlim_cur / 32, 1, kMostFiles));
}

absl::StatusOr<std::unique_ptr<FileInput>> OpenInTurn(
    const Walk::Found& found) {
  if (found.path == "-" && found.named) return FileInput::Stdin();
  if (found.named || found.follow) return FileInput::OpenNamed(found.path);
  return FileInput::OpenFound(found.directory->fd(), found.name);
}

std::optional<HeadedFile> TryOpen(const Walk::Found& found) {
  // What was a regular file may be a pipe by now, that nobody writes to.
  auto file = found.named || found.follow
                  ? FileInput::OpenNamed(found.path, /*wait=*/false)
                  : FileInput::OpenFound(found.directory->fd(), found.name);
  if (!file.ok() || !(*file)->regular()) return std::nullopt;
  return ReadHead(*std::move(file));
}

}  // namespace

OpenAhead::OpenAhead(const std::vector<std::string>& paths, bool follow_links,
                     OpenAheadLimits limits, Question in_memory, Filter use)
    : limits_(limits),
      in_memory_(std::move(in_memory)),
      use_(std::move(use)),
      most_files_(MostFiles()),
      walk_(paths, follow_links),
      ahead_(limits.always && limits.threads > 0) {}

OpenAhead::~OpenAhead() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

std::optional<OpenAhead::File> OpenAhead::Next() {
  LookAhead();
  if (jobs_.empty()) return std::nullopt;
  std::unique_ptr<Job> job = TakeFirst();
  std::optional<File> file(std::in_place);
  if (job->opened) {
    file->opened = *std::move(job->opened);
  } else if (!job->found.error && !job->left_out) {
    file->opened = OpenNow(*job);
  }
  file->found = std::move(job->found);
  file->left_out = job->left_out;
  return file;
}

// Many at a time: threads are woken seldom.
void OpenAhead::LookAhead() {
  const size_t most = ahead_ ? most_files_ : 1;
  if (jobs_.size() > most / 2) return;
  std::vector<std::unique_ptr<Job>> found;
  const Job* last = jobs_.empty() ? nullptr : jobs_.back().get();
  while (!walk_ended_ && jobs_.size() + found.size() < most &&
         (last == nullptr || last->small)) {
    auto next = walk_.Next();
    walk_ended_ = !next;
    if (!next) break;
    const Use use = use_(*next);
    if (use == Use::kPassOver) continue;
    auto job = std::make_unique<Job>();
    job->left_out = use == Use::kLeaveOut;
    job->small = next->error || job->left_out ||
                 (next->regular && next->size < kSmallBytes);
    job->found = *std::move(next);
    last = job.get();
    found.push_back(std::move(job));
  }
  if (found.empty()) return;
  {
    std::lock_guard lock(mutex_);
    std::move(found.begin(), found.end(), std::back_inserter(jobs_));
  }
  StartThreads();
  if (!workers_.empty()) work_.notify_all();
}

// The first file is the reader's.
void OpenAhead::StartThreads() {
  const size_t most =
      std::min(static_cast<size_t>(limits_.threads), jobs_.size() - 1);
  while (ahead_ && workers_.size() < most) {
    workers_.emplace_back([this] { Work(); });
  }
}

void OpenAhead::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stop_ || next_ < jobs_.size(); });
    if (stop_) return;
    Job& job = *jobs_[next_++];
    lock.unlock();
    if (job.small && !job.found.error && !job.left_out) {
      job.opened = TryOpen(job.found);
    }
    lock.lock();
    job.done = true;
    if (&job == jobs_.front().get()) finished_.notify_one();
  }
}

std::unique_ptr<OpenAhead::Job> OpenAhead::TakeFirst() {
  std::unique_lock lock(mutex_);
  if (next_ > 0) {
    const Job& first = *jobs_.front();
    finished_.wait(lock, [&first] { return first.done; });
    --next_;
  }
  std::unique_ptr<Job> job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

absl::StatusOr<HeadedFile> OpenAhead::OpenNow(const Job& job) {
  auto file = OpenInTurn(job.found);
  if (!file.ok()) return file.status();
  if (job.small && !ahead_ && limits_.threads > 0 &&
      asked_++ % kAskEvery == 0) {
    ahead_ = !in_memory_(**file);
  }
  return ReadHead(*std::move(file));
}

}  // namespace mailassay::source
