// Something that kept input from being read or judged, or may have: one row of
// errors.csv.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailassay::audit {

enum class ErrorCode : uint8_t {
  kUnreadable,    // open or read failed
  kDamaged,       // compression or container is damaged or cut short
  kLimitMessage,  // a message over --max-message; its rows exist too
  kLimitHeader,   // a header section over its limit; its rows exist too
  kLimitRatio,    // decompression over the ratio or output limit
  kLimitMembers,  // more members than a container may have, or nested
  kNotMail,       // recognised by content, not mail as it was sent
  kNotRegular,    // a FIFO, device, socket or symbolic link met on a walk
  kChanged,       // the input changed while it was read
  kEncrypted,     // an encrypted zip member
  kEmpty,         // a file of no octets
  kFromLines,     // lines that look like From_ lines were taken for text
  kCount,
};
std::string_view ErrorCodeName(ErrorCode code);  // "unreadable" ...

struct ErrorRow {
  ErrorCode code = ErrorCode::kUnreadable;
  std::string file;       // as Input::file
  uint64_t offset = 0;    // where reading failed, in the stream the message
                          // offsets count in; compressed offset is in `text`
  uint64_t length = 0;    // octets lost or skipped; 0: unknown or none
  std::string kind;       // for kNotMail: ContentKindName
  std::string text;       // one line for people, with path and offset
  bool damages() const {  // raises exit code 3
    return code != ErrorCode::kNotMail && code != ErrorCode::kEmpty &&
           code != ErrorCode::kNotRegular && code != ErrorCode::kFromLines;
  }
};

}  // namespace mailassay::audit
