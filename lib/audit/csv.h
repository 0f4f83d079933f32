// CSV as RFC 4180 writes it, safe by default (reliability promises P19, O1,
// O2): valid UTF-8, controls escaped, no field that a spreadsheet takes for a
// formula, no field over 4 KiB (cut, with length and SHA-256 of the whole).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lib/audit/row_buffer.h"

namespace mailassay::audit {

struct CsvOptions {
  bool raw = false;  // --raw-csv: no ' before = + - @ TAB CR; the rest stays
};

// Builds rows at the end of a string, which has them after EndRow.  Lines end
// in CRLF.
class CsvWriter {
 public:
  static constexpr bool kStores = false;

  CsvWriter(std::string* out, const CsvOptions& options)
      : row_(out), options_(options) {}

  CsvWriter& Text(std::string_view untrusted);
  CsvWriter& Word(std::string_view trusted);  // our own codes: no checks
  CsvWriter& Number(uint64_t value);
  CsvWriter& Number(std::optional<uint64_t> value);  // empty when absent
  CsvWriter& Signed(std::optional<int64_t> value);
  CsvWriter& Time(std::optional<int64_t> seconds);  // RFC 3339, UTC
  CsvWriter& Bool(bool value);                      // true, false
  void EndRow();

 private:
  void Separate();
  template <typename Integer>
  CsvWriter& Digits(Integer value);

  RowBuffer row_;
  CsvOptions options_;
  bool first_ = true;
};

}  // namespace mailassay::audit
