// The names whose keys may be recovered, with the signatures that no known key
// made: what keys recover takes from mail.
//
// Memory is bounded: when the cap is reached, each name keeps fewer signatures,
// and in the end new names are left out.  One thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lib/audit/facts.h"
#include "lib/audit/recovery_candidates.h"
#include "lib/crypto/batch_verify.h"
#include "lib/dkim/evidence.h"
#include "pipeline/keys/key_store.h"

namespace mailassay::run {

class RecoveryNames {
 public:
  // Is the key of this signature wanted at all?
  using Wants = std::function<bool(const dkim::Evidence&)>;
  struct Name {
    std::string name;
    audit::RecoveryCandidates candidates;
  };

  // `keys`: what is known; it asks nobody, and must outlive this.
  RecoveryNames(keys::KeyStore& keys, Wants wants, size_t cap_bytes);

  void Add(std::span<const audit::MessageFacts> messages);
  // Those with most signatures first.
  std::vector<Name> Take();

  // Signatures of names whose servers gave no answer: their key may well be
  // published.
  uint64_t unanswered() const { return unanswered_; }
  // Signatures of names for which there was no room.
  uint64_t left_out() const { return left_out_; }

 private:
  // What may be a candidate, and where its checks against known keys begin.
  struct Open {
    std::string name;
    audit::RecoveryCandidate candidate;
    keys::KeyStore::Answer known;
    size_t first_check = 0;
  };
  void Consider(const audit::MessageFacts& facts,
                const dkim::Evidence& evidence);
  // Adds the open ones that no known key made.
  void Settle();
  void Keep(Open open);
  void Shrink();

  keys::KeyStore& keys_;
  const Wants wants_;
  const size_t cap_bytes_;
  size_t limit_;  // signatures of a name
  size_t bytes_ = 0;
  absl::flat_hash_map<std::string, audit::RecoveryCandidates> names_;
  std::vector<Open> open_;
  std::vector<crypto::Check> checks_;
  uint64_t unanswered_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace mailassay::run
