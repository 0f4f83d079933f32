// Next() turns a crank: the open mailbox fills the block; when it is done the
// open container gives the next member; when that is done the walk gives the
// next file.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "lib/base/concat.h"
#include "pipeline/source/container.h"
#include "pipeline/source/content_length.h"
#include "pipeline/source/content_length_reader.h"
#include "pipeline/source/fault.h"
#include "pipeline/source/file_mbox_reader.h"
#include "pipeline/source/mbox_reader.h"
#include "pipeline/source/message_reader.h"
#include "pipeline/source/open_ahead.h"
#include "pipeline/source/opened.h"
#include "pipeline/source/source.h"
#include "pipeline/source/walk.h"

namespace mailassay::source {
namespace {

using audit::ErrorCode;
using mail::ContentKind;

// A block must hold a separator's window and some octets more.
constexpr size_t kLeastBlock = 16 << 10;
// Smaller files share a block.
constexpr uint64_t kLeastFileRun = 128 << 10;

class SerialReader : public Reader {
 public:
  SerialReader(std::vector<std::string> paths, const ReadOptions& options)
      : paths_(std::move(paths)),
        options_(options),
        pool_(std::make_shared<BufferPool>(
            std::max(options.block_bytes, kLeastBlock))),
        files_(paths_, options.follow_links, options.open_ahead,
               &FileInput::InPageCache,
               [this](const Walk::Found& found) { return IsWanted(found); }),
        at_(options.start) {}

  // Looks at everything once, for the total.
  void Survey();

  std::unique_ptr<Block> Next() override;
  uint64_t total_bytes() const override { return total_bytes_; }
  bool total_known() const override { return total_known_; }
  bool resumable() const override { return total_known_; }
  std::vector<std::string> notes() const override { return notes_; }

 private:
  bool IsWanted(const Walk::Found& found);
  bool OpenNextFile(BlockBuilder& block);
  // `size`: as stored, of the file or member; 0 if unknown.
  void OpenContent(Opened opened, const std::string& file,
                   const std::string& archive, bool in_maildir, uint64_t size,
                   BlockBuilder& block);
  void OpenMail(const std::string& file, const std::string& archive,
                bool in_maildir, ContentKind kind);
  void OpenNextMember(BlockBuilder& block);
  void OpenMemberContent(Container::Member& member, BlockBuilder& block);
  void SkipMembers();
  void GoTo(uint64_t offset);
  void CloseMail(BlockBuilder& block);
  void CloseFile(BlockBuilder& block);
  void BeginStream(BlockBuilder& block);
  uint64_t StoredNow() const;
  std::shared_ptr<const audit::Input> MakeInput(const std::string& file,
                                                const std::string& archive,
                                                audit::Format format);

  const std::vector<std::string> paths_;
  const ReadOptions options_;
  const std::shared_ptr<BufferPool> pool_;
  OpenAhead files_;
  uint64_t total_bytes_ = 0;
  bool total_known_ = true;
  std::vector<std::string> notes_;

  // The open file; `input_` belongs to the layers above it, or is `file_`, an
  // mbox that is read where it is examined.
  std::string path_;
  uint64_t path_size_ = 0;
  FileInput* input_ = nullptr;
  std::shared_ptr<FileInput> file_;
  std::unique_ptr<Container> container_;
  std::unique_ptr<HeadedStream> stream_;  // of the file or member
  bool plain_ = false;  // the mail lies in a regular file as it is
  Coverage coverage_;   // of what mail_ reads
  std::unique_ptr<MailReader> mail_;  // reads stream_

  // What is open, or else to be opened next; the offset until it is.
  Position at_;
  uint64_t stored_before_ = 0;  // of the files that are done
  uint64_t reported_ = 0;       // in blocks given
};

void SerialReader::Survey() {
  Walk walk(paths_, options_.follow_links);
  while (auto found = walk.Next()) {
    total_bytes_ += found->size;
    if (!found->regular && !found->error) total_known_ = false;
  }
  notes_ = walk.notes();
}

uint64_t SerialReader::StoredNow() const {
  uint64_t stored = stored_before_;
  if (container_) {
    stored += container_->in().stored();
  } else if (stream_) {
    stored += stream_->stored();
  } else if (file_) {
    stored += file_->stored();
  }
  // A zip file is read from its end first; what counts only grows.
  return std::max(stored, reported_);
}

std::unique_ptr<Block> SerialReader::Next() {
  BlockBuilder builder(*pool_, coverage_);
  while (!builder.full()) {
    if (mail_) {
      const auto step = mail_->Fill(builder);
      if (step == MailReader::Step::kDone) CloseMail(builder);
      if (step == MailReader::Step::kYield) break;
    } else if (container_) {
      OpenNextMember(builder);
    } else if (!OpenNextFile(builder)) {
      break;
    }
  }
  Position next = at_;
  if (mail_) next.offset = mail_->next();
  std::unique_ptr<Block> block = builder.Finish(next);
  const uint64_t stored = StoredNow();
  const bool empty = block->pieces.empty() && stored == reported_;
  const bool more = mail_ || container_;
  if (empty && !more) return nullptr;
  block->input_bytes = stored - std::exchange(reported_, stored);
  block->file = path_;
  block->offset = stream_ ? stream_->position() : file_ ? file_->position() : 0;
  return block;
}

bool SerialReader::IsWanted(const Walk::Found& found) {
  if (found.index >= options_.start.file) return true;
  stored_before_ += found.size;
  return false;
}

bool SerialReader::OpenNextFile(BlockBuilder& block) {
  auto next = files_.Next();
  if (!next) return false;
  Walk::Found& found = next->found;
  path_ = found.path;
  if (found.index != at_.file) at_ = {.file = found.index};
  if (found.error) {
    block.Add(std::move(*found.error));
    at_ = {.file = found.index + 1};
    return true;
  }
  if (!next->opened.ok()) {
    block.Add(FaultRow(next->opened.status(), path_, 0, found.size, ""));
    stored_before_ += found.size;
    at_ = {.file = found.index + 1};
    return true;
  }
  input_ = next->opened->file;
  path_size_ = found.size;
  OpenContent(OpenFile(*std::move(next->opened), options_), path_, {},
              found.in_maildir, input_->regular() ? input_->size() : 0, block);
  if (container_) {
    SkipMembers();
  } else if (mail_) {
    GoTo(at_.offset);
    BeginStream(block);
  } else {
    CloseFile(block);
  }
  return true;
}

void SerialReader::OpenContent(Opened opened, const std::string& file,
                               const std::string& archive, bool in_maildir,
                               uint64_t size, BlockBuilder& block) {
  audit::ErrorRow row;
  row.file = file;
  const bool container =
      opened.kind == ContentKind::kTar || opened.kind == ContentKind::kZip;
  const bool is_mail =
      opened.kind == ContentKind::kMbox || opened.kind == ContentKind::kMessage;
  if (container && archive.empty()) {
    FileInput* plain = opened.plain.get();
    container_ = std::make_unique<Container>(
        plain ? std::unique_ptr<Stream>(std::move(opened.plain))
              : std::unique_ptr<Stream>(std::move(opened.stream)),
        plain, opened.kind, file, options_);
    return;
  }
  stream_ = std::move(opened.stream);
  if (is_mail) {
    plain_ = archive.empty() && !opened.compressed && input_->regular();
    return OpenMail(file, archive, in_maildir, opened.kind);
  }
  if (container || opened.nested) {
    row.code = ErrorCode::kLimitMembers;
    row.text = Concat(file, ": ", mail::ContentKindLabel(opened.kind),
                      " inside another layer; unpack it first");
    row.length = size;
  } else if (!stream_->fault().ok()) {
    row = FaultRow(stream_->fault(), file, stream_->head().size(), 0,
                   "; nothing of it could be read as mail");
  } else if (opened.kind == ContentKind::kEmpty) {
    row.code = ErrorCode::kEmpty;
    row.text = Concat(file, ": empty");
  } else {
    row.code = ErrorCode::kNotMail;
    row.kind = std::string(mail::ContentKindName(opened.kind));
    row.length = size;
    row.text = Concat(file, ": ", mail::ContentKindLabel(opened.kind), ". ",
                      mail::ContentKindAdvice(opened.kind));
  }
  block.Add(std::move(row));
  if (container_) stream_.reset();
}

void SerialReader::OpenMail(const std::string& file, const std::string& archive,
                            bool in_maildir, ContentKind kind) {
  SkipPreamble(*stream_, kind);
  if (kind == ContentKind::kMessage) {
    const auto format =
        in_maildir ? audit::Format::kMaildir : audit::Format::kEml;
    mail_ = std::make_unique<MessageReader>(
        *stream_, MakeInput(file, archive, format), options_);
  } else if (IsContentLengthMbox(*stream_)) {
    mail_ = std::make_unique<ContentLengthReader>(
        *stream_, MakeInput(file, archive, audit::Format::kMboxCl), options_);
  } else if (plain_ && input_->size() >= kLeastFileRun) {
    const size_t begin = stream_->given();
    file_.reset(static_cast<FileInput*>(stream_->TakeBase().release()));
    stream_.reset();
    file_->Seek(begin);
    mail_ = std::make_unique<FileMboxReader>(
        file_, pool_, MakeInput(file, archive, audit::Format::kMboxRd),
        options_);
  } else {
    mail_ = std::make_unique<MboxReader>(
        *stream_, MakeInput(file, archive, audit::Format::kMboxRd), options_);
  }
}

std::shared_ptr<const audit::Input> SerialReader::MakeInput(
    const std::string& file, const std::string& archive, audit::Format format) {
  return std::make_shared<audit::Input>(
      audit::Input{.ordinal = Ordinal(at_),
                   .file = file,
                   .archive = archive,
                   .format = format,
                   .stored_bytes = input_->regular() ? input_->size() : 0,
                   .modified_ns = input_->modified_ns()});
}

void SerialReader::OpenNextMember(BlockBuilder& block) {
  auto member = container_->Next();
  if (!member) return CloseFile(block);
  OpenMemberContent(*member, block);
  if (mail_) {
    mail_->SkipTo(at_.offset);
    BeginStream(block);
  } else {
    at_ = {.file = at_.file, .member = at_.member + 1};
  }
}

void SerialReader::OpenMemberContent(Container::Member& member,
                                     BlockBuilder& block) {
  if (member.error) {
    block.Add(std::move(*member.error));
    return;
  }
  OpenContent(OpenMember(std::move(member.stream), options_), member.file,
              path_, member.in_maildir, member.size, block);
}

// What was read of them is read again: limits and damage hold for all of the
// container.
void SerialReader::SkipMembers() {
  Coverage none;
  BlockBuilder dropped(*pool_, none);
  for (uint64_t i = 0; i < at_.member; ++i) {
    auto member = container_->Next();
    if (!member) return;
    OpenMemberContent(*member, dropped);
    if (mail_) mail_->SkipTo(UINT64_MAX);
    mail_.reset();
    stream_.reset();
  }
}

// The open file's mail from `offset` on.
void SerialReader::GoTo(uint64_t offset) {
  if (file_) {
    file_->Seek(std::max(offset, file_->position()));
  } else if (plain_ && offset > stream_->head().size()) {
    stream_->Skip(stream_->head().size() - stream_->given());
    input_->Seek(offset);
  }
  mail_->SkipTo(offset);
}

void SerialReader::BeginStream(BlockBuilder& block) {
  const uint64_t at = std::exchange(at_.offset, 0);
  block.BeginStream(mail_->input(), at, mail_->next());
}

void SerialReader::CloseMail(BlockBuilder& block) {
  const uint64_t end = file_ || plain_ ? input_->size() : stream_->position();
  block.EndStream(end, end);
  mail_.reset();
  if (!container_) return CloseFile(block);
  stream_.reset();
  at_ = {.file = at_.file, .member = at_.member + 1};
}

void SerialReader::CloseFile(BlockBuilder& block) {
  if (file_) {
    block.Add(FileEnd{std::move(file_), path_});
  } else if (absl::Status status = input_->CheckUnchanged(); !status.ok()) {
    block.Add(FaultRow(status, path_, input_->position(), 0, ""));
  }
  stored_before_ += input_->regular() ? path_size_ : input_->position();
  input_ = nullptr;
  container_.reset();
  stream_.reset();
  at_ = {.file = at_.file + 1};
}

}  // namespace

absl::StatusOr<std::unique_ptr<Reader>> Reader::Open(
    const std::vector<std::string>& paths, const ReadOptions& options) {
  if (paths.empty()) return absl::InvalidArgumentError("no input was named");
  for (const std::string& path : paths) {
    struct stat status {};
    if (path == "-" || stat(path.c_str(), &status) == 0) continue;
    if (errno == ENOENT || errno == ENOTDIR) {
      return absl::NotFoundError(Concat(path, ": ", std::strerror(errno)));
    }
  }
  auto reader = std::make_unique<SerialReader>(paths, options);
  reader->Survey();
  return reader;
}

}  // namespace mailassay::source
