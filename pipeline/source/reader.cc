// Next() turns a crank: the open mailbox fills the block; when it is done the
// open container gives the next member; when that is done the walk gives the
// next file.
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "lib/base/ascii.h"
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
#include "pipeline/source/shard.h"
#include "pipeline/source/source.h"
#include "pipeline/source/survey.h"
#include "pipeline/source/walk.h"

namespace mailassay::source {
namespace {

using audit::ErrorCode;
using mail::ContentKind;

// A block must hold a separator's window and some octets more.
constexpr size_t kLeastBlock = 16 << 10;
// Smaller files share a block.
constexpr uint64_t kLeastFileRun = 128 << 10;

FoundFile FileOf(const Walk::Found& found) {
  return {.path = found.path,
          .size = found.size,
          .modified_ns = found.modified_ns,
          .in_maildir = found.in_maildir};
}

// A name with "SCHEME://" (RFC 3986 3.1) that is no file.
absl::Status CheckNotAddress(std::string_view path) {
  const size_t colon = path.find("://");
  if (colon == path.npos || colon == 0 || !IsAlpha(path.front()) ||
      !std::all_of(path.begin(), path.begin() + colon, [](char c) {
        return IsAlnum(c) || c == '+' || c == '-' || c == '.';
      })) {
    return absl::OkStatus();
  }
  const std::string scheme = AsciiLower(path.substr(0, colon));
  std::string_view advice =
      "save what it leads to as a file and name that (curl -O ADDRESS)";
  if (scheme == "file") {
    advice = "name the file itself, by its path";
  } else if (scheme.starts_with("imap") || scheme.starts_with("pop")) {
    advice =
        "copy the mailbox first, with mbsync or getmail into a maildir say, "
        "and "
        "name that";
  }
  return absl::InvalidArgumentError(Concat(
      path,
      ": is an address, not a file; mail is read from files only: ", advice));
}

class SerialReader : public Reader {
 public:
  SerialReader(std::vector<std::string> paths, Survey survey,
               const ReadOptions& options)
      : paths_(std::move(paths)),
        survey_(std::move(survey)),
        options_(options),
        share_(ShareOf(options.shard, survey_.total_bytes)),
        sample_(SampleOf(options.sample, survey_)),
        pool_(std::make_shared<BufferPool>(
            std::max(options.block_bytes, kLeastBlock))),
        files_(paths_, options.follow_links, options.open_ahead,
               &FileInput::InPageCache,
               [this](Walk::Found& found) { return UseOf(found); }),
        at_(options.start) {}

  std::unique_ptr<Block> Next() override;

  uint64_t total_bytes() const override { return share_.end - share_.begin; }
  bool total_known() const override { return survey_.total_known; }
  bool resumable() const override { return survey_.total_known; }
  const Sample& sample() const override { return sample_; }
  std::vector<std::string> notes() const override { return survey_.notes; }
  const std::vector<SurveyedInput>& surveyed() const override {
    return survey_.inputs;
  }

 private:
  OpenAhead::Use UseOf(Walk::Found& found);
  bool IsWanted(const Walk::Found& found) const;
  bool IsOwn(const Walk::Found& found) const;
  Range PartOf(const Walk::Found& found) const;
  bool IsCut(Opened& opened) const;
  bool OpenNextFile(BlockBuilder& block);
  void OpenFound(const Walk::Found& found, HeadedFile file,
                 BlockBuilder& block);
  // `size`: as stored, of the file or member; 0 if unknown.
  void OpenContent(Opened opened, const std::string& file,
                   const std::string& archive, bool in_maildir, uint64_t size,
                   const Sample& sample, BlockBuilder& block);
  void OpenMail(const std::string& file, const std::string& archive,
                bool in_maildir, ContentKind kind);
  void OpenNextMember(BlockBuilder& block);
  void OpenMemberContent(Container::Member& member, BlockBuilder& block);
  void SkipMembers();
  void GoTo(uint64_t offset);
  void CloseMail(BlockBuilder& block);
  void CloseFile(BlockBuilder& block);
  void PassFile();
  void LeaveOut(std::shared_ptr<const audit::Input> input, uint64_t size,
                BlockBuilder& block);
  void BeginMail(BlockBuilder& block);
  void BeginStream(BlockBuilder& block);
  uint64_t StoredNow() const;
  std::shared_ptr<const audit::Input> MakeInput(const std::string& file,
                                                const std::string& archive,
                                                audit::Format format,
                                                uint64_t stored_bytes,
                                                int64_t modified_ns) const;
  // Of what is open.
  std::shared_ptr<const audit::Input> MakeInput(const std::string& file,
                                                const std::string& archive,
                                                audit::Format format) const;

  const std::vector<std::string> paths_;
  const Survey survey_;
  const ReadOptions options_;
  const Range share_;  // of the line of all files
  const Sample sample_;
  uint64_t units_ = 0;  // of the files that the walk has found
  const std::shared_ptr<BufferPool> pool_;
  OpenAhead files_;
  // The open file; `input_` belongs to the layers above it, or is `file_`, an
  // mbox that is read where it is examined.
  std::string path_;
  uint64_t path_size_ = 0;
  bool own_ = true;  // its first octet lies in the share
  Range part_;       // of the file, should it be cut
  Sample file_sample_;
  uint64_t member_units_ = 0;  // of the open container, before the next member
  FileInput* input_ = nullptr;
  std::shared_ptr<FileInput> file_;
  std::unique_ptr<Container> container_;
  std::unique_ptr<HeadedStream> stream_;  // of the file or member
  bool plain_ = false;  // the mail lies in a regular file as it is
  Coverage coverage_;   // of what mail_ reads
  std::unique_ptr<MailReader> mail_;  // reads stream_

  // What is open, or else to be opened next; the offset until it is.
  Position at_;
  uint64_t line_ = 0;      // where on the line the open file begins
  uint64_t piped_ = 0;     // octets of the pipes that are done
  uint64_t reported_ = 0;  // octets in blocks given
};

// Of a file that is read beyond the share no more counts than lies in it.
uint64_t SerialReader::StoredNow() const {
  uint64_t open = 0;
  if (container_) {
    open = container_->in().stored();
  } else if (stream_) {
    open = stream_->stored();
  } else if (file_) {
    open = file_->stored();
  }
  const bool pipe = input_ != nullptr && !input_->regular();
  const uint64_t at =
      std::clamp(pipe ? line_ : line_ + open, share_.begin, share_.end);
  // A zip file is read from its end first; what counts only grows.
  return std::max(at - share_.begin + piped_ + (pipe ? open : 0), reported_);
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

OpenAhead::Use SerialReader::UseOf(Walk::Found& found) {
  using Use = OpenAhead::Use;
  found.unit = units_;
  if (!found.error) units_ += sample_.UnitsOf(found.size);
  if (!IsWanted(found)) return Use::kPassOver;
  if (!found.regular || found.error || !sample_.IsUnit(found.size) ||
      sample_.Has(found.unit)) {
    return Use::kRead;
  }
  return IsOwn(found) ? Use::kLeaveOut : Use::kPassOver;
}

bool SerialReader::IsWanted(const Walk::Found& found) const {
  if (found.index < options_.start.file) return false;
  if (!IsOwn(found)) {
    const Range part = PartOf(found);
    if (part.begin == part.end || found.size < kLeastFileRun) return false;
  }
  return !found.regular || !options_.skip || !options_.skip(FileOf(found));
}

// Its first octet is: all of it is, unless it is cut.
bool SerialReader::IsOwn(const Walk::Found& found) const {
  return options_.shard.count == 1 ||
         Holds(options_.shard, share_, found.begin);
}

// What of its octets lies in the share; all when nothing is sharded, though the
// file has grown.
Range SerialReader::PartOf(const Walk::Found& found) const {
  if (options_.shard.count == 1) return {0, UINT64_MAX};
  const auto within = [&](uint64_t at) {
    return std::clamp(at, found.begin, found.begin + found.size) - found.begin;
  };
  return {within(share_.begin), within(share_.end)};
}

// Is it a file that shards share?
bool SerialReader::IsCut(Opened& opened) const {
  if (opened.kind != ContentKind::kMbox || opened.compressed ||
      opened.converted || !input_->regular() ||
      input_->size() < kLeastFileRun) {
    return false;
  }
  SkipPreamble(*opened.stream, opened.kind);
  return !IsContentLengthMbox(*opened.stream, DialectOf(*opened.stream));
}

bool SerialReader::OpenNextFile(BlockBuilder& block) {
  auto next = files_.Next();
  if (!next) {
    line_ = files_.octets();
    return false;
  }
  Walk::Found& found = next->found;
  path_ = found.path;
  line_ = found.begin;
  path_size_ = found.size;
  if (found.index != at_.file) at_ = {.file = found.index};
  if (found.error) {
    block.Add(std::move(*found.error));
  } else if (next->left_out) {
    LeaveOut(MakeInput(path_, {}, audit::Format::kUnread, found.size,
                       found.modified_ns),
             found.size, block);
  } else if (next->opened.ok()) {
    OpenFound(found, *std::move(next->opened), block);
    return true;
  } else if (IsOwn(found)) {
    block.Add(FaultRow(next->opened.status(), path_, 0, found.size, ""));
  }
  PassFile();
  return true;
}

// A unit that is not in the sample, of `size` octets as far as is known.
void SerialReader::LeaveOut(std::shared_ptr<const audit::Input> input,
                            uint64_t size, BlockBuilder& block) {
  block.BeginStream(std::move(input), 0, 0);
  block.PassGap(0, size, audit::Gap::kNotSampled);
  block.EndStream(size, size);
}

// What is open is mail, of which the position and the sample have a part.
void SerialReader::BeginMail(BlockBuilder& block) {
  BeginStream(block);
  if (!mail_->left_out()) return;
  if (!plain_) mail_->SkipTo(UINT64_MAX);
  block.ExpectGap(audit::Gap::kNotSampled);
  CloseMail(block);
}

void SerialReader::OpenFound(const Walk::Found& found, HeadedFile file,
                             BlockBuilder& block) {
  input_ = file.file;
  own_ = IsOwn(found);
  part_ = PartOf(found);
  // A small file is one unit, and is read; so are its members.
  const bool unit = found.regular && sample_.IsUnit(found.size);
  file_sample_ = unit ? Sample() : sample_.From(found.unit);
  member_units_ = 0;
  Opened opened = OpenFile(std::move(file), options_);
  if (!own_ && !IsCut(opened)) return PassFile();
  OpenContent(std::move(opened), path_, {}, found.in_maildir,
              input_->regular() ? input_->size() : 0, file_sample_, block);
  if (container_) {
    SkipMembers();
  } else if (mail_) {
    GoTo(at_.offset);
    BeginMail(block);
  } else {
    CloseFile(block);
  }
}

void SerialReader::OpenContent(Opened opened, const std::string& file,
                               const std::string& archive, bool in_maildir,
                               uint64_t size, const Sample& sample,
                               BlockBuilder& block) {
  audit::ErrorRow row;
  row.file = file;
  const bool container =
      opened.kind == ContentKind::kTar || opened.kind == ContentKind::kZip;
  opened.kind = mail::NarrowByName(opened.kind, file);
  if (container && archive.empty()) {
    FileInput* plain = opened.plain.get();
    container_ = std::make_unique<Container>(
        plain ? std::unique_ptr<Stream>(std::move(opened.plain))
              : std::unique_ptr<Stream>(std::move(opened.stream)),
        plain, opened.kind, file, options_);
    return;
  }
  stream_ = std::move(opened.stream);
  if (mail::IsMail(opened.kind)) {
    plain_ = archive.empty() && !opened.compressed && !opened.converted &&
             input_->regular();
    OpenMail(file, archive, in_maildir, opened.kind);
    return mail_->Choose(sample);
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
  const uint64_t size =
      kind == ContentKind::kEmlx ? EmlxStartOf(*stream_).size : 0;
  SkipPreamble(*stream_, kind);
  if (kind == ContentKind::kEmlx) {
    const auto format = mail::NamesPartOfMessage(file)
                            ? audit::Format::kEmlxPartial
                            : audit::Format::kEmlx;
    mail_ = std::make_unique<MessageReader>(
        *stream_, MakeInput(file, archive, format), options_, size);
    return;
  }
  if (kind == ContentKind::kMessage) {
    const auto format =
        in_maildir ? audit::Format::kMaildir : audit::Format::kEml;
    mail_ = std::make_unique<MessageReader>(
        *stream_, MakeInput(file, archive, format), options_);
    return;
  }
  const mail::MboxDialect dialect = DialectOf(*stream_);
  if (IsContentLengthMbox(*stream_, dialect)) {
    mail_ = std::make_unique<ContentLengthReader>(
        *stream_, MakeInput(file, archive, audit::Format::kMboxCl), options_,
        dialect);
  } else if (plain_ && input_->size() >= kLeastFileRun) {
    const size_t begin = stream_->given();
    file_.reset(static_cast<FileInput*>(stream_->TakeBase().release()));
    stream_.reset();
    file_->Seek(begin);
    mail_ = std::make_unique<FileMboxReader>(
        file_, pool_, MakeInput(file, archive, audit::Format::kMboxRd),
        options_, dialect, part_);
  } else {
    mail_ = std::make_unique<MboxReader>(
        *stream_, MakeInput(file, archive, audit::Format::kMboxRd), options_,
        dialect);
  }
}

std::shared_ptr<const audit::Input> SerialReader::MakeInput(
    const std::string& file, const std::string& archive, audit::Format format,
    uint64_t stored_bytes, int64_t modified_ns) const {
  return std::make_shared<audit::Input>(
      audit::Input{.ordinal = Ordinal(at_),
                   .file = file,
                   .archive = archive,
                   .format = format,
                   .stored_bytes = stored_bytes,
                   .modified_ns = modified_ns});
}

std::shared_ptr<const audit::Input> SerialReader::MakeInput(
    const std::string& file, const std::string& archive,
    audit::Format format) const {
  return MakeInput(file, archive, format,
                   input_->regular() ? input_->size() : 0,
                   input_->modified_ns());
}

void SerialReader::OpenNextMember(BlockBuilder& block) {
  auto member = container_->Next();
  if (!member) return CloseFile(block);
  OpenMemberContent(*member, block);
  if (mail_) {
    mail_->SkipTo(at_.offset);
    BeginMail(block);
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
  const bool unit = member.size > 0 && file_sample_.IsUnit(member.size);
  const Sample sample = file_sample_.From(member_units_);
  member_units_ += file_sample_.UnitsOf(member.size);
  if (unit && !sample.Has(0)) {
    LeaveOut(MakeInput(member.file, path_, audit::Format::kUnread), member.size,
             block);
    return;
  }
  OpenContent(OpenMember(std::move(member.stream), options_), member.file,
              path_, member.in_maildir, member.size, unit ? Sample() : sample,
              block);
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
  const uint64_t offset = std::exchange(at_.offset, 0);
  // Before a part that is not the first, nothing is missing.
  const uint64_t begin = file_ ? mail_->range().begin : 0;
  block.BeginStream(mail_->input(), std::max(offset, begin), mail_->next());
}

void SerialReader::CloseMail(BlockBuilder& block) {
  Range range = mail_->range();
  if (plain_ && !file_) range.end = input_->size();
  block.EndStream(range.end, range.end - range.begin);
  mail_.reset();
  if (!container_) return CloseFile(block);
  stream_.reset();
  at_ = {.file = at_.file, .member = at_.member + 1};
}

void SerialReader::CloseFile(BlockBuilder& block) {
  if (options_.hash_files && own_ && input_->regular()) {
    block.Add(FileToHash{at_.file, path_, input_->status()});
  }
  if (file_) {
    block.Add(FileEnd{std::move(file_), path_});
  } else if (absl::Status status = input_->CheckUnchanged(); !status.ok()) {
    block.Add(FaultRow(status, path_, input_->position(), 0, ""));
  }
  if (!input_->regular()) piped_ += input_->position();
  PassFile();
}

// On to the file behind.
void SerialReader::PassFile() {
  line_ += path_size_;
  input_ = nullptr;
  container_.reset();
  stream_.reset();
  at_ = {.file = at_.file + 1};
}

}  // namespace

void ForEachFile(const std::vector<std::string>& paths, bool follow_links,
                 const std::function<void(const FoundFile&)>& visit) {
  Walk walk(paths, follow_links);
  while (auto found = walk.Next()) {
    if (found->regular) visit(FileOf(*found));
  }
}

absl::StatusOr<std::unique_ptr<Reader>> Reader::Open(
    const std::vector<std::string>& paths, const ReadOptions& options) {
  if (paths.empty()) return absl::InvalidArgumentError("no input was named");
  for (const std::string& path : paths) {
    struct stat status {};
    if (path == "-" || stat(path.c_str(), &status) == 0) continue;
    const int fault = errno;
    if (absl::Status named = CheckNotAddress(path); !named.ok()) return named;
    errno = fault;
    if (errno == ENOENT || errno == ENOTDIR) {
      return absl::NotFoundError(Concat(path, ": ", std::strerror(errno)));
    }
  }
  const Shard& shard = options.shard;
  if (shard.index < 1 || shard.index > shard.count) {
    return absl::InvalidArgumentError(
        Concat("there is no shard ", shard.index, " of ", shard.count));
  }
  Survey survey = SurveyInputs(paths, options.follow_links);
  if (!survey.total_known && shard.count > 1) {
    return absl::InvalidArgumentError(
        "a pipe or standard input has no shards; name files");
  }
  return std::make_unique<SerialReader>(paths, std::move(survey), options);
}

}  // namespace mailassay::source
