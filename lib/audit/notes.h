// What reading a batch has found beside its messages, as bytes and back: what
// an audit store keeps with the facts of the batch (codec.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/audit/books.h"
#include "lib/audit/error_row.h"
#include "lib/audit/facts.h"
#include "lib/base/digest.h"

namespace mailassay::audit {

// A regular file that was read, as it is stored.
struct FileHash {
  uint64_t number = 0;  // in the order of reading: Input::ordinal >> 32
  std::string file;     // path, as in Input::file or Input::archive
  Digest sha256;
};

struct Notes {
  std::vector<ErrorRow> errors;  // in archive order
  uint64_t filtered_out = 0;     // messages that --from left aside
  // Of the inputs that it touches, in order.
  std::vector<std::pair<std::shared_ptr<const Input>, Books>> books;
  std::vector<FileHash> hashes;  // where asked for, of the files that end here
};

std::string EncodeNotes(const Notes& notes);
// Takes any bytes: notes, or no.
std::optional<Notes> DecodeNotes(std::string_view bytes);

}  // namespace mailassay::audit
