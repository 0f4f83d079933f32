#include "lib/audit/facts.h"

#include "lib/base/concat.h"
#include "lib/base/safe_text.h"

namespace mailassay::audit {

std::string_view FormatName(Format format) {
  switch (format) {
    case Format::kMboxRd:
      return "mbox_rd";
    case Format::kMboxCl:
      return "mbox_cl";
    case Format::kMaildir:
      return "maildir";
    case Format::kEml:
      return "eml";
    case Format::kUnread:
      return "unread";
    case Format::kEmlx:
      return "emlx";
    case Format::kEmlxPartial:
      return "emlx_partial";
    case Format::kCount:
      break;
  }
  return "";
}

std::optional<ErrorRow> LimitRow(const MessageFacts& facts) {
  using dkim::Reason;
  const bool message = facts.limit == Reason::kLimitMessage;
  if (!message && facts.limit != Reason::kLimitHeaderBytes) {
    return std::nullopt;
  }
  return ErrorRow{
      .code = message ? ErrorCode::kLimitMessage : ErrorCode::kLimitHeader,
      .file = facts.input->file,
      .offset = facts.offset,
      .length = facts.length,
      .kind = {},
      .text = Concat(SafeText(facts.input->file), ": offset ", facts.offset,
                     ": a message of ", facts.length, " octets: ",
                     dkim::ReasonSentence(facts.limit), "; not verified")};
}

std::string Locate(const MessageFacts& facts) {
  return facts.input->file + "@" + std::to_string(facts.offset);
}

}  // namespace mailassay::audit
