// A run is key and value as length-prefixed strings, one after the other.
#include "lib/audit/spill.h"

#include "lib/audit/varint.h"

namespace mailassay::audit {
namespace {

constexpr size_t kPiece = 64 * 1024;

}  // namespace

RunWriter::RunWriter(RunStorage* storage)
    : storage_(storage), begin_(storage->size()) {}

void RunWriter::Add(std::string_view key, std::string_view value) {
  PutString(key, &buffer_);
  PutString(value, &buffer_);
  if (buffer_.size() < kPiece) return;
  storage_->Append(buffer_);
  buffer_.clear();
}

Run RunWriter::Finish(int level) {
  storage_->Append(buffer_);
  buffer_.clear();
  return {begin_, storage_->size() - begin_, level};
}

RunReader::RunReader(RunStorage* storage, const Run& run)
    : storage_(storage), next_(run.offset), end_(run.offset + run.size) {}

bool RunReader::Next() {
  // An entry that does not fit the buffer asks for twice as much each time.
  size_t more = kPiece;
  while (!Parse()) {
    if (!Fill(more)) return false;
    more *= 2;
  }
  return true;
}

bool RunReader::Parse() {
  std::string_view rest(buffer_);
  rest.remove_prefix(used_);
  if (!GetView(&rest, &key_) || !GetView(&rest, &value_)) return false;
  used_ = buffer_.size() - rest.size();
  return true;
}

bool RunReader::Fill(size_t more) {
  const uint64_t left = end_ - next_;
  if (left == 0) return false;
  const std::string piece = storage_->Read(
      next_, static_cast<size_t>(std::min<uint64_t>(left, more)));
  if (piece.empty()) return false;
  next_ += piece.size();
  buffer_.erase(0, used_);
  used_ = 0;
  buffer_ += piece;
  return true;
}

}  // namespace mailassay::audit
