#include "lib/mail/crcrlf.h"

#include <algorithm>

namespace mailassay::mail {

bool EndsLinesInCrCrLf(std::string_view header) {
  const size_t lf = header.find('\n');
  return lf != header.npos && lf >= 2 && header[lf - 1] == '\r' &&
         header[lf - 2] == '\r';
}

std::optional<size_t> FindCrCrLfHeaderEnd(std::string_view text) {
  constexpr std::string_view kEmptyLine = "\r\r\n";
  if (text.starts_with(kEmptyLine)) return kEmptyLine.size();
  constexpr std::string_view kEnd = "\n\r\r\n";
  const size_t at = text.find(kEnd);
  if (at == text.npos) return std::nullopt;
  return at + kEnd.size();
}

void CrCrLfReader::Feed(std::string_view bytes, std::string* text) {
  constexpr size_t kMostHeld = 2;
  while (!bytes.empty()) {
    if (bytes.front() == '\r') {
      if (held_ == kMostHeld) {
        *text += '\r';
      } else {
        ++held_;
      }
      bytes.remove_prefix(1);
      continue;
    }
    if (bytes.front() == '\n' && held_ == kMostHeld) --held_;
    text->append(held_, '\r');
    held_ = 0;
    const size_t end = std::min(bytes.find('\r'), bytes.size());
    text->append(bytes.substr(0, end));
    bytes.remove_prefix(end);
  }
}

void CrCrLfReader::Finish(std::string* text) {
  text->append(held_, '\r');
  held_ = 0;
}

std::string ReadCrCrLf(std::string_view text) {
  std::string read;
  read.reserve(text.size());
  CrCrLfReader reader;
  reader.Feed(text, &read);
  reader.Finish(&read);
  return read;
}

}  // namespace mailassay::mail
