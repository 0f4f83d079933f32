// All that is to be known about one signature from its message alone: about
// half a kilobyte that outlives the message.  Its texts lie in an arena, which
// must stay as long as they are looked at; copies share them.
//
// Evidence is made before any key is looked at ("hash first, resolve keys
// later") and is enough to conclude a Verdict with any key, today or later.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lib/base/digest.h"
#include "lib/dkim/reason.h"
#include "lib/dkim/signature.h"

namespace mailassay::dkim {

struct Evidence {
  Signature signature;  // signed_names emptied: see h_count and signed_names
  uint32_t index = 0;   // among the message's signatures, 1 = topmost

  // A limit of the message or of all its signatures together that kept us
  // from hashing (kLimit*), else kOk.
  Reason limit = Reason::kOk;

  Digest header_hash;  // what b= must sign; size 0: not computed

  BodyMatch body = BodyMatch::kNotRun;
  FlagSet reading_flags;  // kMixedEol, kFromUnquoted, kFromUnspaced when only
                          // that reading matches; kFromUnquoted also for a
                          // header that was read so
  Digest body_hash;       // bh as computed (of the matching reading, else
                          // of the first); size 0: not computed
  uint64_t signed_body_bytes = 0;  // canonical octets under bh=
  uint64_t body_bytes = 0;         // canonical octets of the whole body

  uint32_t h_count = 0;      // names in h=
  bool from_signed = false;  // every From field is covered
  FlagSet coverage_flags;    // kUnsignedFrom, kUnsignedExtra

  // Field names, lower case, joined by ";"; for showing.
  // h=, in order, cut after 1 KiB.
  std::string_view signed_names;
  // Those that h= lists more often than they stand, in order.
  std::string_view oversigned;
  // Of Subject, Date, To, Cc, Reply-To, Message-ID, MIME-Version, Content-Type,
  // Content-Transfer-Encoding: those present and not in h=.
  std::string_view missing_recommended;
  // Of all fields that stand and are not covered: distinct, in order of their
  // first occurrence, cut after 1 KiB; the fields above the topmost signature
  // and other DKIM-Signature fields left out.
  std::string_view unsigned_names;
};

// "selector._domainkey.domain"; empty when the name must not be asked for.
std::string KeyName(const Signature& signature);

}  // namespace mailassay::dkim
