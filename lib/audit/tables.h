// The CSV tables: their columns (documented in formats.md beside this file) and
// how a row is written.  Stateless.
#pragma once

#include <string>
#include <string_view>

#include "lib/audit/csv.h"
#include "lib/audit/error_row.h"
#include "lib/audit/row.h"
#include "lib/audit/tally.h"

namespace mailassay::audit {

enum class Table : uint8_t {
  kMessages,
  kSignatures,
  kSenders,
  kKeys,
  kExceptions,  // the columns of messages
  kErrors,
  kCount,
};
std::string_view TableName(Table table);    // "messages"
std::string_view TableHeader(Table table);  // first line, with CRLF

void WriteMessage(const MessageRow& row, const CsvOptions& options,
                  std::string* out);
// All signatures of the message.
void WriteSignatures(const MessageRow& row, const CsvOptions& options,
                     std::string* out);
void WriteSender(std::string_view header_from, const SenderTally& tally,
                 const CsvOptions& options, std::string* out);
void WriteKey(std::string_view key, const KeyTally& tally,
              const CsvOptions& options, std::string* out);
void WriteError(const ErrorRow& row, const CsvOptions& options,
                std::string* out);

// Neither verified nor unsigned nor never sent.
bool IsException(const MessageRow& row);

}  // namespace mailassay::audit
