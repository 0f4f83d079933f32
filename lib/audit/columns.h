// The tables and their columns, as data: what stands in a CSV file, what in a
// record for the database (record.h), of which type, and what it means.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mailassay::audit {

enum class Table : uint8_t {
  kMessages,
  kSignatures,
  kSenders,
  kKeys,
  kKeyFindings,
  kExceptions,  // the columns of messages
  kErrors,
  kCount,
};
std::string_view TableName(Table table);  // "messages"

struct Column {
  // What a record holds; any cell may be NULL.  kAny: an integer, or its digits
  // as text where it does not fit in 63 bits.
  enum class Type : uint8_t { kInteger, kText, kBlob, kAny };
  enum class In : uint8_t { kBoth, kCsv, kRecord };

  std::string_view name;
  Type type;
  In in;
  std::string_view meaning;  // one line

  bool in_csv() const { return in != In::kRecord; }
  bool in_record() const { return in != In::kCsv; }
};

// In the order in which they are written.
std::span<const Column> ColumnsOf(Table table);

}  // namespace mailassay::audit
