// The signatures of a header section, parsed, with their header hashes: all of
// Evidence but what the body says.
//
// Used by one thread at a time, for any number of messages one after the other;
// buffers are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "lib/crypto/hash.h"
#include "lib/dkim/evidence.h"
#include "lib/dkim/header_selection.h"
#include "lib/mail/header.h"

namespace mailassay::dkim {

struct ExamineLimits {
  size_t max_signatures = 64;                        // evaluated a message
  size_t max_signed_header_bytes = 4 * 1024 * 1024;  // all signatures together
  size_t max_header_fields = 5000;
  // Only as far as it takes to know which keys are needed: no header or body is
  // hashed, and evidence says nothing of them.
  bool only_names = false;
};

// Is there still something to compute?
inline bool IsOpen(const Evidence& evidence) {
  return evidence.limit == Reason::kOk &&
         evidence.signature.defect == Reason::kOk;
}

// The message is over a limit: whatever else was found out about the signature
// from more than its own field is forgotten, so that it does not matter when
// the limit showed.
void LimitEvidence(Reason limit, Evidence& evidence);

class HeaderExaminer {
 public:
  explicit HeaderExaminer(const ExamineLimits& limits) : limits_(limits) {}

  // One Evidence a DKIM-Signature field, topmost first, also for malformed
  // ones and those over limits; keeps no view of `header`: texts are put into
  // `arena`.
  //
  // `author_domain` (may be empty) orders which signatures are evaluated when
  // there are more than max_signatures: those with d= equal to it, above or
  // below it first, then top-down.
  // `whole_limit`: kOk, or a kLimit* reason that keeps the whole message from
  // being hashed; every signature then gets it as its limit.
  std::vector<Evidence> Examine(const mail::Header& header,
                                std::string_view author_domain,
                                Reason whole_limit, Arena& arena);

 private:
  // A signature and its own field's index in the header.
  struct Pending {
    Evidence* evidence;
    uint32_t own_field;
  };

  std::vector<Evidence> Collect(const mail::Header& header, Arena& arena);
  void ChooseOrder(std::vector<Evidence>& evidence,
                   std::string_view author_domain);
  void HashHeader(const mail::Header& header, const Pending& pending,
                  Arena& arena);
  const crypto::Hasher& HashSelected(const mail::Header& header,
                                     const Signature& signature,
                                     const std::vector<uint32_t>& selected);
  bool TakeBudget(const mail::Header& header,
                  const std::vector<uint32_t>& selected, size_t own);

  ExamineLimits limits_;
  std::vector<uint32_t> own_field_;  // of each evidence
  std::vector<Pending> order_;       // of evaluation
  size_t bytes_left_ = 0;
  HeaderSelection selection_;
  std::string text_;  // canonical, of one signature
  // What the message's signature hashed last has signed beside its own field.
  struct Selected {
    bool known = false;
    Canonicalization form = Canonicalization::kSimple;
    std::vector<uint32_t> fields;
    crypto::Hasher hasher{crypto::HashAlgorithm::kSha256};
  };
  Selected last_;
};

}  // namespace mailassay::dkim
