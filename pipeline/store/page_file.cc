#include "pipeline/store/page_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::store {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

// The page with this octet belongs to the locks of SQLite and is never used:
// https://www.sqlite.org/fileformat2.html#the_lock_byte_page.
constexpr uint64_t kLockByte = uint64_t{1} << 30;

// https://www.sqlite.org/fileformat2.html#the_database_header
constexpr size_t kHeaderBytes = 100;
constexpr size_t kChangeCounterAt = 24;
constexpr size_t kPageCountAt = 28;
constexpr size_t kVersionValidForAt = 92;

uint32_t GetNumber(const char* at) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) {
    value = value << 8 | static_cast<uint8_t>(at[i]);
  }
  return value;
}

}  // namespace

void PutSqlNumber(uint64_t value, size_t octets, char* out) {
  for (size_t i = octets; i > 0; --i, value >>= 8) {
    out[i - 1] = static_cast<char>(value);
  }
}

absl::StatusOr<std::unique_ptr<PageFile>> PageFile::Open(
    const std::string& path, size_t page_bytes) {
  const int fd = open(path.c_str(), O_RDWR | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    return absl::UnavailableError(
        Concat(SafeText(path), ": open: ", strerror(errno)));
  }
  auto file = absl::WrapUnique(new PageFile(path, fd, page_bytes));
  absl::Status begun = file->Begin();
  if (!begun.ok()) return begun;
  return file;
}

PageFile::PageFile(std::string path, int fd, size_t page_bytes)
    : path_(std::move(path)), fd_(fd), page_bytes_(page_bytes) {}

PageFile::~PageFile() { close(fd_); }

absl::Status PageFile::Begin() {
  struct stat status {};
  if (fstat(fd_, &status) != 0) {
    Note("stat");
    return status_;
  }
  written_ =
      static_cast<uint32_t>(static_cast<size_t>(status.st_size) / page_bytes_);
  next_ = Usable(written_ + 1);
  return absl::OkStatus();
}

uint32_t PageFile::Usable(uint32_t page) const {
  return page == kLockByte / page_bytes_ + 1 ? page + 1 : page;
}

uint32_t PageFile::Behind(uint32_t page) const { return Usable(page + 1); }

uint32_t PageFile::Append(const char* octets) {
  const uint32_t page = next_;
  const size_t skipped =
      page - written_ - 1 - static_cast<uint32_t>(buffer_.size() / page_bytes_);
  buffer_.append(skipped * page_bytes_, '\0');
  buffer_.append(octets, page_bytes_);
  if (buffer_.size() >= kBufferBytes) Flush();
  next_ = Behind(page);
  return page;
}

void PageFile::Flush() {
  Write(buffer_.data(), buffer_.size(), uint64_t{written_} * page_bytes_);
  written_ += static_cast<uint32_t>(buffer_.size() / page_bytes_);
  buffer_.clear();
}

void PageFile::Put(uint32_t page, const char* octets) {
  if (page > written_) Flush();
  Write(octets, page_bytes_, uint64_t{page - 1} * page_bytes_);
}

void PageFile::Write(const char* octets, size_t size, uint64_t offset) {
  while (size > 0 && status_.ok()) {
    const ssize_t done = pwrite(fd_, octets, size, static_cast<off_t>(offset));
    if (done < 0) {
      if (errno != EINTR) Note("write");
      continue;
    }
    octets += done;
    size -= static_cast<size_t>(done);
    offset += static_cast<uint64_t>(done);
  }
}

void PageFile::Note(const char* what) {
  status_ = absl::UnavailableError(
      Concat(SafeText(path_), ": ", what, ": ", strerror(errno)));
}

// The count holds as long as the change counter is that for which it is said
// to be valid.
absl::Status PageFile::Finish() {
  Flush();
  std::array<char, kHeaderBytes> header;
  if (status_.ok() && pread(fd_, header.data(), header.size(), 0) !=
                          static_cast<ssize_t>(header.size())) {
    Note("read");
  }
  if (!status_.ok()) return status_;
  const uint32_t changes = GetNumber(&header[kChangeCounterAt]) + 1;
  PutSqlNumber(changes, 4, &header[kChangeCounterAt]);
  PutSqlNumber(changes, 4, &header[kVersionValidForAt]);
  PutSqlNumber(written_, 4, &header[kPageCountAt]);
  Write(header.data(), header.size(), 0);
  return status_;
}

}  // namespace mailassay::store
