#include "lib/audit/sample.h"

#include <algorithm>
#include <bit>

namespace mailassay::audit {
namespace {

// Octets of audit.sqlite, finished, for each octet of encoded facts: 2.50 and
// 2.47 in generated archives of 42 and 9 KB a message.
constexpr double kStorePerFacts = 2.5;
// Of an audit of nothing.
constexpr uint64_t kEmptyAudit = 512 << 10;

size_t SizeClass(uint64_t octets) {
  return static_cast<size_t>(std::bit_width(octets));
}

// Could be left out unread: a plain file of which any place can be read.
bool CanSeek(const Input& input, uint64_t stream) {
  return input.archive.empty() && input.format != Format::kMboxCl &&
         input.stored_bytes >= stream && input.stored_bytes > 0;
}

double ByOctets(const SampleSums& sums) {
  if (sums.bytes() == 0) return 0;
  return static_cast<double>(sums.of_bytes()) /
         static_cast<double>(sums.bytes());
}

uint64_t Scaled(double scale, double octets) {
  return static_cast<uint64_t>(std::min(scale * octets, 1e18));
}

}  // namespace

void SampleSums::Add(const Input& input, const Books& books) {
  const uint64_t covered = books.octets();
  const uint64_t left_out = books[Gap::kNotSampled];
  Files& files = files_[SizeClass(input.stored_bytes)];
  if (input.format == Format::kUnread && input.archive.empty()) {
    files.unopened += covered;
    return;
  }
  bytes_ += covered - left_out;
  opened_ += covered;
  if (!CanSeek(input, books.stream_bytes)) passed_ += left_out;
  if (input.stored_bytes == 0) return;
  files.streams += covered;
  // A container's size once.
  const uint64_t file = input.ordinal >> 32;
  if (last_ != file) files.stored += input.stored_bytes;
  last_ = file;
}

void SampleSums::Add(const ErrorRow& error) {
  if (error.code != ErrorCode::kNotMail) return;
  files_[SizeClass(error.length)].stored += error.length;
}

uint64_t SampleSums::of_bytes() const {
  double unopened = 0;
  for (const Files& files : files_) {
    const double ratio = files.stored == 0
                             ? 1.0
                             : static_cast<double>(files.streams) /
                                   static_cast<double>(files.stored);
    unopened += ratio * static_cast<double>(files.unopened);
  }
  return opened_ + Scaled(1, unopened);
}

bool SampleSums::about() const {
  return std::ranges::any_of(files_, [](const Files& files) {
    return files.unopened > 0 && files.streams != files.stored;
  });
}

double ByMessages(const SampleSums& sums, double share) {
  const double octets = ByOctets(sums);
  return std::clamp(1 / share, octets / 2, octets * 2);
}

std::optional<double> FullSeconds(const SampleSums& sums,
                                  const SampleTimes& times, double share) {
  if (times.worked == 0 || sums.bytes() == 0) return std::nullopt;
  // A run that was resumed has examined less than is in the sample.
  const double part =
      static_cast<double>(sums.bytes()) / static_cast<double>(times.worked);
  const double serial = times.serial * part *
                        static_cast<double>(sums.of_bytes()) /
                        static_cast<double>(sums.bytes() + sums.passed());
  const double parallel = times.parallel * part * ByOctets(sums);
  const double rest = times.all - times.reading - times.concluding;
  return std::max(serial, parallel) +
         times.concluding * ByMessages(sums, share) + std::max(rest, 0.0);
}

void EstimateDisk(const SampleSums& sums, const SampleRows& rows, double share,
                  uint64_t most_rows, Estimate* estimate) {
  const double scale = ByMessages(sums, share);
  const auto facts = static_cast<double>(rows.facts);
  auto grows = static_cast<double>(rows.exceptions) + kStorePerFacts * facts;
  if (scale * static_cast<double>(rows.messages) <=
      static_cast<double>(most_rows)) {
    grows += static_cast<double>(rows.row_files);
  }
  // The other tables are in audit.sqlite, too.
  estimate->disk_bytes = Scaled(scale, grows) + 2 * rows.others + kEmptyAudit;
  // Until then there is the log beside it, which has the facts.
  estimate->spare_bytes = Scaled(scale, facts);
}

}  // namespace mailassay::audit
