// The rows of the tables, as CSV (formats.md beside this file documents it) and
// as records for the database (record.h).  Stateless.
#pragma once

#include <string>
#include <string_view>

#include "lib/audit/columns.h"
#include "lib/audit/csv.h"
#include "lib/audit/error_row.h"
#include "lib/audit/key_fault.h"
#include "lib/audit/row.h"
#include "lib/audit/tally.h"

namespace mailassay::audit {

std::string_view TableHeader(Table table);  // CSV's first line, with CRLF

void WriteMessage(const MessageRow& row, const CsvOptions& options,
                  std::string* out);
// All signatures of the message.
void WriteSignatures(const MessageRow& row, const CsvOptions& options,
                     std::string* out);
void WriteSender(std::string_view header_from, const SenderTally& tally,
                 const CsvOptions& options, std::string* out);
void WriteKey(std::string_view key, const KeyTally& tally,
              const CsvOptions& options, std::string* out);
void WriteKeyFinding(const KeyFinding& finding, const CsvOptions& options,
                     std::string* out);
void WriteError(const ErrorRow& row, const CsvOptions& options,
                std::string* out);

// The same as records.  A signature's names no message: it belongs to the
// record of a message last before it.
void WriteMessageRecord(const MessageRow& row, std::string* out);
void WriteSignatureRecords(const MessageRow& row, std::string* out);
void WriteSenderRecord(std::string_view header_from, const SenderTally& tally,
                       std::string* out);
void WriteKeyRecord(std::string_view key, const KeyTally& tally,
                    std::string* out);
void WriteKeyFindingRecord(const KeyFinding& finding, std::string* out);
void WriteErrorRecord(const ErrorRow& row, std::string* out);

// Neither verified nor without a signature.
bool IsException(const MessageRow& row);

}  // namespace mailassay::audit
