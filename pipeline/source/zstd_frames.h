// Decompresses a zstd file of several frames ahead, in parallel and in order.
//
// Frame boundaries are found by walking block headers, without decompressing;
// frames that hold more than a share of the memory allowed are streamed.  The
// octets given, and the faults, are those of ZstdStream.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "pipeline/source/file_input.h"
#include "pipeline/source/zstd_format.h"
#include "pipeline/source/zstd_stream.h"

namespace mailassay::source {

class ZstdFrames : public Stream {
 public:
  // `file` is regular and read from its start.  `memory_bytes` bounds the
  // decompressed octets held.
  ZstdFrames(std::unique_ptr<FileInput> file, int threads,
             uint64_t memory_bytes);
  ~ZstdFrames() override;

  absl::StatusOr<size_t> Read(char* out, size_t size) override;
  bool Resume() override;
  uint64_t position() const override { return position_; }
  uint64_t stored() const override { return stored_; }
  FileInput& file() { return *file_; }

 private:
  struct Job {
    Frame frame;
    std::unique_ptr<char[]> content;
    size_t size = 0;
    absl::Status fault;
    bool done = false;
  };

  // Finds frames and gives them to the threads while memory allows.
  void LookAhead();
  void Start(const Frame& frame);
  void Work();
  void Decompress(Job& job, ZSTD_DCtx_s* context) const;
  absl::Status Salvage(Job& job) const;
  absl::StatusOr<size_t> ReadJob(Job& job, char* out, size_t size);
  absl::StatusOr<size_t> ReadStreamed(char* out, size_t size);
  void DropAhead();

  std::unique_ptr<FileInput> file_;
  const int threads_;
  const uint64_t memory_bytes_;

  // The reading thread's.
  uint64_t ahead_ = 0;          // offset of the next frame to be walked
  uint64_t ahead_bytes_ = 0;    // of content in jobs_
  std::optional<Frame> large_;  // stops looking ahead: to be streamed next
  absl::Status ahead_fault_;    // stops looking ahead: met next
  bool ahead_end_ = false;
  std::unique_ptr<ZstdStream> streamed_;
  size_t given_ = 0;  // of the first job's content
  uint64_t position_ = 0;
  uint64_t stored_ = 0;
  uint64_t frame_at_ = 0;     // offset of the frame being given
  uint64_t frame_begin_ = 0;  // position_ when it began
  std::optional<uint64_t> frame_content_;
  absl::Status fault_;

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable work_, finished_;
  std::deque<std::shared_ptr<Job>> jobs_;   // in order; reading thread's
  std::deque<std::shared_ptr<Job>> queue_;  // guarded by mutex_
  bool stop_ = false;                       // guarded by mutex_
};

}  // namespace mailassay::source
