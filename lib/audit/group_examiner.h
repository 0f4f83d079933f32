// Messages that are in memory together, examined together: header by header,
// then all bodies side by side, so that their hashes share the lanes of a
// kernel.  Gives what MessageExaminer gives of each alone.
//
// Used by one thread at a time, for any number of groups in turn.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/facts.h"
#include "lib/audit/head_examiner.h"
#include "lib/audit/segment_examiner.h"
#include "lib/dkim/body_lanes.h"

namespace mailassay::audit {

class GroupExaminer {
 public:
  GroupExaminer(const MessageLimits& limits, const FromFilter& filter,
                RawHash raw_hash = RawHash::kNone)
      : limits_(limits),
        filter_(filter),
        raw_hash_(raw_hash),
        head_(limits, filter) {}

  // `message` must stay until Finish.  False: the filter does not admit it.
  bool Add(const Placement& placement, std::string_view message);
  // Of the last message added; its signatures don't know the body yet.
  const MessageFacts& last() const { return messages_.back(); }
  // The facts of all messages added since the last Finish, in that order.
  std::vector<MessageFacts> Finish();

  // Examines what is to be cut by signatures alike.
  SegmentExaminer ForSegments() const { return {limits_, filter_, raw_hash_}; }

 private:
  MessageLimits limits_;
  FromFilter filter_;
  RawHash raw_hash_;
  HeadExaminer head_;
  dkim::BodyLanes bodies_;
  std::vector<MessageFacts> messages_;
  std::vector<dkim::BodyJob> jobs_;  // of each message
  std::deque<std::string> read_;     // bodies of mail with CR CR LF
};

}  // namespace mailassay::audit
