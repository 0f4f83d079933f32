// Where the cells of a row are put together: a few are appended to a string at
// once.  What is put is in the string when the buffer is flushed, at the latest
// at its end.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lib/audit/plain_text.h"

namespace mailassay::audit {

class RowBuffer {
 public:
  static constexpr size_t kRoom = 1024;

  explicit RowBuffer(std::string* out) : out_(out), at_(octets_) {}
  ~RowBuffer() { Flush(); }
  RowBuffer(const RowBuffer&) = delete;
  RowBuffer& operator=(const RowBuffer&) = delete;

  // Where `size` octets can be written.  REQUIRES: size <= kRoom.
  char* Room(size_t size) {
    if (static_cast<size_t>(octets_ + sizeof octets_ - at_) < size) Flush();
    return at_;
  }
  // What was written there ends before `end`.
  void Take(char* end) { at_ = end; }

  void Append(char c) {
    *Room(1) = c;
    ++at_;
  }
  void Append(std::string_view text) {
    if (text.size() + kWord > kRoom) {
      Flush();
      out_->append(text);
      return;
    }
    char* const at = Room(text.size() + kWord);
    CopyPlain<Nothing>(text, at);
    Take(at + text.size());
  }

  void Flush() {
    out_->append(octets_, static_cast<size_t>(at_ - octets_));
    at_ = octets_;
  }

 private:
  std::string* out_;
  char* at_;
  char octets_[2 * kRoom];
};

}  // namespace mailassay::audit
