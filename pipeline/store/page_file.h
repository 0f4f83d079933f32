// The pages of an SQLite database file that is written from its first page to
// its last: https://www.sqlite.org/fileformat2.html#pages.
//
// One thread.  Nobody else has the file open.  The first error is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace mailassay::store {

// Big-endian, as all numbers of the format.
void PutSqlNumber(uint64_t value, size_t octets, char* out);

class PageFile {
 public:
  // Of a database that SQLite has made, whose pages are all in use.
  static absl::StatusOr<std::unique_ptr<PageFile>> Open(const std::string& path,
                                                        size_t page_bytes);
  ~PageFile();
  PageFile(const PageFile&) = delete;
  PageFile& operator=(const PageFile&) = delete;

  size_t page_bytes() const { return page_bytes_; }

  // The number that the next page gets.
  uint32_t next() const { return next_; }
  // The number that the page behind that one gets.
  uint32_t Behind(uint32_t page) const;

  // page_bytes() octets.  Gives the page's number.
  uint32_t Append(const char* octets);
  // Takes the place of a page.
  void Put(uint32_t page, const char* octets);

  // All pages are in the file, and its header says how many they are.
  absl::Status Finish();
  const absl::Status& status() const { return status_; }

 private:
  PageFile(std::string path, int fd, size_t page_bytes);

  absl::Status Begin();
  uint32_t Usable(uint32_t page) const;
  void Flush();
  void Write(const char* octets, size_t size, uint64_t offset);
  void Note(const char* what);

  const std::string path_;
  const int fd_;
  const size_t page_bytes_;
  uint32_t next_ = 0;
  uint32_t written_ = 0;  // pages; those of `buffer_` follow
  std::string buffer_;
  absl::Status status_;
};

}  // namespace mailassay::store
