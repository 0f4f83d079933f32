// Makes archives in every form for the tests, and reads them back as lists.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lib/audit/error_row.h"
#include "pipeline/source/source.h"

namespace mailassay::source {

// A directory that goes away with its object.
class TempDirectory {
 public:
  TempDirectory();
  ~TempDirectory();
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  std::string Path(std::string_view name) const;
  // Makes the directories on the way, too.
  std::string Write(std::string_view name, std::string_view content) const;
  std::string MakeDirectory(std::string_view name) const;

 private:
  std::string path_;
};

// With the Message-ID <n>; `size`: of its last line.
std::string Message(size_t n, size_t size = 0);
// The same, of a text that no compression makes much smaller.
std::string NoisyMessage(size_t n, size_t size);

// Twenty-odd messages of different shapes; every one has a Message-ID.  None
// ends in an empty line.
std::vector<std::string> SampleMessages(std::string_view line_end);

std::string MakeMbox(const std::vector<std::string>& messages,
                     std::string_view line_end);
// With a right Content-Length in each message; the messages are changed to
// what a reader must give.
std::string MakeContentLengthMbox(std::vector<std::string>* messages,
                                  std::string_view line_end);

std::string Zstd(std::string_view text);
// One frame for each `frame_bytes` of text.
std::string ZstdFrameFile(std::string_view text, size_t frame_bytes,
                          bool checksum = true, bool content_size = true);
std::string Gzip(std::string_view text);
std::string Xz(std::string_view text);
std::string Bzip2(std::string_view text);

using Members = std::vector<std::pair<std::string, std::string>>;
std::string Tar(const Members& members);
std::string Zip(const Members& members);

// Messages of all shapes, long ones for small blocks among them.
std::vector<std::string> ManyShapes();
// Archives and directories of every kind, sound and damaged, made of
// ManyShapes(); a pipe is not among them.  The same files in the same order.
std::vector<std::string> MakeEveryKind(const TempDirectory& dir);

// What a Reader gives, flattened.
struct ReadMail {
  std::string file;
  audit::Format format = audit::Format::kEml;
  uint64_t offset = 0;
  uint64_t length = 0;
  std::string message_id;
  std::string text;  // empty when it was examined while it was read
};
struct ReadResult {
  std::vector<ReadMail> mail;
  std::vector<audit::ErrorRow> errors;
  std::vector<std::string> notes;
  uint64_t total_bytes = 0;
  uint64_t input_bytes = 0;  // the sum of the blocks'
  size_t blocks = 0;
  size_t examined = 0;
};
// Adds what a block holds.
void AddBlock(const Block& block, ReadResult* result);
ReadResult ReadAll(const std::vector<std::string>& paths,
                   const ReadOptions& options = {});

// The texts; the Message-ID stands for what was examined while it was read.
std::vector<std::string> Texts(const ReadResult& result);
std::vector<std::string> MessageIds(const ReadResult& result);
std::string MessageIdOf(std::string_view message);
std::vector<audit::ErrorCode> Codes(const ReadResult& result);

}  // namespace mailassay::source
