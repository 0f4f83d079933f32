#include "pipeline/source/container.h"

#include <archive_entry.h>

#include <algorithm>
#include <cstring>

#include "lib/base/concat.h"
#include "pipeline/source/fault.h"
#include "pipeline/source/zip_name.h"

namespace mailassay::source {
namespace {

constexpr uint64_t kMaxMembers = 10'000'000;
constexpr size_t kScratch = 64 << 10;
// Each costs a walk over the members before.
constexpr int kMaxRestarts = 100;

bool LiesInMaildir(std::string_view name) {
  const size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) return false;
  std::string_view folder = name.substr(0, slash);
  folder = folder.substr(folder.rfind('/') + 1);
  return folder == "cur" || folder == "new";
}

}  // namespace

// The octets of the member libarchive stands at; holes of a sparse one are
// zeros.
class Container::MemberStream : public Stream {
 public:
  explicit MemberStream(Container& container) : container_(container) {}

  absl::StatusOr<size_t> Read(char* out, size_t size) override;
  uint64_t position() const override { return position_; }
  uint64_t stored() const override { return container_.in().stored(); }

 private:
  absl::Status NextPiece();

  Container& container_;
  const char* piece_ = nullptr;
  size_t piece_size_ = 0;
  uint64_t piece_at_ = 0;
  bool ended_ = false;
  uint64_t position_ = 0;
  absl::Status fault_;
};

absl::Status Container::MemberStream::NextPiece() {
  const void* piece = nullptr;
  la_int64_t offset = 0;
  const int result = archive_read_data_block(container_.input_.get(), &piece,
                                             &piece_size_, &offset);
  piece_ = static_cast<const char*>(piece);
  if (result == ARCHIVE_FATAL) container_.broken_ = true;
  if (result == ARCHIVE_EOF) {
    ended_ = true;
    // A hole at the end of a sparse file ends at `offset`.
    piece_size_ = 0;
    piece_at_ = std::max(position_, static_cast<uint64_t>(offset));
    return absl::OkStatus();
  }
  if (result != ARCHIVE_OK) {
    piece_size_ = 0;
    return container_.input_.Fault(container_.layer_);
  }
  if (offset < 0 || static_cast<uint64_t>(offset) < position_) {
    piece_size_ = 0;
    return Damaged(Concat(container_.layer_, ": a member overlaps itself"));
  }
  piece_at_ = static_cast<uint64_t>(offset);
  return absl::OkStatus();
}

absl::StatusOr<size_t> Container::MemberStream::Read(char* out, size_t size) {
  const ReadOptions& options = container_.options_;
  const uint64_t output = container_.output_;
  if (fault_.ok()) {
    fault_ = CheckOutput(output, stored(), options.max_output_bytes,
                         options.max_ratio);
  }
  while (fault_.ok() && !ended_ && piece_size_ == 0 && piece_at_ <= position_) {
    fault_ = NextPiece();
  }
  if (!fault_.ok()) return fault_;
  size = UntilCheck(output, size, options.max_output_bytes);
  size_t n = 0;
  if (piece_at_ > position_) {
    n = static_cast<size_t>(std::min<uint64_t>(size, piece_at_ - position_));
    std::memset(out, 0, n);
  } else {
    n = std::min(size, piece_size_);
    if (n > 0) std::memcpy(out, piece_, n);
    piece_ += n;
    piece_size_ -= n;
    piece_at_ += n;
  }
  position_ += n;
  container_.output_ += n;
  return n;
}

Container::Container(std::unique_ptr<Stream> in, FileInput* file,
                     mail::ContentKind kind, std::string label,
                     const ReadOptions& options)
    : input_(std::move(in), file),
      kind_(kind),
      layer_(mail::ContentKindName(kind)),
      label_(std::move(label)),
      options_(options) {
  SetFormat();
}

void Container::SetFormat() {
  if (kind_ == mail::ContentKind::kZip) {
    archive_read_support_format_zip(input_.get());
  } else {
    archive_read_support_format_tar(input_.get());
    // Else a second archive behind the first would be passed over in silence.
    archive_read_set_option(input_.get(), "tar", "read_concatenated_archives",
                            "1");
  }
}

Container::Member Container::Row(audit::ErrorCode code, std::string file,
                                 std::string_view what) {
  audit::ErrorRow row;
  row.code = code;
  row.text = Concat(file, ": ", what);
  row.file = std::move(file);
  return Member{.error = std::move(row)};
}

void Container::GoOn() {
  broken_ = false;
  ended_ = true;
  if (kind_ != mail::ContentKind::kZip || !input_.can_restart() ||
      ++restarts_ > kMaxRestarts) {
    return;
  }
  input_.Restart();
  SetFormat();
  int result = input_.Open();
  archive_entry* entry = nullptr;
  for (uint64_t i = 0; i < members_ && result >= ARCHIVE_WARN; ++i) {
    result = archive_read_next_header(input_.get(), &entry);
  }
  ended_ = result < ARCHIVE_WARN || result == ARCHIVE_EOF;
  lost_ = true;  // the member's row tells of what may lie behind it, too
}

std::optional<Container::Member> Container::Next() {
  if (broken_) GoOn();
  while (!ended_) {
    if (auto member = Step()) return member;
  }
  return std::nullopt;
}

std::optional<Container::Member> Container::CheckEnd() {
  if (input_.can_restart()) return std::nullopt;  // a file as it is stored
  // The checksum of a compressed container stands behind its last member.
  auto scratch = std::make_unique_for_overwrite<char[]>(kScratch);
  Filled filled;
  do {
    filled = ReadFully(input_.in(), scratch.get(), kScratch);
  } while (filled.fault.ok() && !filled.at_end);
  if (filled.fault.ok()) return std::nullopt;
  return Member{
      .error = FaultRow(filled.fault, label_, input_.in().position(), 0, "")};
}

// nullopt: nothing to tell; try again unless ended_.
std::optional<Container::Member> Container::Step() {
  archive_entry* entry = nullptr;
  int result = ARCHIVE_OK;
  if (!opened_) {
    opened_ = true;
    result = input_.Open();
  }
  if (result == ARCHIVE_OK) {
    result = archive_read_next_header(input_.get(), &entry);
  }
  if (result == ARCHIVE_EOF) {
    ended_ = true;
    return CheckEnd();
  }
  if (result == ARCHIVE_OK || result == ARCHIVE_WARN) {
    lost_ = false;
    if (++members_ > kMaxMembers) {
      ended_ = true;
      return Row(audit::ErrorCode::kLimitMembers, label_,
                 "more than 10,000,000 members; the rest was left unread");
    }
    const auto type = archive_entry_filetype(entry);
    if (type == AE_IFDIR) return std::nullopt;
    return Describe(entry);
  }
  // ARCHIVE_RETRY: the next header may be sound; a row for each gap.
  const bool again = lost_;
  lost_ = true;
  ended_ = result != ARCHIVE_RETRY;
  if (again) return std::nullopt;
  return Member{.error = FaultRow(input_.Fault(layer_), label_,
                                  input_.in().position(), 0,
                                  ended_ ? "; the rest was left unread"
                                         : "; reading goes on behind it")};
}

// As it stands there, whatever its encoding.  libarchive gives that of a tar
// file (also the UTF-8 of a pax header, in the C locale, which is never left).
std::string Container::NameOf(archive_entry* entry) {
  constexpr size_t kNearlyAlways = 1024;
  if (kind_ == mail::ContentKind::kZip) {
    // The header ends where the data of the member begins.
    const auto end =
        static_cast<uint64_t>(archive_filter_bytes(input_.get(), 0));
    for (const size_t size : {kNearlyAlways, kMaxZipHeader}) {
      if (auto name = ZipName(input_.Before(end, size))) return *name;
    }
  }
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr) name = archive_entry_pathname_utf8(entry);
  return name != nullptr ? std::string(name) : Concat("member ", members_);
}

Container::Member Container::Describe(archive_entry* entry) {
  const std::string name = NameOf(entry);
  std::string file = Concat(label_, "!", name);
  if (archive_entry_hardlink(entry) != nullptr) {
    return Row(audit::ErrorCode::kNotRegular, std::move(file),
               "a hard link, not followed");
  }
  if (archive_entry_filetype(entry) != AE_IFREG) {
    return Row(audit::ErrorCode::kNotRegular, std::move(file),
               archive_entry_filetype(entry) == AE_IFLNK
                   ? "a symbolic link, not followed"
                   : "not a regular file");
  }
  if (archive_entry_is_encrypted(entry)) {
    return Row(audit::ErrorCode::kEncrypted, std::move(file),
               "encrypted; decrypt it first");
  }
  return Member{.file = std::move(file),
                .in_maildir = LiesInMaildir(name),
                .size = archive_entry_size_is_set(entry)
                            ? static_cast<uint64_t>(archive_entry_size(entry))
                            : 0,
                .stream = std::make_unique<MemberStream>(*this)};
}

}  // namespace mailassay::source
