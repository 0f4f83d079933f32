// Mail whose line ends are CR CR LF: CRLF that was written as text once more.
// No server sends such lines (RFC 5321 2.3.8), and no signer has signed them,
// so that they are read as CRLF where the first line ends so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailassay::mail {

// Does the first line of the header end in CR CR LF?
bool EndsLinesInCrCrLf(std::string_view header);

// As FindHeaderEnd, for such a header.
std::optional<size_t> FindCrCrLfHeaderEnd(std::string_view text);

// Reads CR CR LF as CRLF, in any split of the text.  A plain value.
class CrCrLfReader {
 public:
  // Appends what `bytes` add to the text.
  void Feed(std::string_view bytes, std::string* text);
  // REQUIRES: called once, at the end.
  void Finish(std::string* text);

 private:
  size_t held_ = 0;  // CRs, two at most
};
std::string ReadCrCrLf(std::string_view text);

}  // namespace mailassay::mail
