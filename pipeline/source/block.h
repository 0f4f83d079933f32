// A block: the unit of reading, memory, parallel work and ordering.
//
// A few MiB of archive, as pieces in archive order.  The text lives in the
// block's storage, which goes back to its pool when the last holder lets go.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/audit/books.h"
#include "lib/audit/error_row.h"
#include "lib/audit/facts.h"
#include "lib/base/digest.h"
#include "lib/mail/mbox.h"
#include "pipeline/source/buffer_pool.h"
#include "pipeline/source/file_input.h"
#include "pipeline/source/position.h"

namespace mailassay::source {

// A run of mbox text that begins at a separator (or the start of its file) and
// ends before the next one: to be split in parallel (mail::MboxSplitter).
struct MboxRun {
  std::shared_ptr<const audit::Input> input;
  uint64_t offset = 0;  // of text[0] in the uncompressed stream
  std::string_view text;
  mail::MboxDialect dialect;
  bool at_end = false;  // the stream ends with it; else a separator follows
};

// Such a run as it lies in a plain file.  Whoever examines it reads it himself
// (FileRunText), so that the octets of a large file pass through no single
// thread.  The only text of its block.
struct FileRun {
  std::shared_ptr<const audit::Input> input;
  std::shared_ptr<const FileInput> file;
  uint64_t offset = 0;
  size_t size = 0;  // fits a buffer of the pool
  mail::MboxDialect dialect;
  bool at_end = false;               // as of an MboxRun
  std::shared_ptr<BufferPool> pool;  // to read it into
};

// All of a file lies in the blocks up to this one.  Only when they have been
// examined can be said whether it changed while it was read.
struct FileEnd {
  std::shared_ptr<const FileInput> file;
  std::string path;
};
// The row of a file that changed, else nullopt (case F9).
std::optional<audit::ErrorRow> CheckUnchanged(const FileEnd& end);

// A regular file that was read to its end: to be hashed as it is stored.  Of a
// file that shards share, the one that has its beginning gives it.
struct FileToHash {
  uint64_t number = 0;  // in the order of reading
  std::string path;
  struct stat status {};  // as it was opened
};
// SHA-256 of its octets.  Not OK: it can't be read again, or is no longer the
// file that was read.
absl::StatusOr<Digest> HashFile(const FileToHash& file);

// One whole message.
struct WholeMessage {
  std::shared_ptr<const audit::Input> input;
  uint64_t offset = 0;
  std::string_view text;
  std::string_view from_line;  // mboxcl: the From_ line; else empty
};

// A message too long for a block, examined while it was read.  No facts: the
// From: filter did not admit it.
struct ExaminedMessage {
  std::shared_ptr<const audit::Input> input;
  uint64_t offset = 0;
  uint64_t length = 0;
  std::unique_ptr<audit::MessageFacts> facts = {};
  uint64_t passed_lines = 0;  // audit::SegmentExaminer::Message
};

// Octets of a stream that no text of a block covers.  Inside the runs it is
// for those who split them to tell messages from separators.
struct Gap {
  std::shared_ptr<const audit::Input> input;
  uint64_t offset = 0;
  uint64_t length = 0;
  audit::Gap kind = audit::Gap::kSeparator;
};

// A stream ends, of which `octets` were to be read: its size as it was opened
// or, where that is not known, as it was read; of a part, its own.  So many
// octets its texts and gaps have, in this block and those before.
struct StreamEnd {
  std::shared_ptr<const audit::Input> input;
  uint64_t octets = 0;
};

using Piece = std::variant<MboxRun, FileRun, FileEnd, FileToHash, WholeMessage,
                           ExaminedMessage, Gap, StreamEnd, audit::ErrorRow>;

struct Block {
  std::vector<Piece> pieces;
  std::shared_ptr<void> storage;  // keeps the text of the pieces alive
  // Octets of input behind this block: as stored (compressed), since the
  // previous block.  Sums to the total of the sources for a complete run.
  uint64_t input_bytes = 0;
  // Where reading goes on behind this block: ReadOptions::start.
  Position next;
  // Where reading stood after the block, for progress: file and offset.
  std::string file;
  uint64_t offset = 0;
};

}  // namespace mailassay::source
