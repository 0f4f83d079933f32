// The signatures of one name "s._domainkey.d" that no known key made, from
// which its key may be recovered (lib/crypto/key_recovery.h).
//
// Memory is bounded: of many signatures those are kept that lie evenly over
// time, for a name may have had several keys, one after the other.  One thread
// at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "lib/audit/facts.h"
#include "lib/crypto/key_recovery.h"
#include "lib/dkim/evidence.h"

namespace mailassay::audit {

struct RecoveryCandidate {
  crypto::HashAlgorithm hash = crypto::HashAlgorithm::kSha256;
  Digest header_hash;
  std::vector<uint8_t> signature;
  // When it was signed: t=, else when the message was received.
  std::optional<int64_t> time;
  // Its place in the archive, which orders what is equal otherwise.
  uint64_t input = 0;
  uint64_t offset = 0;
  uint32_t index = 0;  // among the message's signatures

  crypto::SignedDigest signed_digest() const {
    return {hash, header_hash, signature};
  }
};

// The evidence as a candidate, if it is one: a sound RSA signature, of a length
// that keys have, whose body hash matches.  Whether its header is as it was
// signed cannot be known.
std::optional<RecoveryCandidate> CandidateOf(const MessageFacts& facts,
                                             const dkim::Evidence& evidence);

class RecoveryCandidates {
 public:
  // Keeps up to `limit`, at least 2.
  explicit RecoveryCandidates(size_t limit);

  void Add(RecoveryCandidate candidate);
  // From now on; may be less than before.
  void SetLimit(size_t limit);

  uint64_t added() const { return added_; }     // the same one twice, too
  bool thinned() const { return thinned_; }     // some were not kept
  size_t kept() const { return kept_.size(); }  // may be up to twice the limit
  // In the order of time; each message once, though it was added often.
  std::vector<RecoveryCandidate> Take();

 private:
  void Thin();

  size_t limit_;
  uint64_t added_ = 0;
  bool thinned_ = false;
  std::vector<RecoveryCandidate> kept_;
};

}  // namespace mailassay::audit
