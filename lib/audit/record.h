// Rows as records: typed cells in a compact form, appended to a string by the
// threads that judge, read back by the one that puts them into the database.
//
// A record holds the cells of its table's columns that are in_record()
// (columns.h), in order.  What is absent is NULL: an empty text of mail or of
// our own, a number or time that is not there.  Text is what --raw-csv writes
// (valid UTF-8, controls and what can't be seen escaped), in full: no field of
// mail that gets here is over 256 KiB.  Booleans are 0 and 1, times are text,
// RFC 3339.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/columns.h"
#include "lib/audit/row_buffer.h"

namespace mailassay::audit {

struct Cell {
  enum class Type : uint8_t { kNull, kInteger, kText, kBlob };
  Type type = Type::kNull;
  int64_t integer = 0;
  std::string_view octets;  // of text and blob
};

// Builds one record at the end of a string, which has it when the writer is
// gone.  The same cells as CsvWriter, and octets.
class RecordWriter {
 public:
  static constexpr bool kStores = true;

  RecordWriter(Table table, std::string* out);

  RecordWriter& Text(std::string_view untrusted);
  RecordWriter& Word(std::string_view trusted);
  RecordWriter& Number(uint64_t value);
  RecordWriter& Number(std::optional<uint64_t> value);
  RecordWriter& Signed(std::optional<int64_t> value);
  RecordWriter& Time(std::optional<int64_t> seconds);
  RecordWriter& Bool(bool value);
  RecordWriter& Octets(std::span<const uint8_t> octets);

 private:
  RecordWriter& Null();
  RecordWriter& Integer(int64_t value);
  RecordWriter& Put(Cell::Type type, std::string_view octets);

  RowBuffer row_;
};

// The records of a string, which must stay.  Takes any octets: what is no
// record ends the reading.
class RecordReader {
 public:
  explicit RecordReader(std::string_view records) : rest_(records) {}

  // False: no more, or (not ok) what follows is no record.
  bool Next();
  bool ok() const { return ok_; }

  // Behind the record read last.
  std::string_view rest() const { return rest_; }

  // Of the record read last; views.
  Table table() const { return table_; }
  std::span<const Cell> cells() const { return cells_; }

 private:
  bool ReadCell(Cell* cell);

  std::string_view rest_;
  Table table_ = Table::kCount;
  std::vector<Cell> cells_;
  bool ok_ = true;
};

}  // namespace mailassay::audit
