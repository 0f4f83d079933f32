// What the body says to a message's signatures, in one pass over its octets.
//
// The body is canonicalised once per distinct (algorithm, reading) and hashed
// once per distinct (algorithm, reading, hash); each l= is a copy of the hash
// at that octet.  A second reading (line ends, ">From ") is forked from the
// first at the octet where they begin to differ.
//
// Used by one thread at a time, for any number of bodies one after the other;
// buffers are kept.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "lib/crypto/lane_hasher.h"
#include "lib/dkim/body_facts.h"
#include "lib/dkim/body_readings.h"
#include "lib/dkim/evidence.h"
#include "lib/mail/header.h"
#include "lib/mail/mime_scan.h"

namespace mailassay::dkim {

class BodyExaminer {
 public:
  // `evidence` as HeaderExaminer leaves it; unchanged until Finish or Abandon.
  void Begin(std::span<const Evidence> evidence,
             mail::LineEnds header_line_ends,
             BodyReadings::Blanks blanks = BodyReadings::Blanks::kPlain);
  // The same in a lane of `hasher`, of which a stream is opened, if the body is
  // to be hashed in one way only; else false, and nothing is done.  As long as
  // lane() has a value, Feed writes to that stream, EndOfBody closes it, and
  // TakeDigest must come before Finish.  `from_unquoted`: how lines ">From "
  // are read, of which a lane follows one reading.
  bool BeginInLane(std::span<const Evidence> evidence,
                   mail::LineEnds header_line_ends, crypto::LaneHasher& hasher,
                   bool from_unquoted);
  std::optional<size_t> lane() const { return lane_; }
  // Counts the messages that the body carries, too.  `content_type`: as
  // MimeScan::Begin takes it.  REQUIRES: nothing fed since Begin.
  void CountAttached(std::string_view content_type) {
    parts_.Begin(content_type);
  }
  void EndOfBody();
  void TakeDigest(const Digest& digest);
  // False: the body has other readings than the one that its lane followed, and
  // must be examined again from Begin on instead of Finish.
  // REQUIRES: TakeDigest.
  bool Settles(std::span<const Evidence> evidence) const;

  // Also of a message without signatures: the facts come from it.
  void Feed(std::string_view body);
  // Completes what is open.  REQUIRES: the evidence of Begin.
  void Finish(std::span<Evidence> evidence);
  // The message turned out to be over a limit: no more is hashed, and the
  // evidence is what it would be had the limit been known from the start.
  void Abandon(std::span<Evidence> evidence, Reason limit);

  // Of the octets fed since Begin.
  const BodyFacts& facts() const { return facts_; }
  // REQUIRES: all of the body was fed.  0 without CountAttached.
  uint64_t attached_messages() { return parts_.Finish(); }

 private:
  void TakeRequests(std::span<const Evidence> evidence);
  void Conclude(Evidence& evidence) const;

  std::vector<BodyRequest> requests_;
  std::optional<size_t> lane_;
  bool ended_ = false;
  BodyReadings readings_;
  BodyFacts facts_;
  mail::MimeScan parts_;
};

}  // namespace mailassay::dkim
