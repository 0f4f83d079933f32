// Does a text begin as a message does?  Side files of mail stores, lists and
// tables are full of lines "name: value"; what tells a message from them is a
// name that mail uses.  Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mailassay::mail {

// Is the first header section of `text` one of mail (RFC 5322 3.6, 4.5)?  Among
// its first hundred fields has to be one that only mail has, such as Received
// or Message-ID; or a From field, with an address or beside other fields of
// mail; or it begins with To, Cc, Subject, Date and the like.  Fields X- and
// others may stand before.  "From " and ">From " lines that an mbox left on
// top are passed over.  One line that is no field, the first one also where it
// looks like a continuation, is taken for damage if the rest can't be anything
// but mail.
// `at_end`: the text ends where its file ends.
bool BeginsLikeMessage(std::string_view text, bool at_end);

// A file of Apple Mail (.emlx) begins with a line that has the size of the
// message in decimal; behind that many octets a property list follows.
struct EmlxStart {
  size_t message = 0;  // offset of its first octet
  uint64_t size = 0;   // octets of the message
};
// nullopt: it does not begin so, or no message follows.
std::optional<EmlxStart> ReadEmlxStart(std::string_view text, bool at_end);

}  // namespace mailassay::mail
