// What a stream of bytes is, told by its first octets and never by its name.
#pragma once

#include <cstdint>
#include <string_view>

namespace mailassay::mail {

enum class ContentKind : uint8_t {
  kEmpty,
  // Layers to be opened.
  kZstd,
  kGzip,
  kXz,
  kBzip2,
  kTar,
  kZip,
  // Mail.
  kMbox,
  kMessage,  // one message: begins with a header field
  // Recognised, not mail as it was sent; never parsed.
  kPst,   // Outlook personal folders (PST, OST)
  kOle,   // compound file: MSG and old Office documents
  kEmlx,  // Apple Mail: a byte count, a message, a property list
  kTnef,  // winmail.dat
  kXml,
  kHtml,
  kJson,
  kCsv,
  kPdf,
  kImage,
  kSqlite,
  kElf,
  kUtf16,  // text saved as UTF-16
  kLz4,
  kSevenZip,
  kRar,
  kMboxIndex,  // .msf and other mail program indexes
  kText,       // text that does not begin with a header field
  kUnknown,
};

// REQUIRES: `head` holds the first 64 KiB of the stream, or all of it.
// A UTF-8 byte order mark before mail is skipped in the decision only.
ContentKind DetectContent(std::string_view head);

// Stable snake_case code, e.g. "pst".
std::string_view ContentKindName(ContentKind kind);
// "Outlook data file (PST or OST)".
std::string_view ContentKindLabel(ContentKind kind);
// One sentence: what to do to have such a file verified, or why it can't be.
// Empty for layers and mail.
std::string_view ContentKindAdvice(ContentKind kind);

}  // namespace mailassay::mail
