// What a stream of bytes is, told by its first octets; mail never by its name.
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
  kMessage,  // one message: begins with its header (message_start.h)
  kEmlx,     // Apple Mail: a message between its size and a property list
  // Mail that other programs must export; never parsed.
  kPst,        // Outlook personal folders (PST, OST)
  kOle,        // compound file: MSG and old Office documents
  kOlm,        // export of Outlook for Mac, or a message out of one
  kOlk,        // file of a profile of Outlook for Mac (.olk14*, .olk15*)
  kDbx,        // Outlook Express
  kNsf,        // Notes
  kDbox,       // Dovecot: u.N of sdbox, m.N of mdbox
  kUwMbx,      // mbx, mtx and Tenex of the University of Washington
  kMmdf,       // messages between lines of four ^A
  kBabyl,      // Emacs Rmail, before its version 23
  kUtf16Mail,  // a message or an mbox, saved as UTF-16
  // Recognised, and no mail.
  kTnef,  // winmail.dat
  kXml,
  kHtml,
  kJson,
  kCsv,
  kPdf,
  kImage,
  kSqlite,
  kElf,
  kUtf16,  // other text saved as UTF-16
  kLz4,
  kSevenZip,
  kRar,
  kMboxIndex,    // .msf and other indexes, caches and lists of mail programs
  kBagIt,        // BagIt: what stands beside the files it packs
  kDesktopFile,  // .DS_Store, desktop.ini
  kText,         // text that does not begin as mail does
  kUnknown,
};

// REQUIRES: `head` holds the first 64 KiB of the stream, or all of it.
// A UTF-8 byte order mark and empty lines before mail are skipped in the
// decision only.
ContentKind DetectContent(std::string_view head);
// Of what has told too little by its content (kText, kUnknown, kZip) the name
// may say what it is: never that it is mail.  `path`: raw octets, of a file or
// member.
ContentKind NarrowByName(ContentKind kind, std::string_view path);
// Has the file the name that Apple Mail gives to a message whose attachments it
// keeps in other files: NUMBER.partial.emlx?
bool NamesPartOfMessage(std::string_view path);
// Is it mail that is read: an mbox, a message, an .emlx?
bool IsMail(ContentKind kind);

// Stable snake_case code, e.g. "pst".
std::string_view ContentKindName(ContentKind kind);
// "Outlook data file (PST or OST)".
std::string_view ContentKindLabel(ContentKind kind);
// One sentence: what to do to have such a file verified, or why it can't be.
// Empty for layers and mail.
std::string_view ContentKindAdvice(ContentKind kind);

}  // namespace mailassay::mail
