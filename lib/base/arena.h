// Memory for many small texts that end together: handed out one behind the
// other from a few chunks, and given back only as a whole.
//
// What was handed out stays where it is until the arena ends.  One thread at a
// time asks for memory; others may read meanwhile what they were given before.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace mailassay {

class Arena {
 public:
  Arena() = default;
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  // Octets of any value.  Of none: some place, not null.
  char* Allocate(size_t size) {
    if (size > static_cast<size_t>(end_ - at_) || at_ == nullptr) Grow(size);
    bytes_ += size;
    return std::exchange(at_, at_ + size);
  }
  // The last `size` octets of the last Allocate are not used.
  void GiveBack(size_t size) {
    assert(size <= bytes_);
    bytes_ -= size;
    at_ -= size;
  }
  std::string_view Copy(std::string_view text) {
    if (text.empty()) return {};
    char* const copy = Allocate(text.size());
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }

  size_t bytes() const { return bytes_; }  // in use

 private:
  static constexpr size_t kFirstChunk = 4 * 1024;
  static constexpr size_t kLargestChunk = 64 * 1024;

  // What is left of the chunk in hand is lost.
  void Grow(size_t least) {
    chunk_size_ =
        std::min(std::max(2 * chunk_size_, kFirstChunk), kLargestChunk);
    const size_t size = std::max(least, chunk_size_);
    chunks_.push_back(std::make_unique_for_overwrite<char[]>(size));
    at_ = chunks_.back().get();
    end_ = at_ + size;
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  size_t chunk_size_ = 0;
  char* at_ = nullptr;  // free octets of the last chunk
  char* end_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace mailassay
