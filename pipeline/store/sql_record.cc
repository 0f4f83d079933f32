#include "pipeline/store/sql_record.h"

#include <array>
#include <cstring>

namespace mailassay::store {
namespace {

using audit::Cell;

// The types of integers that have as many octets.
struct IntegerType {
  uint64_t type;
  int octets;
};
constexpr IntegerType kIntegerTypes[] = {{1, 1}, {2, 2}, {3, 3},
                                         {4, 4}, {5, 6}, {6, 8}};

bool Fits(int64_t value, int octets) {
  const int64_t rest = value >> (8 * octets - 1);
  return rest == 0 || rest == -1;
}

size_t VarintSize(uint64_t value) {
  size_t size = 1;
  while (size < kMaxSqlVarint && (value >>= 7) != 0) ++size;
  return size;
}

// Of a header, with its own size at its beginning.  (A row of an audit has a
// few dozen columns: that takes two octets at most.)
size_t HeaderSize(size_t types) {
  const size_t size = types + VarintSize(types);
  return types + VarintSize(size);
}

}  // namespace

char* WriteSqlVarint(uint64_t value, char* out) {
  if (value < 0x80) {
    *out = static_cast<char>(value);
    return out + 1;
  }
  size_t size = VarintSize(value);
  size_t at = size;
  if (size == kMaxSqlVarint) {
    out[--at] = static_cast<char>(value);
    value >>= 8;
  }
  for (; at > 0; value >>= 7) {
    const bool last = at == size;
    out[--at] = static_cast<char>((value & 0x7f) | (last ? 0 : 0x80));
  }
  return out + size;
}

void SqlRecord::Clear() {
  types_.clear();
  values_.clear();
}

void SqlRecord::AddType(uint64_t type) {
  if (type < 0x80) {
    types_.push_back(static_cast<char>(type));
    return;
  }
  std::array<char, kMaxSqlVarint> octets;
  char* const end = WriteSqlVarint(type, octets.data());
  types_.append(octets.data(), end);
}

void SqlRecord::AddInteger(int64_t value) {
  // Zero and one are types of their own.
  if (value == 0 || value == 1) return AddType(value == 0 ? 8 : 9);
  const IntegerType* type = kIntegerTypes;
  while (!Fits(value, type->octets)) ++type;
  AddType(type->type);
  for (int i = type->octets - 1; i >= 0; --i) {
    values_.push_back(static_cast<char>(value >> (8 * i)));
  }
}

void SqlRecord::Add(const Cell& cell) {
  switch (cell.type) {
    case Cell::Type::kNull:
      return AddType(0);
    case Cell::Type::kInteger:
      return AddInteger(cell.integer);
    case Cell::Type::kText:
      AddType(2 * uint64_t{cell.octets.size()} + 13);
      break;
    case Cell::Type::kBlob:
      AddType(2 * uint64_t{cell.octets.size()} + 12);
      break;
  }
  values_ += cell.octets;
}

size_t SqlRecord::size() const {
  return HeaderSize(types_.size()) + values_.size();
}

char* SqlRecord::Write(char* out) const {
  out = WriteSqlVarint(HeaderSize(types_.size()), out);
  std::memcpy(out, types_.data(), types_.size());
  out += types_.size();
  std::memcpy(out, values_.data(), values_.size());
  return out + values_.size();
}

}  // namespace mailassay::store
