// A row as SQLite's tables hold it: its record format,
// https://www.sqlite.org/fileformat2.html#record_format.  A header of varints,
// which are its own size and the type of each value, then the values.
//
// Used again and again, by one thread, for its memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "lib/audit/record.h"

namespace mailassay::store {

inline constexpr size_t kMaxSqlVarint = 9;  // octets

// https://www.sqlite.org/fileformat2.html#varint: big-endian, seven bits an
// octet but eight in the ninth.  Gives their end.
char* WriteSqlVarint(uint64_t value, char* out);

class SqlRecord {
 public:
  void Clear();
  // Copies what the cell views.
  void Add(const audit::Cell& cell);

  size_t size() const;
  // Writes size() octets; gives their end.
  char* Write(char* out) const;

 private:
  void AddType(uint64_t type);
  void AddInteger(int64_t value);

  std::string types_;
  std::string values_;
};

}  // namespace mailassay::store
