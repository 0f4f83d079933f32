// What reading a batch has found beside its messages, as bytes and back: what
// an audit store keeps with the facts of the batch (codec.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/error_row.h"

namespace mailassay::audit {

struct Notes {
  std::vector<ErrorRow> errors;  // in archive order
  uint64_t filtered_out = 0;     // messages that --from left aside
};

std::string EncodeNotes(const Notes& notes);
// Takes any bytes: notes, or no.
std::optional<Notes> DecodeNotes(std::string_view bytes);

}  // namespace mailassay::audit
