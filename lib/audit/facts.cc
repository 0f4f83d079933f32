#include "lib/audit/facts.h"

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
  }
  return "";
}

std::string Locate(const MessageFacts& facts) {
  return facts.input->file + "@" + std::to_string(facts.offset);
}

}  // namespace mailassay::audit
