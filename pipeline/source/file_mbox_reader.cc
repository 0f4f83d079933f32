#include "pipeline/source/file_mbox_reader.h"

#include <algorithm>

#include "lib/mail/mbox.h"
#include "pipeline/source/separator_search.h"

namespace mailassay::source {
namespace {

// Octets in which the last separator of a run is looked for at once: more of
// them would be read in vain.
constexpr uint64_t kReach = 64 << 10;

absl::StatusOr<std::string_view> ReadWindow(const FileInput& file,
                                            uint64_t begin, uint64_t end,
                                            std::span<char> window) {
  const size_t size = static_cast<size_t>(end - begin);
  for (size_t done = 0; done < size;) {
    auto n = file.ReadAt(begin + done, window.data() + done, size - done);
    if (!n.ok()) return n.status();
    done += *n;
  }
  return std::string_view(window.data(), size);
}

}  // namespace

FileMboxReader::FileMboxReader(std::shared_ptr<FileInput> file,
                               std::shared_ptr<BufferPool> pool,
                               std::shared_ptr<const audit::Input> input,
                               const ReadOptions& options,
                               const mail::MboxDialect& dialect,
                               const Range& part)
    : MailReader(*file, std::move(input), options, dialect),
      file_(std::move(file)),
      pool_(std::move(pool)),
      most_(pool_->buffer_bytes() - mail::kSeparatorWindow),
      mail_(file_->position()),
      range_{CutAt(*file_, dialect_, mail_, part.begin),
             CutAt(*file_, dialect_, mail_, part.end)} {
  offset_ = std::max(mail_, range_.begin);
  file_->Seek(offset_);
}

MailReader::Step FileMboxReader::Fill(BlockBuilder& block) {
  if (long_) return FillLong(block);
  if (!block.empty()) return Step::kYield;
  if (offset_ >= unit_end_) FindUnit(block);
  uint64_t end = unit_end_;
  if (end - offset_ > most_) {
    auto cut = FindCut(offset_ + most_, block.Space());
    if (!cut.ok()) {
      AddFault(cut.status(), offset_, block);
      return Step::kDone;
    }
    if (!*cut) {
      long_.emplace(*file_, input_, options_, dialect_);
      return FillLong(block);
    }
    end = **cut;
  }
  if (end > offset_) {
    block.Add(FileRun{.input = input_,
                      .file = file_,
                      .offset = offset_,
                      .size = static_cast<size_t>(end - offset_),
                      .dialect = dialect_,
                      .at_end = end == file_->size(),
                      .pool = pool_});
  }
  offset_ = end;
  file_->Seek(end);
  return end >= range_.end ? Step::kDone : Step::kYield;
}

void FileMboxReader::FindUnit(BlockBuilder& block) {
  while (offset_ < range_.end && !sample_.HasAt(offset_)) {
    const uint64_t size = sample_.unit_bytes();
    uint64_t unit = offset_ / size + 1;
    while (unit * size < range_.end && !sample_.Has(unit)) ++unit;
    const uint64_t begin = offset_;
    offset_ = std::min(range_.end, CutAt(*file_, dialect_, mail_, unit * size));
    block.PassGap(begin, offset_, audit::Gap::kNotSampled);
  }
  file_->Seek(offset_);
  unit_end_ = range_.end;
  if (sample_.all()) return;
  const uint64_t size = sample_.unit_bytes();
  const uint64_t next = (offset_ / size + 1) * size;
  unit_end_ = std::min(unit_end_, CutAt(*file_, dialect_, mail_, next));
}

MailReader::Step FileMboxReader::FillLong(BlockBuilder& block) {
  const Step step = long_->Fill(block);
  if (step == Step::kDone || long_->inside_message()) return step;
  offset_ = long_->next();
  long_.reset();
  file_->Seek(offset_);
  return step;
}

// The last separator between the run's first octet and `end`, or nullopt.
// Looks for it backwards, `kReach` at a time.
absl::StatusOr<std::optional<uint64_t>> FileMboxReader::FindCut(
    uint64_t end, std::span<char> window) const {
  while (true) {
    const bool whole = end - offset_ <= kReach + mail::kSeparatorContext;
    const size_t context = whole ? 1 : mail::kSeparatorContext;
    const uint64_t begin = whole ? offset_ : end - kReach - context;
    const uint64_t window_end =
        std::min(end + mail::kSeparatorWindow, file_->size());
    auto text = ReadWindow(*file_, begin, window_end, window);
    if (!text.ok()) return text.status();
    const auto last = mail::FindLastSeparator(
        *text, context, static_cast<size_t>(end - begin),
        window_end == file_->size(), dialect_);
    if (last) return begin + last->from_line;
    if (whole) return std::nullopt;
    end = begin + context;
  }
}

}  // namespace mailassay::source
