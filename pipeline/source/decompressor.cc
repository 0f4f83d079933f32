#include "pipeline/source/decompressor.h"

#include <algorithm>
#include <cstring>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"

namespace mailassay::source {
Decompressor::Decompressor(std::unique_ptr<Stream> in, mail::ContentKind kind)
    : kind_(kind),
      input_(std::make_unique<ArchiveInput>(std::move(in), nullptr)) {
  // One filter, set rather than found: no layer below is opened unasked.
  archive_read_append_filter(input_->get(), kind_ == mail::ContentKind::kXz
                                                ? ARCHIVE_FILTER_XZ
                                                : ARCHIVE_FILTER_BZIP2);
  archive_read_support_format_raw(input_->get());
  archive_read_support_format_empty(input_->get());
}

absl::Status Decompressor::Start() {
  started_ = true;
  const std::string_view layer = mail::ContentKindName(kind_);
  // A filter that fails on its first octets looks like an empty archive, but
  // for the error it leaves.
  if (input_->Open() != ARCHIVE_OK || archive_errno(input_->get()) != 0) {
    return input_->Fault(layer);
  }
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(input_->get(), &entry);
  if (result == ARCHIVE_EOF) return CheckEnd();
  if (result != ARCHIVE_OK) return input_->Fault(layer);
  return absl::OkStatus();
}

absl::Status Decompressor::NextPiece() {
  const void* piece = nullptr;
  la_int64_t offset = 0;
  const int result =
      archive_read_data_block(input_->get(), &piece, &piece_size_, &offset);
  piece_ = static_cast<const char*>(piece);
  if (result == ARCHIVE_OK) return absl::OkStatus();
  piece_size_ = 0;
  if (result == ARCHIVE_EOF) return CheckEnd();
  return input_->Fault(mail::ContentKindName(kind_));
}

absl::Status Decompressor::CheckEnd() {
  ended_ = true;
  // libarchive stops without a word at octets that are no further member.
  char octet;
  auto more = input_->in().Read(&octet, 1);
  if (!more.ok()) return more.status();
  if (*more == 0) return absl::OkStatus();
  return Damaged(Concat(mail::ContentKindName(kind_),
                        ": other octets follow the compressed data"));
}

absl::StatusOr<size_t> Decompressor::Read(char* out, size_t size) {
  if (fault_.ok() && !started_) fault_ = Start();
  while (fault_.ok() && !ended_ && piece_size_ == 0) fault_ = NextPiece();
  if (piece_size_ == 0) {
    if (!fault_.ok()) return fault_;
    return size_t{0};
  }
  const size_t n = std::min(size, piece_size_);
  std::memcpy(out, piece_, n);
  piece_ += n;
  piece_size_ -= n;
  position_ += n;
  return n;
}

}  // namespace mailassay::source
