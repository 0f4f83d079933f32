// Sources of mail: files, directories and stdin, of any kind and compression,
// told apart by content, as one stream of blocks.
//
//   path -> [walk] -> file -> [zstd gzip xz bzip2] -> [tar zip] -> member
//        -> [zstd gzip xz bzip2] -> mbox | message | not mail
//
// A Reader is used by one thread at a time (the serial Read stage); it starts
// threads of its own only to decompress and to open small files ahead.  It
// opens only what was named, read-only; what a walk finds is opened O_NOFOLLOW,
// but for the links that -L asks to follow, and only if it is a regular file
// (reliability promise P17).  Nothing it meets
// is fatal: damage becomes an ErrorRow in its place and reading goes on behind
// it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/audit/head_examiner.h"
#include "pipeline/source/block.h"
#include "pipeline/source/sample.h"
#include "pipeline/source/shard.h"
#include "pipeline/source/survey.h"

namespace mailassay::source {

// Of small files; see open_ahead.h.
struct OpenAheadLimits {
  int threads = 8;      // 0: nothing is opened ahead
  bool always = false;  // though the page cache hold the files
};

// A regular file that the walk found.
struct FoundFile {
  std::string path;  // as in audit::Input::file
  uint64_t size = 0;
  int64_t modified_ns = 0;
  bool in_maildir = false;
};

struct ReadOptions {
  size_t block_bytes = 8u << 20;
  audit::MessageLimits limits;
  audit::FromFilter filter;
  audit::RawHash raw_hash = audit::RawHash::kNone;
  bool hash_files = false;     // a FileToHash behind each regular file
  bool follow_links = false;   // -L: symbolic links, wherever they lead
  int decompress_threads = 2;  // for files of several zstd frames
  OpenAheadLimits open_ahead = {};
  uint64_t max_output_bytes = 1ull << 40;  // decompressed, of one file
  uint64_t max_ratio = 1000;  // behind the first 64 MiB; gzip: 1100
  // Block::next of an earlier reading of the same, unchanged inputs: gives the
  // blocks that would have followed, but for those without a piece.  The first
  // block's input_bytes count what lies before it.
  Position start = {};
  // Of all that is read: a plain mbox that is large enough is cut, all else
  // belongs whole to the shard in which its first octet lies.
  Shard shard = {};
  // Such a share of the mail is read (sample.h), the rest is Gap kNotSampled.
  Share sample = {};
  // Asked of each regular file before it is opened.  True: it is not read, and
  // nothing is said of it.
  std::function<bool(const FoundFile&)> skip = {};
};

// Visits each regular file that a reader of the paths would find.
void ForEachFile(const std::vector<std::string>& paths, bool follow_links,
                 const std::function<void(const FoundFile&)>& visit);

class Reader {
 public:
  // Looks at every path once (existence, type) and walks directories.  An
  // error only when a named input does not exist, nothing was named, or a pipe
  // is to be sharded: usage.
  // An unreadable one becomes an ErrorRow.  The same file named twice (device,
  // inode) is read once; see notes().
  static absl::StatusOr<std::unique_ptr<Reader>> Open(
      const std::vector<std::string>& paths, const ReadOptions& options);
  virtual ~Reader() = default;

  // The next block, in order; nullptr at the end.
  virtual std::unique_ptr<Block> Next() = 0;

  // Octets as stored of all regular files, or the shard's share of them;
  // total_known() is false with a pipe among the inputs.
  virtual uint64_t total_bytes() const = 0;
  virtual bool total_known() const = 0;
  // False with a pipe among the inputs: nothing can be read again from a
  // position.
  virtual bool resumable() const = 0;
  // Lines for the summary: "a.mbox was given twice; read once".
  virtual std::vector<std::string> notes() const = 0;
  // Of which units are read.
  virtual const Sample& sample() const = 0;
  // What was named, as it was before reading began.
  virtual const std::vector<SurveyedInput>& surveyed() const = 0;
};

// Opens one message again by its place, as reports name it: FILE@OFFSET with
// FILE as in audit::Input::file ("archive!member" for a member), or as tables
// show that (SafeText), and OFFSET in the uncompressed stream.
struct MessageAt {
  std::string text;  // its octets, at most `max_bytes` of them
  std::string file;  // audit::Input::file and archive
  std::string archive;
};
absl::StatusOr<MessageAt> FindMessageAt(std::string_view file, uint64_t offset,
                                        uint64_t max_bytes);
// Its text alone.
absl::StatusOr<std::string> ReadMessageAt(std::string_view file,
                                          uint64_t offset, uint64_t max_bytes);

}  // namespace mailassay::source
