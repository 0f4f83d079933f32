// From a file or member to what it holds: its layers of compression opened,
// told apart by content.
#pragma once

#include <memory>
#include <string>

#include "lib/mail/content_kind.h"
#include "lib/mail/mbox.h"
#include "lib/mail/message_start.h"
#include "pipeline/source/file_input.h"
#include "pipeline/source/source.h"
#include "pipeline/source/stream.h"

namespace mailassay::source {

struct Opened {
  mail::ContentKind kind = mail::ContentKind::kEmpty;
  std::unique_ptr<HeadedStream> stream;  // not for tar and zip of a plain file
  // A tar or zip file that is stored as such: stands at its start.
  std::unique_ptr<FileInput> plain;
  bool compressed = false;
  bool converted = false;  // its octets are not given as they are stored
  bool nested = false;     // compressed more than once; not opened further
};

// A file whose head has been read, and nothing more.
struct HeadedFile {
  std::unique_ptr<HeadedStream> stream;
  FileInput* file = nullptr;  // which `stream` reads
};
HeadedFile ReadHead(std::unique_ptr<FileInput> file);

// Never fails: a fault shows when the stream is read.
Opened OpenFile(HeadedFile file, const ReadOptions& options);
// A member of a container.
Opened OpenMember(std::unique_ptr<Stream> member, const ReadOptions& options);

// How an mbox was written, as its head shows.  REQUIRES: SkipPreamble.
mail::MboxDialect DialectOf(HeadedStream& stream);

// REQUIRES: it is an .emlx file, of which nothing has been read.
mail::EmlxStart EmlxStartOf(const HeadedStream& stream);

// Steps over what stands before mail: a byte order mark and empty lines, before
// an mbox also what a crash left there, or the line of an .emlx file; the
// second time over nothing.
void SkipPreamble(HeadedStream& stream, mail::ContentKind kind);

}  // namespace mailassay::source
