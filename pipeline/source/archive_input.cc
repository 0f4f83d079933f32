#include "pipeline/source/archive_input.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"

namespace mailassay::source {
namespace {

constexpr size_t kBufferBytes = 128 << 10;

}  // namespace

ArchiveInput::ArchiveInput(std::unique_ptr<Stream> in, FileInput* file)
    : in_(std::move(in)), file_(file), archive_(archive_read_new()) {
  for (Given& given : given_) {
    given.text = std::make_unique_for_overwrite<char[]>(kBufferBytes);
  }
}

std::string ArchiveInput::Before(uint64_t end, size_t size) const {
  std::string text;
  for (const Given* given : {&given_[last_], &given_[1 - last_]}) {
    if (end < given->begin || end > given->begin + given->size) continue;
    const auto here = static_cast<size_t>(
        std::min<uint64_t>(end - given->begin, size - text.size()));
    text.insert(0, given->text.get() + (end - given->begin) - here, here);
    end -= here;
  }
  return text;
}

void ArchiveInput::Restart() {
  archive_.reset(archive_read_new());
  file_->Seek(0);
  fault_ = absl::OkStatus();
}

int ArchiveInput::Open() {
  archive* a = archive_.get();
  archive_read_set_read_callback(a, OnRead);
  if (file_ != nullptr) {
    archive_read_set_skip_callback(a, OnSkip);
    archive_read_set_seek_callback(a, OnSeek);
  }
  archive_read_set_callback_data(a, this);
  return archive_read_open1(a);
}

absl::Status ArchiveInput::Fault(std::string_view layer) const {
  if (!fault_.ok()) return fault_;
  const char* text = archive_error_string(archive_.get());
  return Damaged(Concat(layer, ": ", text != nullptr ? text : "damaged"));
}

la_ssize_t ArchiveInput::OnRead(archive* a, void* self, const void** buffer) {
  auto* input = static_cast<ArchiveInput*>(self);
  input->last_ = 1 - input->last_;
  Given& given = input->given_[input->last_];
  given.begin = input->in_->position();
  given.size = 0;
  auto n = input->in_->Read(given.text.get(), kBufferBytes);
  if (!n.ok()) {
    input->fault_ = n.status();
    archive_set_error(a, EIO, "read failed");
    return ARCHIVE_FATAL;
  }
  given.size = *n;
  *buffer = given.text.get();
  return static_cast<la_ssize_t>(*n);
}

la_int64_t ArchiveInput::OnSkip(archive*, void* self, la_int64_t size) {
  FileInput& file = *static_cast<ArchiveInput*>(self)->file_;
  const uint64_t left = file.size() - file.position();
  const uint64_t skipped = std::min(left, static_cast<uint64_t>(size));
  file.Seek(file.position() + skipped);
  return static_cast<la_int64_t>(skipped);
}

la_int64_t ArchiveInput::OnSeek(archive* a, void* self, la_int64_t offset,
                                int whence) {
  FileInput& file = *static_cast<ArchiveInput*>(self)->file_;
  const auto size = static_cast<la_int64_t>(file.size());
  const la_int64_t base = whence == SEEK_SET ? 0
                          : whence == SEEK_CUR
                              ? static_cast<la_int64_t>(file.position())
                              : size;
  if (offset < -base || offset > size - base) {
    archive_set_error(a, EINVAL, "points outside the file");
    return ARCHIVE_FATAL;
  }
  file.Seek(static_cast<uint64_t>(base + offset));
  return base + offset;
}

}  // namespace mailassay::source
