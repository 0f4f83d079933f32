// Plain model of how a value of a header field is relaxed (RFC 6376 3.4.2),
// piece by piece.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/reference/canonical_reference.h"

namespace mailassay::dkim {

// Pieces of a value, each given to a kernel by itself.
using FieldPieces = std::vector<std::string_view>;

struct RelaxedValue {
  std::string text;
  bool after_wsp;  // what follows stands behind white space
  friend bool operator==(const RelaxedValue&, const RelaxedValue&) = default;
};

inline std::string WithoutLineEnds(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool crlf = text.starts_with("\r\n");
    if (!crlf && text[0] != '\n') out += text[0];
    text.remove_prefix(crlf ? 2 : 1);
  }
  return out;
}

// `after_wsp`: of what stands before the pieces.  A CR at the end of a piece is
// text: the pieces are part of the question.
inline RelaxedValue ModelValue(const FieldPieces& pieces, bool after_wsp) {
  std::string text = after_wsp ? " " : "x";
  for (const std::string_view piece : pieces) text += WithoutLineEnds(piece);
  text = reference::ReduceWsp(text);
  return {text.substr(1), text.ends_with(' ')};
}

}  // namespace mailassay::dkim
