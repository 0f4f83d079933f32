#include "pipeline/source/zstd_frames.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "pipeline/source/fault.h"

namespace mailassay::source {
namespace {

// Frames no longer than this many shares of the memory go to the threads.
constexpr uint64_t kShares = 2;

class MemoryStream : public Stream {
 public:
  explicit MemoryStream(std::string_view text) : text_(text) {}
  absl::StatusOr<size_t> Read(char* out, size_t size) override {
    const size_t n = std::min(size, text_.size() - at_);
    std::memcpy(out, text_.data() + at_, n);
    at_ += n;
    return n;
  }
  uint64_t position() const override { return at_; }
  uint64_t stored() const override { return at_; }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

absl::StatusOr<std::string> ReadStored(const FileInput& file,
                                       const Frame& frame) {
  std::string stored(static_cast<size_t>(frame.size), '\0');
  for (size_t at = 0; at < stored.size();) {
    auto n =
        file.ReadAt(frame.offset + at, stored.data() + at, stored.size() - at);
    if (!n.ok()) return n.status();
    if (*n == 0) return Changed("was cut short while it was read");
    at += *n;
  }
  return stored;
}

}  // namespace

ZstdFrames::ZstdFrames(std::unique_ptr<FileInput> file, int threads,
                       uint64_t memory_bytes)
    : file_(std::move(file)),
      threads_(std::max(threads, 1)),
      memory_bytes_(memory_bytes) {}

ZstdFrames::~ZstdFrames() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
    queue_.clear();
  }
  work_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void ZstdFrames::LookAhead() {
  while (!large_ && ahead_fault_.ok() && !ahead_end_ &&
         ahead_bytes_ < memory_bytes_) {
    auto frame = WalkFrame(*file_, ahead_, memory_bytes_ / kShares);
    if (!frame.ok()) {
      ahead_fault_ = frame.status();
    } else if (!*frame) {
      ahead_end_ = true;
    } else if ((*frame)->header.skippable) {
      ahead_ += (*frame)->size;
    } else if ((*frame)->size == 0 ||
               (*frame)->header.window > uint64_t{1} << kMaxWindowLog) {
      large_ = **frame;  // the streaming decoder knows what to say
    } else {
      ahead_ += (*frame)->size;
      Start(**frame);
    }
  }
}

void ZstdFrames::Start(const Frame& frame) {
  auto job = std::make_shared<Job>();
  job->frame = frame;
  ahead_bytes_ += frame.most_content;
  jobs_.push_back(job);
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  work_.notify_one();
  if (workers_.size() < static_cast<size_t>(threads_) &&
      workers_.size() < jobs_.size()) {
    workers_.emplace_back([this] { Work(); });
  }
}

void ZstdFrames::Work() {
  const ZstdContext context = MakeZstdContext();
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return stop_ || !queue_.empty(); });
    if (stop_) return;
    const std::shared_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    Decompress(*job, context.get());
    lock.lock();
    job->done = true;
    finished_.notify_one();
  }
}

void ZstdFrames::Decompress(Job& job, ZSTD_DCtx_s* context) const {
  const auto capacity = static_cast<size_t>(job.frame.most_content);
  job.content = std::make_unique_for_overwrite<char[]>(capacity + 1);
  auto stored = ReadStored(*file_, job.frame);
  if (!stored.ok()) {
    job.fault = stored.status();
    return;
  }
  const size_t size = ZSTD_decompressDCtx(context, job.content.get(), capacity,
                                          stored->data(), stored->size());
  if (!ZSTD_isError(size)) {
    job.size = size;
    return;
  }
  // What came before the damage, and its name, as a stream would have it.
  MemoryStream memory(*stored);
  ZstdStream stream(memory, /*one_frame=*/true);
  Filled filled = ReadFully(stream, job.content.get(), capacity + 1);
  job.size = std::min(filled.size, capacity);
  job.fault = filled.fault.ok() ? ZstdFault(size) : filled.fault;
}

absl::StatusOr<size_t> ZstdFrames::Read(char* out, size_t size) {
  while (fault_.ok()) {
    absl::StatusOr<size_t> n = size_t{0};
    if (streamed_) {
      n = ReadStreamed(out, size);
    } else {
      LookAhead();
      if (!jobs_.empty()) {
        n = ReadJob(*jobs_.front(), out, size);
      } else if (large_) {
        frame_at_ = large_->offset;
        frame_begin_ = position_;
        frame_content_ = large_->header.content;
        file_->Seek(large_->offset);
        streamed_ = std::make_unique<ZstdStream>(*file_, /*one_frame=*/true);
        continue;
      } else if (!ahead_fault_.ok()) {
        frame_at_ = stored_ = ahead_;
        frame_begin_ = position_;
        frame_content_.reset();
        n = ahead_fault_;
      } else {
        stored_ = file_->size();
        return size_t{0};
      }
    }
    if (!n.ok()) {
      fault_ = n.status();
    } else if (*n > 0) {
      position_ += *n;
      return n;
    }
  }
  return fault_;
}

// 0: the job is through.
absl::StatusOr<size_t> ZstdFrames::ReadJob(Job& job, char* out, size_t size) {
  {
    std::unique_lock lock(mutex_);
    finished_.wait(lock, [&job] { return job.done; });
  }
  if (given_ == 0) {
    frame_at_ = job.frame.offset;
    frame_begin_ = position_;
    frame_content_ = job.frame.header.content;
    stored_ = job.frame.offset + job.frame.size;
  }
  if (given_ < job.size) {
    const size_t n = std::min(size, job.size - given_);
    std::memcpy(out, job.content.get() + given_, n);
    given_ += n;
    return n;
  }
  if (!job.fault.ok()) return job.fault;
  ahead_bytes_ -= job.frame.most_content;
  given_ = 0;
  jobs_.pop_front();
  return size_t{0};
}

// 0: the frame is through.
absl::StatusOr<size_t> ZstdFrames::ReadStreamed(char* out, size_t size) {
  auto n = streamed_->Read(out, size);
  stored_ = streamed_->stored();
  if (n.ok() && *n == 0) {
    ahead_ = stored_;
    large_.reset();
    streamed_.reset();
  }
  return n;
}

void ZstdFrames::DropAhead() {
  {
    std::lock_guard lock(mutex_);
    queue_.clear();
  }
  // Threads may still work on what was taken; they share ownership of it.
  jobs_.clear();
  ahead_bytes_ = 0;
  given_ = 0;
  large_.reset();
  streamed_.reset();
  ahead_fault_ = absl::OkStatus();
  ahead_end_ = false;
}

bool ZstdFrames::Resume() {
  if (fault_.ok()) return false;
  // What a damaged frame says of its length is no better than the rest of it:
  // the next frame is looked for from its second octet on.
  uint64_t at = frame_at_ + 1;
  std::string chunk(256 << 10, '\0');
  while (true) {
    auto n = file_->ReadAt(at, chunk.data(), chunk.size());
    if (!n.ok() || *n == 0) return false;
    const size_t found = FindFrame(std::string_view(chunk).substr(0, *n), 0);
    if (found != std::string_view::npos) {
      at += found;
      break;
    }
    // A header may lie across the end of the chunk.
    const bool end = at + *n >= file_->size();
    if (end) return false;
    at += *n > kMaxFrameHeader ? *n - kMaxFrameHeader : 1;
  }
  if (frame_content_ && *frame_content_ < uint64_t{1} << 48) {
    position_ = std::max(position_, frame_begin_ + *frame_content_);
  }
  DropAhead();
  ahead_ = at;
  fault_ = absl::OkStatus();
  return true;
}

}  // namespace mailassay::source
