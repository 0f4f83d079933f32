// What a sample is of, and what the whole would take: sums over the inputs of
// an audit that read evenly spaced units of them.  Pure sums.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "lib/audit/books.h"
#include "lib/audit/error_row.h"
#include "lib/audit/facts.h"

namespace mailassay::audit {

// What a run without --sample would take, estimated from the sample.
struct Estimate {
  std::optional<double> seconds;  // nullopt: not measured
  uint64_t disk_bytes = 0;        // of -o DIR
  uint64_t spare_bytes = 0;       // more of it until the audit is finished
};

struct SampleFacts {
  std::string percent;    // as asked: "0.5"
  uint64_t bytes = 0;     // read as sample, uncompressed
  uint64_t of_bytes = 0;  // of all that it is of
  bool about = false;  // of_bytes is estimated: compressed files are unopened
  std::optional<Estimate> estimate;  // of a run that is complete
};

class SampleSums {
 public:
  // The books of a whole stream, or of a shard's part of it; in the order of
  // the inputs.
  void Add(const Input& input, const Books& books);
  // Files without mail are a part of what was left unopened, too.
  void Add(const ErrorRow& error);

  // Octets of the streams that are in the sample, and that were read through
  // but passed over.
  uint64_t bytes() const { return bytes_; }
  uint64_t passed() const { return passed_; }
  // Of all streams.  The uncompressed size of files left unopened is that of
  // opened ones of the same power of two in size, in proportion.
  uint64_t of_bytes() const;
  // An unopened file may be compressed.
  bool about() const;

 private:
  static constexpr size_t kSizes = 65;  // powers of two
  struct Files {
    uint64_t stored = 0;    // of the opened
    uint64_t streams = 0;   // in them, uncompressed
    uint64_t unopened = 0;  // as stored
  };

  uint64_t bytes_ = 0;
  uint64_t passed_ = 0;
  uint64_t opened_ = 0;  // octets of streams in opened files
  std::array<Files, kSizes> files_{};
  std::optional<uint64_t> last_;  // file that was counted last
};

// Where the time of a sampled run went.
struct SampleTimes {
  double all = 0;         // from start to end
  double reading = 0;     // all of it that the stages of reading took
  double serial = 0;      // of that, in the one thread that reads
  double parallel = 0;    // and in the others, of each
  uint64_t worked = 0;    // octets of the sample that they examined
  double concluding = 0;  // judging and writing
};

// How often a sample by `share` has to be taken for the whole.  By its
// messages: each was as likely to be in it, whatever its size.  That is the
// share turned over, unless the octets are far from it: the inputs were too
// small.
double ByMessages(const SampleSums& sums, double share);

// Examining goes by octets, judging by messages.  Reading again what was passed
// over takes no longer, so only what the sample did not see is on top.  Waiting
// for DNS counts as it was.
std::optional<double> FullSeconds(const SampleSums& sums,
                                  const SampleTimes& times, double share);

// Octets that a sampled run made, or would have made, in its directory.
struct SampleRows {
  uint64_t facts = 0;       // of messages, encoded
  uint64_t row_files = 0;   // messages.csv and signatures.csv
  uint64_t exceptions = 0;  // exceptions.csv
  uint64_t others = 0;      // the other tables: grow less than the mail
  uint64_t messages = 0;
};
// `most_rows`: more messages have no row files.
void EstimateDisk(const SampleSums& sums, const SampleRows& rows, double share,
                  uint64_t most_rows, Estimate* estimate);

}  // namespace mailassay::audit
