// Encoded words (RFC 2047) as octets: what a reader who decodes them before he
// looks for addresses gets to see.  Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailassay::mail {

// The text with each encoded word replaced by what it encodes, in its own
// charset, and the white space between two of them dropped (RFC 2047 6.2).
// What is not quite an encoded word stays as it is; blanks within one, which
// many programs write, are taken.  `edge` is put before and behind each run of
// words.  nullopt: the charset of one does not write ASCII as ASCII (UTF-7,
// UTF-16), or is not known to.  REQUIRES: a short text; the time is not linear.
std::optional<std::string> DecodeWords(std::string_view text,
                                       std::string_view edge = {});

}  // namespace mailassay::mail
