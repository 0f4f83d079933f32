#include "lib/dkim/body_lanes.h"

#include <algorithm>
#include <cassert>

#include "lib/crypto/sha256_kernels.h"
#include "lib/mail/text_scan.h"

namespace mailassay::dkim {
namespace {

// Octets of a body taken at once: canonical they fit the room of a lane, but
// for text of very short lines.
constexpr size_t kPiece = 3584;

// A lane's next piece is wanted when all other lanes have had theirs: by then
// it can be near, which the processor, with sixteen texts in turn, would not
// see to.
void Prefetch(std::string_view text) {
  constexpr size_t kLine = 64;
  constexpr int kRead = 0;
  constexpr int kSecondLevel = 2;
  for (size_t i = 0; i < text.size(); i += kLine) {
    __builtin_prefetch(text.data() + i, kRead, kSecondLevel);
  }
}

// Is a body hash another's, and does a line begin " From "?
bool MayBeUnspaced(const BodyJob& job) {
  const bool mismatch = std::any_of(
      job.evidence.begin(), job.evidence.end(),
      [](const Evidence& e) { return e.body == BodyMatch::kMismatch; });
  return mismatch && (job.body.starts_with(" From ") ||
                      mail::FindText(job.body, "\n From ", 0,
                                     job.body.size()) != job.body.npos);
}

}  // namespace

void BodyLanes::Run(std::span<BodyJob> jobs) {
  const bool has_lanes =
      crypto::Sha256Kernels().level() != KernelLevel::kPortable;
  together_.clear();
  for (BodyJob& job : jobs) {
    if (has_lanes && !job.evidence.empty()) {
      together_.push_back(&job);
    } else {
      RunAlone(job);
    }
  }
  std::stable_sort(together_.begin(), together_.end(),
                   [](const BodyJob* a, const BodyJob* b) {
                     return a->body.size() > b->body.size();
                   });
  RunTogether(together_);
}

// Blanks before "From " are looked for only where nothing else fits.
void BodyLanes::RunAlone(BodyJob& job) {
  RunAlone(job, BodyReadings::Blanks::kPlain);
  if (MayBeUnspaced(job)) RunAlone(job, BodyReadings::Blanks::kQuotes);
}

void BodyLanes::RunAlone(BodyJob& job, BodyReadings::Blanks blanks) {
  alone_.Begin(job.evidence, job.header_line_ends, blanks);
  alone_.CountAttached(job.content_type);
  alone_.Feed(job.body);
  alone_.Finish(job.evidence);
  job.facts = alone_.facts();
  job.attached_messages = alone_.attached_messages();
}

void BodyLanes::RunTogether(std::span<BodyJob*> jobs) {
  while (!jobs.empty() || !hasher_.empty()) {
    while (!jobs.empty() && !hasher_.full()) {
      Start(*jobs[0]);
      jobs = jobs.subspan(1);
    }
    for (size_t i = 0; i < streams_.size(); ++i) {
      while (hasher_.Hungry(i)) FeedLane(i);
    }
    for (const auto& [stream, digest] : hasher_.Run()) {
      Complete(digest, streams_[stream]);
    }
  }
}

void BodyLanes::Start(BodyJob& job) {
  // The examiner that has no body now; its lane will have the same number.
  const size_t free = hasher_.next();
  Stream& stream = streams_[free];
  if (!stream.examiner.BeginInLane(job.evidence, job.header_line_ends, hasher_,
                                   from_unquoted_)) {
    RunAlone(job);
    return;
  }
  assert(stream.examiner.lane() == free);
  stream.examiner.CountAttached(job.content_type);
  stream.job = &job;
  stream.left = job.body;
}

// REQUIRES: the stream is open.
void BodyLanes::FeedLane(size_t i) {
  Stream& stream = streams_[i];
  const std::string_view piece = stream.left.substr(0, kPiece);
  stream.examiner.Feed(piece);
  stream.left.remove_prefix(piece.size());
  Prefetch(stream.left.substr(0, kPiece));
  if (stream.left.empty()) stream.examiner.EndOfBody();
}

void BodyLanes::Complete(const Digest& digest, Stream& stream) {
  stream.examiner.TakeDigest(digest);
  if (!stream.examiner.Settles(stream.job->evidence)) {
    return ExamineAgain(*stream.job);
  }
  stream.examiner.Finish(stream.job->evidence);
  stream.job->facts = stream.examiner.facts();
  stream.job->attached_messages = stream.examiner.attached_messages();
  if (MayBeUnspaced(*stream.job)) {
    RunAlone(*stream.job, BodyReadings::Blanks::kQuotes);
  }
}

// Its lines ">From " have not been read as its signer wrote them, or nothing
// matches anyway.
void BodyLanes::ExamineAgain(BodyJob& job) {
  RunAlone(job);
  for (const Evidence& e : job.evidence) {
    if (e.body != BodyMatch::kMatch) continue;
    from_unquoted_ = e.reading_flags.Has(Flag::kFromUnquoted);
  }
}

}  // namespace mailassay::dkim
