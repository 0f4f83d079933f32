#include "lib/audit/notes.h"

#include <algorithm>
#include <span>

#include "lib/audit/codec.h"
#include "lib/audit/varint.h"

namespace mailassay::audit {
namespace {

constexpr char kVersion = 3;
// The least that one takes encoded.
constexpr size_t kErrorOctets = 6;
constexpr size_t kBooksOctets = 11 + Books::kGaps;
constexpr size_t kHashOctets = 35;

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

void PutBooks(const Books& books, std::string* out) {
  PutVarint(books.stream_bytes, out);
  PutVarint(books.messages, out);
  PutVarint(books.message_bytes, out);
  for (const uint64_t gap : books.gaps) PutVarint(gap, out);
  PutVarint(books.passed_lines, out);
  PutVarint(books.passed_in, out);
}

bool GetBooks(std::string_view* in, Books* books) {
  bool read = GetVarint(in, &books->stream_bytes) &&
              GetVarint(in, &books->messages) &&
              GetVarint(in, &books->message_bytes);
  for (uint64_t& gap : books->gaps) read = read && GetVarint(in, &gap);
  read = read && GetVarint(in, &books->passed_lines) &&
         GetVarint(in, &books->passed_in);
  return read;
}

bool GetErrors(std::string_view* in, Notes* notes) {
  uint64_t count = 0;
  if (!GetVarint(in, &count) || count > in->size() / kErrorOctets) return false;
  notes->errors.resize(count);
  for (ErrorRow& error : notes->errors) {
    if (!GetError(in, &error)) return false;
  }
  return true;
}

bool GetAllBooks(std::string_view* in, Notes* notes) {
  uint64_t count = 0;
  if (!GetVarint(in, &count) || count > in->size() / kBooksOctets) return false;
  notes->books.resize(count);
  for (auto& [input, books] : notes->books) {
    auto read = std::make_shared<Input>();
    if (!DecodeInput(in, read.get()) || !GetBooks(in, &books)) return false;
    input = std::move(read);
  }
  return true;
}

bool GetHashes(std::string_view* in, Notes* notes) {
  uint64_t count = 0;
  if (!GetVarint(in, &count) || count > in->size() / kHashOctets) return false;
  notes->hashes.resize(count);
  for (auto& [number, file, sha256] : notes->hashes) {
    std::string_view octets;
    if (!GetVarint(in, &number) || !GetString(in, &file) ||
        !GetView(in, &octets)) {
      return false;
    }
    if (octets.size() != sha256.bytes.size()) return false;
    std::ranges::copy(octets, sha256.bytes.begin());
    sha256.size = static_cast<uint8_t>(octets.size());
  }
  return true;
}

void PutHash(const FileHash& hash, std::string* out) {
  const std::span<const uint8_t> octets = hash.sha256.span();
  PutVarint(hash.number, out);
  PutString(hash.file, out);
  PutString({reinterpret_cast<const char*>(octets.data()), octets.size()}, out);
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
  PutVarint(notes.books.size(), &out);
  for (const auto& [input, books] : notes.books) {
    EncodeInput(*input, &out);
    PutBooks(books, &out);
  }
  PutVarint(notes.hashes.size(), &out);
  for (const FileHash& hash : notes.hashes) PutHash(hash, &out);
  return out;
}

std::optional<Notes> DecodeNotes(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kVersion) return std::nullopt;
  bytes.remove_prefix(1);
  Notes notes;
  const bool read = GetVarint(&bytes, &notes.filtered_out) &&
                    GetErrors(&bytes, &notes) && GetAllBooks(&bytes, &notes) &&
                    GetHashes(&bytes, &notes);
  if (!read || !bytes.empty()) return std::nullopt;
  return notes;
}

}  // namespace mailassay::audit
