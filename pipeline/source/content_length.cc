#include "pipeline/source/content_length.h"

#include <algorithm>

#include "lib/mail/header.h"
#include "lib/mail/mbox.h"

namespace mailassay::source {
namespace {

constexpr size_t kMaxHeader = 1u << 20;

bool BeginsMessage(std::string_view text, size_t at, bool at_end,
                   const mail::MboxDialect& dialect) {
  if (at == text.size()) return at_end;
  // The blank line may be counted in the value or be missing; a From_ line at
  // the start of a line is enough where a value points at it.
  return text[at - 1] == '\n' &&
         mail::SeparatorAt(text.substr(at), 0, at_end, dialect).has_value();
}

}  // namespace

Landing FindLanding(std::string_view text, size_t message, bool at_end,
                    const mail::MboxDialect& dialect) {
  const std::string_view head = text.substr(message, kMaxHeader);
  const auto header = mail::FindHeaderEnd(head);
  if (!header) {
    if (at_end || head.size() == kMaxHeader) return {};
    return {.state = Landing::kMoreText,
            .needed = std::min(message + kMaxHeader,
                               std::max<size_t>(2 * text.size(), 64 << 10))};
  }
  const auto length = mail::ContentLength(head.substr(0, *header));
  if (!length || *length > kMaxContentLength) return {};
  const size_t end = message + *header + static_cast<size_t>(*length);
  const size_t needed = end + 2 + mail::kSeparatorWindow;
  if (text.size() < needed && !at_end) {
    return {.state = Landing::kMoreText, .needed = needed};
  }
  if (end > text.size()) return {};
  const std::string_view rest = text.substr(end);
  const size_t line_end = rest.starts_with("\r\n") ? 2
                          : rest.starts_with('\n') ? 1
                                                   : 0;
  if (!BeginsMessage(text, end + line_end, at_end, dialect)) return {};
  return {.state = Landing::kYes, .end = end, .next = end + line_end};
}

bool IsContentLengthMbox(HeadedStream& stream,
                         const mail::MboxDialect& dialect) {
  constexpr int kMessages = 4;
  const size_t begin = stream.given();
  std::string_view text = stream.head().substr(begin);
  size_t from_line = 0;
  for (int i = 0; i < kMessages && from_line < text.size();) {
    const std::string_view here = text.substr(from_line);
    const auto separator =
        mail::SeparatorAt(here, 0, stream.head_is_all(), dialect);
    if (!separator) return false;
    const Landing landing =
        FindLanding(here, separator->message, stream.head_is_all(), dialect);
    if (landing.state == Landing::kNo) return false;
    if (landing.state == Landing::kYes) {
      from_line += landing.next;
      ++i;
      continue;
    }
    // Only for the first message is it worth looking further than the head.
    if (i > 0) return true;
    const size_t size = text.size();
    text = stream.Head(begin + landing.needed).substr(begin);
    if (text.size() == size && !stream.head_is_all()) return false;
  }
  return true;
}

}  // namespace mailassay::source
