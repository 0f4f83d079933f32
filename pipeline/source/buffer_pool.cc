#include "pipeline/source/buffer_pool.h"

namespace mailassay::source {

std::shared_ptr<char> BufferPool::Take() {
  std::unique_ptr<char[]> buffer;
  {
    std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      buffer = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (buffer == nullptr) {
    buffer = std::make_unique_for_overwrite<char[]>(buffer_bytes_);
  }
  return {buffer.release(),
          [pool = shared_from_this()](char* p) { pool->GiveBack(p); }};
}

void BufferPool::GiveBack(char* buffer) {
  std::unique_ptr<char[]> owned(buffer);
  std::lock_guard lock(mutex_);
  free_.push_back(std::move(owned));
}

}  // namespace mailassay::source
