#include "pipeline/source/mail_reader.h"

#include <algorithm>
#include <memory>

#include "lib/base/concat.h"
#include "lib/mail/mbox.h"
#include "pipeline/source/fault.h"

namespace mailassay::source {
namespace {

// A stream damaged in more places than this is given up: each costs a row.
constexpr int kMaxDamages = 1000;

struct Resynced {
  std::optional<std::string> text;  // begins with a separator
  uint64_t offset = 0;              // of text
  absl::Status fault;               // what ended the search, if not the end
};

Resynced ReadToSeparator(Stream& stream, const mail::MboxDialect& dialect) {
  // What is carried from here fits a block of any size.
  constexpr size_t kChunk = 8 << 10;
  std::string text;
  uint64_t offset = stream.position();
  size_t begin = 0;
  while (true) {
    const size_t kept = text.size();
    text.resize(kept + kChunk);
    Filled filled = ReadFully(stream, text.data() + kept, kChunk);
    text.resize(kept + filled.size);
    const auto next = mail::FindSeparator(text, begin, filled.at_end, dialect);
    const bool last = filled.at_end || !filled.fault.ok();
    const size_t decided =
        text.size() -
        (last ? 0 : std::min(text.size(), mail::kSeparatorWindow));
    if (next && next->from_line <= decided) {
      return {text.substr(next->from_line), offset + next->from_line, {}};
    }
    if (last) return {{}, 0, filled.fault};
    const size_t done = decided - std::min(decided, mail::kSeparatorContext);
    text.erase(0, done);
    offset += done;
    begin = mail::kSeparatorContext;
  }
}

}  // namespace

void MailReader::AddFault(const absl::Status& fault, uint64_t cut,
                          BlockBuilder& block) {
  const uint64_t at = stream_.position();
  std::string more;
  if (stream_.stored() != at) {
    more = Concat(" (about octet ", stream_.stored(), " as stored)");
  }
  block.Add(CutRow(fault, input_->file, at, cut, more));
  block.ExpectGap(FaultGap(fault));
}

bool MailReader::Resume() {
  return ++damages_ <= kMaxDamages && stream_.Resume();
}

void MailReader::SkipTo(uint64_t offset) {
  constexpr uint64_t kChunk = 1 << 20;
  auto scratch = std::make_unique_for_overwrite<char[]>(kChunk);
  while (stream_.position() < offset) {
    const uint64_t left = offset - stream_.position();
    auto n = stream_.Read(scratch.get(),
                          static_cast<size_t>(std::min(left, kChunk)));
    if (n.ok() ? *n == 0 : !Resume()) break;
  }
  offset_ = stream_.position();
}

std::optional<std::string> MailReader::Recover(absl::Status fault, uint64_t cut,
                                               BlockBuilder& block) {
  while (true) {
    AddFault(fault, cut, block);
    if (!Resume()) return std::nullopt;
    Resynced next = ReadToSeparator(stream_, dialect_);
    if (next.text) {
      offset_ = next.offset;
      return std::move(next.text);
    }
    if (next.fault.ok()) return std::nullopt;
    fault = next.fault;
    cut = stream_.position();
  }
}

}  // namespace mailassay::source
