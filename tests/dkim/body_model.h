// Plain models of a stored body: the text for which each reading takes it, and
// that text in canonical form.  Slow and meant to be.
#pragma once

#include <string>
#include <string_view>

#include "lib/dkim/canonical.h"
#include "tests/reference/canonical_reference.h"

namespace mailassay::dkim {

// With every LF a CRLF, but for those that have a CR.
inline std::string WithCrlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' && !out.ends_with('\r')) out += '\r';
    out += c;
  }
  return out;
}

// One ">" less in each line ">+From ".
inline std::string Unquoted(std::string_view text, bool lf_is_line_end) {
  std::string out;
  bool at_line_start = true;
  for (size_t i = 0; i < text.size(); ++i) {
    if (at_line_start && text[i] == '>') {
      const size_t after = text.find_first_not_of('>', i);
      if (after != text.npos && text.substr(after).starts_with("From ")) ++i;
    }
    out += text[i];
    at_line_start =
        text[i] == '\n' && (lf_is_line_end || (i > 0 && text[i - 1] == '\r'));
  }
  return out;
}

// Without the one blank of each line " From ".
inline std::string Unspaced(std::string_view text, bool lf_is_line_end) {
  std::string out;
  bool at_line_start = true;
  for (size_t i = 0; i < text.size(); ++i) {
    if (at_line_start && text.substr(i).starts_with(" From ")) ++i;
    out += text[i];
    at_line_start =
        text[i] == '\n' && (lf_is_line_end || (i > 0 && text[i - 1] == '\r'));
  }
  return out;
}

inline std::string ReadAs(Reading reading, std::string_view stored) {
  std::string text(stored);
  if (reading.unquote_from) text = Unquoted(text, reading.lf_is_line_end);
  if (reading.lf_is_line_end) text = WithCrlf(text);
  return text;
}

inline std::string ModelBody(Canonicalization algorithm, Reading reading,
                             std::string_view stored) {
  const std::string text = ReadAs(reading, stored);
  return algorithm == Canonicalization::kSimple ? reference::SimpleBody(text)
                                                : reference::RelaxedBody(text);
}

}  // namespace mailassay::dkim
