// One message whose octets come in any pieces, header and body alike, and of
// which nobody knows how many follow: a message of any length needs one buffer.
//
// NUL octets at its end are held back, however many they are: what a crash left
// behind a message of an mbox is no part of it.
//
// Used by one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "lib/audit/message_examiner.h"
#include "lib/crypto/hash.h"

namespace mailassay::audit {

class StreamedMessage {
 public:
  // `from_line`: without its line end; may be empty.
  StreamedMessage(const MessageLimits& limits, const FromFilter& filter,
                  RawHash raw_hash, std::shared_ptr<const Input> input,
                  uint64_t offset, std::string_view from_line);

  void Add(std::string_view text);
  // Takes the NUL octets at its end for part of it.
  void AddNuls();

  uint64_t offset() const { return offset_; }
  // Octets so far, without NULs at the end.
  uint64_t length() const { return length_; }

  // Its header is complete, it has signatures, and no limit keeps them from
  // being judged.
  bool has_signatures() const;
  // The facts if the message ended here.  REQUIRES: has_signatures().
  MessageFacts FactsHere() const;
  // The facts; nullopt: the filter does not admit it.
  std::optional<MessageFacts> Finish();

 private:
  void AddHeader(std::string_view text);
  void Take(std::string_view text);
  void Begin(size_t header_size);

  MessageLimits limits_;
  MessageExaminer examiner_;
  std::shared_ptr<const Input> input_;
  uint64_t offset_;
  std::string from_line_;
  std::optional<crypto::Hasher> raw_hash_;

  std::string header_;    // gathered until its end has been seen
  size_t last_line_ = 0;  // in header_, where the search goes on
  bool begun_ = false;
  bool admitted_ = true;  // by the From: filter
  bool header_ended_ = false;
  uint64_t length_ = 0;
  uint64_t nuls_ = 0;  // held back
};

}  // namespace mailassay::audit
