// Segments of an mbox for tests: messages whose bh= is that of their body, with
// lines in them that may be separators.
#pragma once

#include <random>
#include <string>
#include <string_view>

#include "lib/base/concat.h"
#include "tests/dkim/message_builder.h"

namespace mailassay::audit {

inline constexpr std::string_view kPlainHeader =
    "Received: from a by b\r\nFrom: a@example.com\r\nSubject: x\r\n\r\n";
// With a header behind them: likely, likely and unlikely.
inline constexpr std::string_view kDatedLine =
    "From a@b.example Thu Jan  1 00:00:00 1970\r\n";
inline constexpr std::string_view kBareLine = "From \r\n";
inline constexpr std::string_view kAddressLine = "From a@b.example\r\n";

// A message whose bh= is that of `body`, which ends in CRLF.
inline std::string SignedMessage(const std::string& body,
                                 const std::string& l = {}) {
  dkim::SignatureText signature;
  signature.c = "simple/simple";
  signature.l = l;
  signature.signed_body = l.empty() ? body : body.substr(0, std::stoul(l));
  return signature.Field() + "\r\n" + std::string(kPlainHeader) + body;
}

inline std::string UnsignedMessage(const std::string& body) {
  return std::string(kPlainHeader) + body;
}

// A segment drawn by chance, of messages, signed or not, lines in doubt and
// quoted messages; its first octet begins a message.
inline std::string RandomSegment(std::mt19937& random) {
  const auto below = [&](size_t n) { return random() % n; };
  const std::string_view lines[] = {kDatedLine, kBareLine, kAddressLine};
  const auto body = [&] {
    std::string text;
    for (size_t n = below(6); n > 0; --n) {
      switch (below(6)) {
        case 0:
          text +=
              Concat("see\r\n", lines[below(3)], kPlainHeader, "quoted\r\n");
          break;
        case 1:
          text += "\r\n";
          break;
        case 2:
          text += std::string(below(3000), 'x') + "\r\n";
          break;
        case 3:
          text += std::string(below(3), '\0') + "x\r\n";
          break;
        default:
          text += "From here on: text\r\n";
      }
    }
    return text + "end\r\n";
  };
  std::string segment;
  for (size_t n = 1 + below(6); n > 0; --n) {
    segment += below(3) > 0 ? SignedMessage(body()) : UnsignedMessage(body());
    if (below(8) == 0) segment += "changed\r\n";
    const bool nuls = below(8) == 0;
    if (nuls) segment += std::string(1 + below(200), '\0');
    // A dated line behind them would be certain.
    if (n > 1) segment += nuls ? kBareLine : lines[below(3)];
  }
  return segment;
}

}  // namespace mailassay::audit
