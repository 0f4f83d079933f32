// The bodies of many messages examined side by side: each is canonicalised
// piece by piece into the buffer of a lane, and the lanes are hashed together.
// The longest go first, so that none stays alone at the end.
//
// A body that is hashed in more than one way (rsa-sha1, l=, both canonical
// forms) goes alone, as does every body where the processor has no lanes.  Of a
// body that can be read in several ways (line ends, lines ">From ") a lane
// follows one.  Only if that has not the hash that was signed is the body
// examined again, alone; lines ">From " are then read the way that matched, for
// an archive was quoted throughout or not at all.  Gives what BodyExaminer
// gives of each, whatever was before it.
//
// Used by one thread at a time, for any number of groups in turn.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "lib/crypto/lane_hasher.h"
#include "lib/dkim/body_examiner.h"
#include "lib/dkim/evidence.h"
#include "lib/mail/header.h"

namespace mailassay::dkim {

struct BodyJob {
  std::string_view body = {};
  mail::LineEnds header_line_ends = mail::LineEnds::kNone;
  std::string_view content_type = {};  // as MimeScan::Begin takes it
  std::span<Evidence> evidence = {};   // as HeaderExaminer leaves it; completed
  BodyFacts facts = {};                // found out
  uint64_t attached_messages = 0;      // likewise
};

class BodyLanes {
 public:
  void Run(std::span<BodyJob> jobs);

 private:
  // A body on its way through the lane of the same number.
  struct Stream {
    BodyExaminer examiner;
    BodyJob* job = nullptr;
    std::string_view left;  // of its body
  };

  void RunAlone(BodyJob& job);
  void RunAlone(BodyJob& job, BodyReadings::Blanks blanks);
  void RunTogether(std::span<BodyJob*> jobs);
  void Start(BodyJob& job);
  void FeedLane(size_t stream);
  void Complete(const Digest& digest, Stream& stream);
  void ExamineAgain(BodyJob& job);

  // How lines ">From " are read first.
  bool from_unquoted_ = true;
  BodyExaminer alone_;
  std::vector<BodyJob*> together_;
  crypto::LaneHasher hasher_;
  std::array<Stream, crypto::LaneHasher::kStreams> streams_;
};

}  // namespace mailassay::dkim
