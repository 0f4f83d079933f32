// Cuts an mbox in a plain file into FileRuns.  Reads only around each cut: the
// octets of the runs are read by those who examine them.  A segment too long
// for a run is read here, as in any stream.
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "absl/status/statusor.h"
#include "pipeline/source/file_input.h"
#include "pipeline/source/mail_reader.h"
#include "pipeline/source/mbox_reader.h"

namespace mailassay::source {

class FileMboxReader : public MailReader {
 public:
  // `file` stands at the first octet of mail; `pool` is for the runs.  Gives
  // the messages whose From_ lines begin in `part` of the file.
  FileMboxReader(std::shared_ptr<FileInput> file,
                 std::shared_ptr<BufferPool> pool,
                 std::shared_ptr<const audit::Input> input,
                 const ReadOptions& options, const mail::MboxDialect& dialect,
                 const Range& part);
  Step Fill(BlockBuilder& block) override;
  uint64_t next() const override { return long_ ? long_->next() : offset_; }
  Range range() const override { return range_; }

 private:
  // Passes over what is not in the sample.
  void FindUnit(BlockBuilder& block);
  Step FillLong(BlockBuilder& block);
  absl::StatusOr<std::optional<uint64_t>> FindCut(uint64_t end,
                                                  std::span<char> window) const;

  const std::shared_ptr<FileInput> file_;
  const std::shared_ptr<BufferPool> pool_;
  const size_t most_;      // octets of a run
  const uint64_t mail_;    // where it begins in the file
  Range range_;            // of the file: what the part has
  uint64_t unit_end_ = 0;  // of what is read of it without a gap
  // Reads a long segment and then, at most, what else it has read.
  std::optional<MboxReader> long_;
};

}  // namespace mailassay::source
