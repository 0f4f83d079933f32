// Reads one stream of mail into blocks: what the readers of an mbox, of an
// mbox with Content-Length and of a single message have in common.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/mail/mbox.h"
#include "pipeline/source/block_builder.h"
#include "pipeline/source/long_message.h"
#include "pipeline/source/long_segment.h"
#include "pipeline/source/sample.h"
#include "pipeline/source/shard.h"
#include "pipeline/source/source.h"
#include "pipeline/source/stream.h"

namespace mailassay::source {

class MailReader {
 public:
  enum class Step {
    kMore,   // call again, with this block or, when it is full, another
    kYield,  // call again with another block
    kDone,
  };

  // `stream` and `options` outlive the reader; the stream stands at the first
  // octet of mail (a byte order mark and empty lines are behind it).
  // `dialect`: of an mbox.
  MailReader(Stream& stream, std::shared_ptr<const audit::Input> input,
             const ReadOptions& options, const mail::MboxDialect& dialect = {})
      : stream_(stream),
        input_(std::move(input)),
        options_(options),
        dialect_(dialect),
        offset_(stream.position()) {}
  virtual ~MailReader() = default;

  virtual Step Fill(BlockBuilder& block) = 0;
  const std::shared_ptr<const audit::Input>& input() const { return input_; }

  // From where a new reader that skips to it gives what this one would give
  // next: the first octet that is in no block yet, or the first of a long
  // message that is still being read, its From_ line included.
  virtual uint64_t next() const { return offset_; }
  // The octets of the stream that are to be covered; known when Fill gave
  // kDone.
  virtual Range range() const { return {0, stream_.position()}; }
  // Gives only what is in the sample.  REQUIRES: Fill was not called yet.
  void Choose(const Sample& sample) { sample_ = sample; }
  // Nothing of the stream is in the sample: it need not be read.
  virtual bool left_out() const { return false; }
  // Reads and drops what lies before octet `offset`, and passes damage as it
  // was passed when that was read.  REQUIRES: Fill was not called yet.
  void SkipTo(uint64_t offset);

 protected:
  // Octets of a long message read before a block is given up, so that the run
  // can show where it stands and be stopped.
  static constexpr uint64_t kYieldBytes = 64u << 20;

  // `begin`: of its From_ line, if there is one.
  LongMessage MakeLong(uint64_t begin, uint64_t offset,
                       std::string_view from_line) const {
    LongMessage message(options_.limits, options_.filter, options_.raw_hash,
                        input_, offset, from_line);
    if (!sample_.HasAt(begin)) message.LeaveOut(begin);
    return message;
  }
  LongSegment MakeSegment(const LongSegment::Start& start) const {
    LongSegment segment(options_.limits, options_.filter, options_.raw_hash,
                        input_, dialect_, start);
    if (!sample_.HasAt(start.from_offset)) segment.LeaveOut();
    return segment;
  }

  // Adds the row of a fault: CutRow.
  void AddFault(const absl::Status& fault, uint64_t cut, BlockBuilder& block);

  // For an mbox: AddFault, then on behind the damage to the next separator
  // (promise P22).  Text that begins there, offset_ set to it; nullopt when
  // nothing follows.
  std::optional<std::string> Recover(absl::Status fault, uint64_t cut,
                                     BlockBuilder& block);

  Stream& stream_;
  const std::shared_ptr<const audit::Input> input_;
  const ReadOptions& options_;
  const mail::MboxDialect dialect_;
  uint64_t offset_;  // of the text read and not yet given
  Sample sample_;

 private:
  // Goes on behind the damage.  False: there is no way on, or too much of it.
  virtual bool Resume();

  int damages_ = 0;
};

}  // namespace mailassay::source
