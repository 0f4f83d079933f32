#include "lib/audit/notes.h"

#include "lib/audit/varint.h"

namespace mailassay::audit {
namespace {

constexpr char kVersion = 1;
constexpr size_t kErrorOctets = 6;  // least that one takes encoded

bool GetError(std::string_view* in, ErrorRow* error) {
  uint64_t code = 0;
  const bool read = GetVarint(in, &code) && GetString(in, &error->file) &&
                    GetVarint(in, &error->offset) &&
                    GetVarint(in, &error->length) &&
                    GetString(in, &error->kind) && GetString(in, &error->text);
  if (!read || code >= static_cast<uint64_t>(ErrorCode::kCount)) return false;
  error->code = static_cast<ErrorCode>(code);
  return true;
}

}  // namespace

std::string EncodeNotes(const Notes& notes) {
  std::string out(1, kVersion);
  PutVarint(notes.filtered_out, &out);
  PutVarint(notes.errors.size(), &out);
  for (const ErrorRow& error : notes.errors) {
    PutVarint(static_cast<uint64_t>(error.code), &out);
    PutString(error.file, &out);
    PutVarint(error.offset, &out);
    PutVarint(error.length, &out);
    PutString(error.kind, &out);
    PutString(error.text, &out);
  }
  return out;
}

std::optional<Notes> DecodeNotes(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kVersion) return std::nullopt;
  bytes.remove_prefix(1);
  Notes notes;
  uint64_t errors = 0;
  if (!GetVarint(&bytes, &notes.filtered_out) || !GetVarint(&bytes, &errors) ||
      errors > bytes.size() / kErrorOctets) {
    return std::nullopt;
  }
  notes.errors.resize(errors);
  for (ErrorRow& error : notes.errors) {
    if (!GetError(&bytes, &error)) return std::nullopt;
  }
  if (!bytes.empty()) return std::nullopt;
  return notes;
}

}  // namespace mailassay::audit
