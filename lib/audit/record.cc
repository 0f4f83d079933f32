// A record is the number of its table and its cells.  The low two bits of a
// cell's first octet are its type, the others its value (of an integer,
// zigzag) or size when that is below 63; else 63, and a varint follows.
#include "lib/audit/record.h"

#include <algorithm>
#include <array>

#include "lib/audit/varint.h"
#include "lib/base/safe_text.h"
#include "lib/mail/date.h"

namespace mailassay::audit {
namespace {

constexpr uint64_t kFollows = 63;

constexpr size_t kHeadOctets = 11;

// Writes at most kHeadOctets; gives their end.
char* WriteHead(Cell::Type type, uint64_t value, char* out) {
  const uint64_t small = std::min(value, kFollows);
  *out++ = static_cast<char>(small << 2 | static_cast<uint64_t>(type));
  if (small < kFollows) return out;
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<char>(value | 0x80);
  *out++ = static_cast<char>(value);
  return out;
}

size_t CountCells(Table table) {
  const std::span<const Column> columns = ColumnsOf(table);
  return static_cast<size_t>(
      std::count_if(columns.begin(), columns.end(),
                    [](const Column& column) { return column.in_record(); }));
}

constexpr auto kTables = static_cast<size_t>(Table::kCount);

// The cells of each table's records.
const std::array<size_t, kTables>& CellCounts() {
  static const auto counts = [] {
    std::array<size_t, kTables> made{};
    for (size_t t = 0; t < kTables; ++t) {
      made[t] = CountCells(static_cast<Table>(t));
    }
    return made;
  }();
  return counts;
}

}  // namespace

RecordWriter::RecordWriter(Table table, std::string* out) : row_(out) {
  row_.Append(static_cast<char>(table));
}

RecordWriter& RecordWriter::Null() {
  row_.Append('\0');
  return *this;
}

RecordWriter& RecordWriter::Integer(int64_t value) {
  const auto bits = static_cast<uint64_t>(value);
  const uint64_t sign = value < 0 ? UINT64_MAX : 0;
  char* const at = row_.Room(kHeadOctets);
  row_.Take(WriteHead(Cell::Type::kInteger, bits << 1 ^ sign, at));
  return *this;
}

RecordWriter& RecordWriter::Put(Cell::Type type, std::string_view octets) {
  char* const at = row_.Room(kHeadOctets);
  row_.Take(WriteHead(type, octets.size(), at));
  row_.Append(octets);
  return *this;
}

RecordWriter& RecordWriter::Text(std::string_view untrusted) {
  if (untrusted.empty()) return Null();
  constexpr size_t kMore = kHeadOctets + kWord;
  if (untrusted.size() + kMore <= RowBuffer::kRoom) {
    char* const at = row_.Room(untrusted.size() + kMore);
    char* const begin = WriteHead(Cell::Type::kText, untrusted.size(), at);
    if (CopyPlain<NotPrintable>(untrusted, begin)) {
      row_.Take(begin + untrusted.size());
      return *this;
    }
  }
  return Put(Cell::Type::kText, SafeText(untrusted));
}

RecordWriter& RecordWriter::Word(std::string_view trusted) {
  return trusted.empty() ? Null() : Put(Cell::Type::kText, trusted);
}

RecordWriter& RecordWriter::Number(uint64_t value) {
  if (value <= INT64_MAX) return Integer(static_cast<int64_t>(value));
  return Put(Cell::Type::kText, std::to_string(value));
}

RecordWriter& RecordWriter::Number(std::optional<uint64_t> value) {
  return value.has_value() ? Number(*value) : Null();
}

RecordWriter& RecordWriter::Signed(std::optional<int64_t> value) {
  return value.has_value() ? Integer(*value) : Null();
}

RecordWriter& RecordWriter::Time(std::optional<int64_t> seconds) {
  if (!seconds.has_value()) return Null();
  char* const at = row_.Room(kHeadOctets + mail::kTimeOctets);
  char* const begin = WriteHead(Cell::Type::kText, mail::kTimeOctets, at);
  mail::WriteTime(*seconds, begin);
  row_.Take(begin + mail::kTimeOctets);
  return *this;
}

RecordWriter& RecordWriter::Bool(bool value) { return Integer(value ? 1 : 0); }

RecordWriter& RecordWriter::Octets(std::span<const uint8_t> octets) {
  if (octets.empty()) return Null();
  return Put(Cell::Type::kBlob,
             {reinterpret_cast<const char*>(octets.data()), octets.size()});
}

bool RecordReader::Next() {
  if (!ok_ || rest_.empty()) return false;
  const auto table = static_cast<uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  ok_ = table < kTables;
  if (!ok_) return false;
  table_ = static_cast<Table>(table);
  cells_.resize(CellCounts()[table]);
  for (Cell& cell : cells_) {
    ok_ = ReadCell(&cell);
    if (!ok_) return false;
  }
  return true;
}

bool RecordReader::ReadCell(Cell* cell) {
  if (rest_.empty()) return false;
  const auto head = static_cast<uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  uint64_t value = head >> 2;
  if (value == kFollows && !GetVarint(&rest_, &value)) return false;
  cell->type = static_cast<Cell::Type>(head & 3);
  cell->integer = 0;
  cell->octets = {};
  switch (cell->type) {
    case Cell::Type::kNull:
      return value == 0;
    case Cell::Type::kInteger:
      cell->integer = static_cast<int64_t>(value >> 1 ^ (~(value & 1) + 1));
      return true;
    case Cell::Type::kText:
    case Cell::Type::kBlob:
      break;
  }
  if (value > rest_.size()) return false;
  cell->octets = rest_.substr(0, static_cast<size_t>(value));
  rest_.remove_prefix(cell->octets.size());
  return true;
}

}  // namespace mailassay::audit
