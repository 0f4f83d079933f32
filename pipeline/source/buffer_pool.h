// Buffers of one size that are used again: fresh pages cost 6 % of reading.
// Any thread may give a buffer back; the pool lives as long as its buffers.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace mailassay::source {

class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  explicit BufferPool(size_t buffer_bytes) : buffer_bytes_(buffer_bytes) {}

  size_t buffer_bytes() const { return buffer_bytes_; }
  // Octets undefined.  Goes back to the pool with its last holder.
  std::shared_ptr<char> Take();

 private:
  void GiveBack(char* buffer);

  const size_t buffer_bytes_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<char[]>> free_;
};

}  // namespace mailassay::source
